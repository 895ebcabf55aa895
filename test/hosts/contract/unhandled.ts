import process from 'node:process'

/** Notes the rejections of this process that nobody handled. What hostile listeners throw is logged, which is of no interest. */
export function listenForUnhandled(): { unhandled: () => string[]; stop: () => void } {
  console.error = console.warn = () => {}
  const reasons: string[] = []
  const note = (reason: unknown) => void reasons.push(String(reason))
  process.on('unhandledRejection', note)
  return { unhandled: () => reasons, stop: () => void process.off('unhandledRejection', note) }
}

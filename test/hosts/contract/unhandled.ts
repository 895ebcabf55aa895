import process from 'node:process'

/** Records the unhandled rejections of this process. Errors thrown by hostile listeners are only logged. */
export function listenForUnhandled(): { unhandled: () => string[]; stop: () => void } {
  console.error = console.warn = () => {}
  const reasons: string[] = []
  const note = (reason: unknown) => void reasons.push(String(reason))
  process.on('unhandledRejection', note)
  return { unhandled: () => reasons, stop: () => void process.off('unhandledRejection', note) }
}

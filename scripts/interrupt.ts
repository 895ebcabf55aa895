/** Aborts at Ctrl-C or SIGTERM, so that a script can stop what it has started; at the second one it exits at once. */
export function createInterrupt(): AbortSignal {
  const controller = new AbortController()
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort(new Error('interrupted'))
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return controller.signal
}

/** Runs a script to its exit status: 1 where it throws, 130 where that came of an interrupt. */
export async function runToExit(name: string, interrupt: AbortSignal, run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run()
  } catch (error) {
    console.error(`${name}:`, interrupt.aborted ? 'interrupted' : error)
    process.exitCode = interrupt.aborted ? 130 : 1
  }
}

import type { LambdaResponseStream } from './types.ts'

/** How `awslambda.streamifyResponse` marks a handler for the runtime. */
const MARKS = [
  Symbol.for('aws.lambda.runtime.handler.streaming'),
  Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark'),
] as const

/** Checked on each call, because the mark may be set after wrapping. */
export function isStreaming(handler: object): boolean {
  return Reflect.get(handler, MARKS[0]) !== undefined
}

/** Marks the wrapper of a streaming handler as streaming. */
export function copyStreamingMark(from: object, to: object): void {
  for (const mark of MARKS) {
    const value = Reflect.get(from, mark)
    if (value !== undefined) Reflect.set(to, mark, value)
  }
}

/**
 * Waits until the caller has the whole body, or never will: a handler may return while the body is still being piped.
 */
export function untilStreamEnds(stream: LambdaResponseStream): Promise<void> {
  if (stream.writableFinished || stream.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    for (const event of ['finish', 'close', 'error'] as const) stream.once(event, resolve)
  })
}

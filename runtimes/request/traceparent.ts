import type { JSONRecord } from '../../src/index.ts'

/** The trace of OpenTelemetry's active span, by the global that its API package leaves; else that of the request's header. */
export function readTraceparent(header: string): string | undefined {
  let active: string | undefined
  try {
    // The cast: its API is not there to say what it leaves.
    const { context } = (globalThis as JSONRecord)[Symbol.for('opentelemetry.js.api.1') as never]
    const span = context.active().getValue(Symbol.for('OpenTelemetry Context Key SPAN')).spanContext()
    active = `00-${span.traceId}-${span.spanId}-0${span.traceFlags & 1}`
  } catch {
    // There is no active span.
  }
  return [active, header].find((each) => each && /^00-(?!0+-)[\da-f]{32}-(?!0+-)[\da-f]{16}-[\da-f]{2}$/.test(each))
}

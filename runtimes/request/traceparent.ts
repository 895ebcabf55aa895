import type { JSONRecord } from '../../src/index.ts'
import { tryTo } from '../../src/kit/index.ts'

/**
 * The trace of OpenTelemetry's active span, from the global that its API package sets, or else from the request's
 * header.
 */
export function readTraceparent(header: string): string | undefined {
  const active = tryTo(() => {
    // The cast: its API is not imported, so the global is untyped. Usually it is missing, and an exception would take
    // as long as everything else.
    const api = (globalThis as JSONRecord)[Symbol.for('opentelemetry.js.api.1') as never]
    const span = api?.context?.active().getValue(Symbol.for('OpenTelemetry Context Key SPAN'))?.spanContext()
    return `00-${span?.traceId}-${span?.spanId}-0${span?.traceFlags & 1}`
  })
  return [active ?? '', header].find((each) => /^00-(?!0+-)[\da-f]{32}-(?!0+-)[\da-f]{16}-[\da-f]{2}$/.test(each))
}

import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromRequest } from '../../../runtimes/request/index.ts'

const HEADER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const request = (traceparent = HEADER) => new Request('https://www.example.com/', { headers: { traceparent } })
const SPAN = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 }

describe('traceparent', () => {
  beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
  afterAll(() => context.disable())

  const inSpan = <Result>(span: typeof SPAN, act: () => Result) =>
    context.with(trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(span)), act)

  it('is off by default', () => {
    expect(inSpan(SPAN, () => fromRequest(request())).context).not.toHaveProperty('traceparent')
  })

  it("comes from OpenTelemetry's active span", async () => {
    const identity = await inSpan(SPAN, async () => {
      await Promise.resolve()
      return fromRequest(request(), { traceparent: true })
    })
    expect(identity.context?.traceparent).toBe('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')
    const unsampled = inSpan({ ...SPAN, traceFlags: 0 }, () => fromRequest(request(), { traceparent: true }))
    expect(unsampled.context?.traceparent).toMatch(/-00$/)
  })

  it("comes from the request's header without an active span, or if that one is invalid", () => {
    expect(fromRequest(request(), { traceparent: true }).context?.traceparent).toBe(HEADER)
    const invalid = { ...SPAN, traceId: '0'.repeat(32) }
    expect(inSpan(invalid, () => fromRequest(request(), { traceparent: true })).context?.traceparent).toBe(HEADER)
  })

  it.each(['', 'nonsense', HEADER.toUpperCase(), `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `${HEADER}-x`])(
    'is left out if the header is malformed: %j',
    (header) => {
      expect(fromRequest(request(header), { traceparent: true }).context).not.toHaveProperty('traceparent')
    },
  )
})

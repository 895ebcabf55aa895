import { vi } from 'vitest'
import type { Analytics, Context, Outcome, Plugin } from '../../src/index.ts'
import { EVENT_TYPES } from '../../src/lib/event-types.ts'

export const HOOKS = EVENT_TYPES

type Run = (ctx: Context) => Context | Promise<Context>

/** A plugin that does the same for each of the six calls. */
export function createPlugin(name: string, type: Plugin['type'], run: Run, more: Partial<Plugin> = {}): Plugin {
  return { name, type, ...Object.fromEntries(HOOKS.map((hook) => [hook, run])), ...more }
}

/** Notes that it was there, in `properties.seen`. */
export function mark(name: string): Run {
  return (ctx) => {
    const seen: unknown[] = ctx.event.properties?.seen ?? []
    ctx.updateEvent('properties.seen', [...seen, name])
    return ctx
  }
}

/** A promise that the test itself ends. */
export function createGate() {
  let open = () => {}
  let fail = (_reason: unknown) => {}
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { promise, open, fail }
}

/** Keeps what the SDK warns of out of the test's output, and in the hands of the test. */
export function silence() {
  vi.restoreAllMocks()
  return {
    warn: vi.spyOn(console, 'warn').mockImplementation(() => {}),
    error: vi.spyOn(console, 'error').mockImplementation(() => {}),
  }
}

/** Lets what is due in this turn of the event loop happen. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

/** Tracks an event and flushes. Returns its outcome, and the context that its callback was given. */
export async function trackWithContext(
  client: Pick<Analytics, 'track'>,
  event: string,
): Promise<{ outcome: Outcome; ctx: Context | undefined }> {
  let reported: Context | undefined
  const outcome = await client.track({ userId: 'u1', event }, (_error, ctx) => {
    reported = ctx
  })
  return { outcome, ctx: reported }
}

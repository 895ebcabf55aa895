import { afterEach, expect, it, vi } from 'vitest'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  // Another file in this process must not get the timer that was loaded with these.
  vi.resetModules()
})

const FLUSH_INTERVAL_MS = 10_000

/** Windows of a queue that always has an event waiting, since its response left at 0: each opens as soon as the last one closes. */
async function openWindows(untilMs: number): Promise<{ openedMs: number; closedMs: number }[]> {
  vi.useFakeTimers({ toFake: ['performance'] })
  const startMs = performance.now()
  let started: { act: () => void; delayMs: number } | undefined
  vi.stubGlobal('setTimeout', (act: () => void, delayMs: number) => {
    started = { act, delayMs }
  })
  vi.resetModules()
  const { FlushTimer } = await import('../../../src/delivery/flush-timer.ts')
  const timer = new FlushTimer({
    client: { settings: { flushIntervalMs: FLUSH_INTERVAL_MS }, isUnref: false },
    isHostWaiting: true,
    batcher: { isCollecting: true },
    tracker: { pendingCount: 1 },
    onTime: () => {},
  })
  timer.hold()
  timer.release()
  const windows = []
  for (;;) {
    timer.startIfNeeded()
    const openedMs = performance.now() - startMs
    if (!started || openedMs > untilMs) return windows
    const { act, delayMs } = started
    started = undefined
    vi.advanceTimersByTime(delayMs)
    windows.push({ openedMs, closedMs: openedMs + delayMs })
    act()
    // Some time passes before the next event.
    vi.advanceTimersByTime(5)
  }
}

it('closes every window before Workers ends waitUntil', async () => {
  const windows = await openWindows(26_999)
  expect(windows.length).toBeLessThan(20)
  expect(Math.max(...windows.map(({ closedMs }) => closedMs))).toBeLessThanOrEqual(27_000)
})

it('closes the windows of the last seconds before Workers ends waitUntil', async () => {
  const windows = await openWindows(29_499)
  const late = windows.filter(({ openedMs }) => openedMs > 27_000)
  expect(late.length).toBeGreaterThan(0)
  for (const { closedMs } of late) expect(closedMs).toBeLessThanOrEqual(29_500)
})

it('limits the windows of a long stream to flushInterval', async () => {
  const windows = await openWindows(120_000)
  const late = windows.filter(({ openedMs }) => openedMs > 30_000)
  expect(late.length).toBeGreaterThan(5)
  for (const { openedMs, closedMs } of late) expect(closedMs - openedMs).toBe(FLUSH_INTERVAL_MS)
})

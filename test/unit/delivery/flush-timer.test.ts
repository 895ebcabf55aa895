import { afterEach, expect, it, vi } from 'vitest'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  // Another file in this process must not get the timer that was loaded with these.
  vi.resetModules()
})

const FLUSH_INTERVAL_MS = 10_000

interface Situation {
  isHostWaiting?: boolean
  isCollecting?: boolean
  pendingCount?: number
  isUnref?: boolean
}

/** A timer whose runtime's timers only note what is started and stopped. */
async function create({
  isHostWaiting = true,
  isCollecting = true,
  pendingCount = 1,
  isUnref = false,
}: Situation = {}) {
  vi.useFakeTimers({ toFake: ['performance'] })
  const started: { act: () => void; delayMs: number; ref: () => void; unref: () => void }[] = []
  const stopped: unknown[] = []
  vi.stubGlobal('setTimeout', (act: () => void, delayMs: number) => {
    const timer = { act, delayMs, ref: vi.fn(), unref: vi.fn() }
    started.push(timer)
    return timer
  })
  vi.stubGlobal('clearTimeout', (timer: unknown) => {
    if (timer !== undefined) stopped.push(timer)
  })
  vi.resetModules()
  const { FlushTimer } = await import('../../../src/delivery/flush-timer.ts')
  const situation = { client: { settings: { flushIntervalMs: FLUSH_INTERVAL_MS }, isUnref }, tracker: { pendingCount } }
  const onTime = vi.fn()
  const timer = new FlushTimer({ ...situation, isHostWaiting, batcher: { isCollecting }, onTime })
  return { timer, situation, started, stopped, onTime, delays: () => started.map(({ delayMs }) => delayMs) }
}

/** Windows of a queue that always has an event waiting, since its response left at 0: each opens as soon as the last one closes. */
async function openWindows(untilMs: number): Promise<{ openedMs: number; closedMs: number }[]> {
  const { timer, started } = await create()
  const startMs = performance.now()
  timer.hold()
  timer.release()
  const windows = []
  for (;;) {
    timer.startIfNeeded()
    const openedMs = performance.now() - startMs
    const running = started.pop()
    if (!running || openedMs > untilMs) return windows
    vi.advanceTimersByTime(running.delayMs)
    windows.push({ openedMs, closedMs: openedMs + running.delayMs })
    running.act()
    // Some time passes before the next event.
    vi.advanceTimersByTime(5)
  }
}

it.each<[string, Situation, number[]]>([
  ['at the end of the tick while the host waits', {}, [0]],
  ['not at all if nothing is pending', { pendingCount: 0, isCollecting: false }, []],
  ['after flushInterval if no host waits', { isHostWaiting: false }, [FLUSH_INTERVAL_MS]],
  ['not at all if all of it is being sent', { isHostWaiting: false, isCollecting: false }, []],
])('sends %s', async (_, situation, wanted) => {
  const { timer, delays } = await create(situation)
  timer.startIfNeeded()
  timer.startIfNeeded()
  expect(delays()).toEqual(wanted)
})

it('waits for flushInterval while it is held, even if the host waits', async () => {
  const { timer, delays } = await create()
  timer.hold()
  expect(timer.isHeld).toBe(true)
  timer.startIfNeeded()
  expect(delays()).toEqual([FLUSH_INTERVAL_MS])
})

it('sends at once when the hold ends, in place of the running timer', async () => {
  const { timer, started, stopped, delays } = await create()
  timer.hold()
  timer.startIfNeeded()
  timer.release()
  expect(delays()).toEqual([FLUSH_INTERVAL_MS, 0])
  expect(stopped).toEqual([started[0]])
})

it.each<[string, Situation]>([
  ['no host waits', { isHostWaiting: false }],
  ['nothing is pending', { pendingCount: 0 }],
])('starts nothing when the hold ends and %s', async (_, situation) => {
  const { timer, delays } = await create(situation)
  timer.hold()
  timer.release()
  expect(delays()).toEqual([])
})

it('doubles its windows, and starts afresh after flushInterval without events', async () => {
  const { timer, started, onTime, delays } = await create()
  const sendNext = () => {
    timer.startIfNeeded()
    started.at(-1)?.act()
  }
  for (let time = 0; time < 4; time++) sendNext()
  expect(delays()).toEqual([0, 25, 50, 100])
  vi.advanceTimersByTime(FLUSH_INTERVAL_MS)
  sendNext()
  vi.advanceTimersByTime(FLUSH_INTERVAL_MS + 1)
  sendNext()
  expect(delays().slice(4)).toEqual([200, 0])
  expect(onTime).toHaveBeenCalledTimes(6)
})

it('keeps the process alive or not, as its client says when it starts and later', async () => {
  const { timer, situation, started } = await create({ isUnref: true })
  timer.startIfNeeded()
  expect(started[0]?.unref).toHaveBeenCalledOnce()
  expect(started[0]?.ref).not.toHaveBeenCalled()
  situation.client.isUnref = false
  timer.applyUnref()
  expect(started[0]?.ref).toHaveBeenCalledOnce()
  expect(started[0]?.unref).toHaveBeenCalledOnce()
})

it.each([true, false])('works with timers that are numbers; isUnref: %s', async (isUnref) => {
  const { timer } = await create({ isUnref })
  vi.stubGlobal('setTimeout', () => 1)
  timer.applyUnref()
  timer.startIfNeeded()
  timer.stop()
})

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

import { describe, expect, it } from 'vitest'
import { type Flush, type Generation, PendingTracker } from '../../../../src/delivery/outcome/pending-tracker.ts'
import type { Tally } from '../../../../src/delivery/outcome/tally.ts'
import type { FlushResult } from '../../../../src/index.ts'

const OUTCOMES = ['delivered', 'failed', 'handedOver'] as const

interface TestEvent {
  readonly generation: Generation
  notify(): Promise<unknown> | undefined
}

type TestTracker = PendingTracker<TestEvent>

function createTracker(): TestTracker {
  return new PendingTracker((event) => event.notify())
}

function accept(tracker: TestTracker, notify: TestEvent['notify'] = () => undefined): TestEvent {
  return { generation: tracker.accept(), notify }
}

function acceptMany(tracker: TestTracker, count: number): [TestEvent, TestEvent, ...TestEvent[]] {
  // The cast: the tests ask for two at least.
  return Array.from({ length: count }, () => accept(tracker)) as [TestEvent, TestEvent, ...TestEvent[]]
}

/** Begins a flush; `results` gets one result when it is done. */
function beginFlush(tracker: TestTracker, deadlineMs = 1_000): { flush: Flush; results: FlushResult[] } {
  const results: FlushResult[] = []
  const flush = tracker.beginFlush(deadlineMs, (result) => results.push({ ...result }))
  return { flush, results }
}

const counts = (delivered: number, failed = 0, handedOver = 0) => ({ delivered, failed, handedOver })

/** A promise that ends when the test says so. */
function createCallback() {
  let resolve = () => {}
  const promise = new Promise<void>((end) => {
    resolve = end
  })
  return { notify: () => promise, resolve: () => resolve() }
}

const settleMicrotasks = () => new Promise((resolve) => setImmediate(resolve))

describe('accounts', () => {
  it('keeps accepted = delivered + failed + handed over + pending at every step, even while an outcome is reported', () => {
    const open: TestEvent[] = []
    const seen = { accepted: 0, delivered: 0, failed: 0, handedOver: 0 }
    const tracker = createTracker()
    const check = () => {
      const { accepted, delivered, failed, handedOver } = seen
      expect(tracker.pendingCount).toBe(accepted - delivered - failed - handedOver)
    }
    const flushes: { results: FlushResult[] }[] = []
    // A fixed sequence that looks random: the high bits of a linear congruence.
    for (let step = 0, seed = 1; step < 2000; step++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0
      const random = seed >>> 16
      const outcome: keyof Tally = OUTCOMES[(random >> 4) % OUTCOMES.length] ?? 'failed'
      const event = random % 3 === 0 || step > 1500 ? open.splice(random % Math.max(open.length, 1), 1)[0] : undefined
      if (event) {
        seen[outcome]++
        tracker.report(event, outcome)
      } else {
        open.push(accept(tracker, () => void check()))
        seen.accepted++
      }
      if (random % 7 === 0) flushes.push(beginFlush(tracker))
      check()
      expect(tracker.pendingCount).toBe(open.length)
    }
    for (const outcome of OUTCOMES) expect(seen[outcome]).toBeGreaterThan(100)
    while (open.length > 0) tracker.report(open.pop() as TestEvent, 'failed')
    expect(flushes.length).toBeGreaterThan(100)
    for (const { results } of flushes) expect(results).toHaveLength(1)
  })
})

describe('a flush', () => {
  it('finishes at once if nothing is pending', () => {
    expect(beginFlush(createTracker()).results).toEqual([counts(0)])
  })

  it('ends when the last of its events is reported, in any order, and counts their outcomes', () => {
    const tracker = createTracker()
    const [first, second, third] = acceptMany(tracker, 3)
    const { results } = beginFlush(tracker)
    tracker.report(third as TestEvent, 'failed')
    tracker.report(first, 'handedOver')
    expect(results).toEqual([])
    tracker.report(second, 'delivered')
    expect(results).toEqual([counts(1, 1, 1)])
  })

  it('ignores events accepted after it began', () => {
    const tracker = createTracker()
    const early = accept(tracker)
    const first = beginFlush(tracker)
    const late = accept(tracker)
    const second = beginFlush(tracker)
    tracker.report(late, 'delivered')
    expect([first.results, second.results]).toEqual([[], []])
    tracker.report(early, 'failed')
    expect(first.results).toEqual([counts(0, 1)])
    expect(second.results).toEqual([counts(1, 1)])
  })

  it('does not count events reported before it began', () => {
    const tracker = createTracker()
    const [first, second] = acceptMany(tracker, 2)
    tracker.report(first, 'delivered')
    const { results } = beginFlush(tracker)
    tracker.report(second, 'failed')
    expect(results).toEqual([counts(0, 1)])
  })

  it('brings forward the deadline of everything it covers, and of nothing else', () => {
    const tracker = createTracker()
    const oldest = accept(tracker)
    beginFlush(tracker, 3_000)
    const middle = accept(tracker)
    beginFlush(tracker, 2_000)
    const young = accept(tracker)
    beginFlush(tracker, 4_000)
    const newest = accept(tracker)
    const deadlines = [oldest, middle, young, newest].map(({ generation }) => generation.deadlineMs)
    expect(deadlines).toEqual([2_000, 2_000, 4_000, Infinity])
  })

  it('can be abandoned with the outcomes so far, and is not notified afterwards', () => {
    const tracker = createTracker()
    const [first, second] = acceptMany(tracker, 2)
    const { flush, results } = beginFlush(tracker)
    tracker.report(first, 'delivered')
    tracker.abandon(flush)
    tracker.report(second, 'delivered')
    tracker.abandon(flush)
    expect(results).toEqual([counts(1)])
    expect(tracker.isWaiting(flush)).toBe(false)
    expect(tracker.pendingCount).toBe(0)
  })

  it('releases finished generations, even if an event of one is still referenced', () => {
    const tracker = createTracker()
    const kept = accept(tracker)
    beginFlush(tracker)
    tracker.report(kept, 'delivered')
    for (let count = 0; count < 3; count++) {
      const event = accept(tracker)
      beginFlush(tracker)
      tracker.report(event, 'delivered')
    }
    expect(kept.generation.next).toBeUndefined()
    expect(tracker.newest.previous).toBeUndefined()
  })
})

describe('the promise of a callback', () => {
  it('holds up the flushes that cover its event', async () => {
    const tracker = createTracker()
    const callback = createCallback()
    const event = accept(tracker, callback.notify)
    const { results } = beginFlush(tracker)
    tracker.report(event, 'delivered')
    expect(tracker.pendingCount).toBe(0)
    await settleMicrotasks()
    expect(results).toEqual([])
    callback.resolve()
    await settleMicrotasks()
    expect(results).toEqual([counts(1)])
  })

  it('of an earlier event holds up no flush, since a flush inside it would wait for itself', () => {
    const tracker = createTracker()
    tracker.report(accept(tracker, createCallback().notify), 'delivered')
    expect(beginFlush(tracker).results).toEqual([counts(0)])
  })

  it('does not hold up a flush inside the callback', async () => {
    const tracker = createTracker()
    const nested: FlushResult[][] = []
    const event = accept(tracker, () => {
      const { results } = beginFlush(tracker)
      nested.push(results)
      expect(results).toEqual([])
      return new Promise((resolve) => {
        const poll = setInterval(() => {
          if (results.length === 0) return
          clearInterval(poll)
          resolve(undefined)
        }, 1)
      })
    })
    const other = accept(tracker)
    const outer = beginFlush(tracker)
    tracker.report(event, 'delivered')
    tracker.report(other, 'failed')
    expect(nested).toEqual([[counts(0, 1)]])
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(outer.results).toEqual([counts(1, 1)])
  })

  it('is dropped with an abandoned flush, unless another flush covers it', async () => {
    const tracker = createTracker()
    const [covered, uncovered] = [createCallback(), createCallback()]
    const first = accept(tracker, covered.notify)
    const short = beginFlush(tracker)
    const second = accept(tracker, uncovered.notify)
    const long = beginFlush(tracker)
    tracker.report(first, 'delivered')
    tracker.report(second, 'delivered')
    const idle = watchIdle(tracker)
    tracker.abandon(short.flush)
    expect([short.results, long.results, idle.count]).toEqual([[counts(1)], [], 0])
    uncovered.resolve()
    await settleMicrotasks()
    // The long flush covers both callbacks, and waits for the other as well.
    expect([long.results, idle.count]).toEqual([[], 1])
    covered.resolve()
    await settleMicrotasks()
    expect(long.results).toEqual([counts(2)])
  })
})

/** Counts how often the tracker said that it is idle. */
function watchIdle(tracker: TestTracker): { count: number } {
  const idle = { count: 0 }
  tracker.watchIdle(() => idle.count++)
  return idle
}

describe('a watcher of idleness', () => {
  it('also waits for callbacks, and for events accepted meanwhile', async () => {
    const tracker = createTracker()
    const callback = createCallback()
    const first = accept(tracker, callback.notify)
    const idle = watchIdle(tracker)
    const second = accept(tracker)
    tracker.report(first, 'delivered')
    tracker.report(second, 'delivered')
    await settleMicrotasks()
    expect(idle.count).toBe(0)
    callback.resolve()
    await settleMicrotasks()
    expect(idle.count).toBe(1)
  })

  it('is notified once, and again only if it watches again', () => {
    const tracker = createTracker()
    const [first, second] = acceptMany(tracker, 2)
    const idle = watchIdle(tracker)
    tracker.report(first, 'failed')
    tracker.report(second, 'failed')
    tracker.report(accept(tracker), 'failed')
    expect(idle.count).toBe(1)
    const last = accept(tracker)
    const again = watchIdle(tracker)
    tracker.report(last, 'failed')
    expect([idle.count, again.count]).toEqual([1, 1])
  })

  it('waits for events accepted while the last outcome is reported', () => {
    const tracker = createTracker()
    const late: TestEvent[] = []
    const event = accept(tracker, () => {
      tracker.report(accept(tracker), 'failed')
      expect(idle.count).toBe(0)
      late.push(accept(tracker))
      return undefined
    })
    const idle = watchIdle(tracker)
    tracker.report(event, 'delivered')
    expect(idle.count).toBe(0)
    tracker.report(late[0] as TestEvent, 'delivered')
    expect(idle.count).toBe(1)
  })
})

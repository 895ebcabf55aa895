import { describe, expect, it } from 'vitest'
import { type OutcomeName, PendingTracker, type Watcher } from '../../src/delivery/outcome/pending-tracker.ts'
import type { FlushResult } from '../../src/index.ts'

const OUTCOMES = ['delivered', 'failed', 'handedOver'] as const

interface TestEvent {
  readonly sequence: number
  tell(): PromiseLike<unknown> | undefined
}

type TestLedger = PendingTracker<TestEvent>

function createLedger(): TestLedger {
  return new PendingTracker((event) => event.tell())
}

function settle(
  tracker: TestLedger,
  sequence: number,
  outcome: OutcomeName,
  tell: TestEvent['tell'] = () => undefined,
) {
  tracker.settle({ sequence, tell }, outcome)
}

const OPEN = false
const CLOSING = true

/** Watches what is pending now; `results` gets one result when it is done. */
function watchPending(tracker: TestLedger, isClosing = OPEN): { watcher: Watcher; results: FlushResult[] } {
  const results: FlushResult[] = []
  const onDone = ({ delivered, failed, handedOver }: Watcher) => results.push({ delivered, failed, handedOver })
  const watcher = tracker.watchPending(onDone, DEADLINE_MS, isClosing)
  return { watcher, results }
}

function accept(tracker: TestLedger, count: number): number[] {
  return Array.from({ length: count }, () => tracker.accept())
}

/** When all watchers of a test end. */
const DEADLINE_MS = 1_000

/** A promise that ends when the test says so. */
function createCallback() {
  const handles = { resolve: () => {}, reject: () => {} }
  const promise = new Promise<void>((resolve, reject) => Object.assign(handles, { resolve, reject }))
  return { tell: () => promise, resolve: () => handles.resolve(), reject: () => handles.reject() }
}

const settleMicrotasks = () => new Promise((resolve) => setImmediate(resolve))

describe('accounts', () => {
  it('accepted = delivered + failed + handed over + pending holds at every step, also while an outcome is told', () => {
    const tracker = createLedger()
    const open: number[] = []
    const counts = { accepted: 0, delivered: 0, failed: 0, handedOver: 0 }
    const check = () => {
      const { accepted, delivered, failed, handedOver } = counts
      expect(tracker.pendingCount).toBe(accepted - delivered - failed - handedOver)
    }
    // A fixed sequence that looks random: the high bits of a linear congruence.
    for (let step = 0, seed = 1; step < 2000; step++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0
      const random = seed >>> 16
      const sequence =
        random % 3 === 0 || step > 1500 ? open.splice(random % Math.max(open.length, 1), 1)[0] : undefined
      if (sequence === undefined) {
        open.push(tracker.accept())
        counts.accepted++
      } else {
        const outcome = OUTCOMES[(random >> 4) % OUTCOMES.length] ?? 'failed'
        settle(tracker, sequence, outcome, () => {
          counts[outcome]++
          check()
          return undefined
        })
      }
      check()
      expect(tracker.pendingCount).toBe(open.length)
    }
    for (const outcome of OUTCOMES) expect(counts[outcome]).toBeGreaterThan(100)
  })

  it('numbers events in the order in which they are accepted', () => {
    expect(accept(createLedger(), 3)).toEqual([1, 2, 3])
  })
})

describe('who waits for what is pending', () => {
  it('is done at once where nothing is', () => {
    expect(watchPending(createLedger()).results).toEqual([{ delivered: 0, failed: 0, handedOver: 0 }])
  })

  it('is done when the last of it is settled, in whatever order, and hears of the outcomes once', () => {
    const tracker = createLedger()
    accept(tracker, 3)
    const { results } = watchPending(tracker)
    settle(tracker, 3, 'failed')
    settle(tracker, 1, 'handedOver')
    expect(results).toEqual([])
    settle(tracker, 2, 'delivered')
    expect(results).toEqual([{ delivered: 1, failed: 1, handedOver: 1 }])
  })

  it('neither waits for nor counts what is accepted later', () => {
    const tracker = createLedger()
    accept(tracker, 1)
    const first = watchPending(tracker)
    accept(tracker, 1)
    const second = watchPending(tracker)
    settle(tracker, 2, 'delivered')
    expect([first.results, second.results]).toEqual([[], []])
    settle(tracker, 1, 'failed')
    expect(first.results).toEqual([{ delivered: 0, failed: 1, handedOver: 0 }])
    expect(second.results).toEqual([{ delivered: 1, failed: 1, handedOver: 0 }])
  })

  it('does not count what was settled before', () => {
    const tracker = createLedger()
    accept(tracker, 2)
    settle(tracker, 1, 'delivered')
    const { results } = watchPending(tracker)
    settle(tracker, 2, 'failed')
    expect(results).toEqual([{ delivered: 0, failed: 1, handedOver: 0 }])
  })

  it('says by when: the first of those who wait for an event', () => {
    const tracker = createLedger()
    const watch = (deadlineMs: number) => tracker.watchPending(() => {}, deadlineMs, OPEN)
    accept(tracker, 1)
    const [late, early] = [watch(3000), watch(2000)]
    accept(tracker, 1)
    watch(4000)
    expect([1, 2, 3].map((sequence) => tracker.deadlineMsOf(sequence))).toEqual([2000, 4000, Infinity])
    tracker.end(early)
    tracker.end(late)
    expect(tracker.deadlineMsOf(1)).toBe(4000)
  })

  it('can be ended early, and then hears nothing more', () => {
    const tracker = createLedger()
    accept(tracker, 2)
    const { watcher, results } = watchPending(tracker)
    settle(tracker, 1, 'delivered')
    tracker.end(watcher)
    settle(tracker, 2, 'delivered')
    tracker.end(watcher)
    expect(results).toEqual([{ delivered: 1, failed: 0, handedOver: 0 }])
    expect(tracker.pendingCount).toBe(0)
  })
})

describe('the promise of a callback', () => {
  it.each(['resolve', 'reject'] as const)('is waited for by whoever waited for its event: %s', async (how) => {
    const tracker = createLedger()
    accept(tracker, 1)
    const { results } = watchPending(tracker)
    const callback = createCallback()
    settle(tracker, 1, 'delivered', callback.tell)
    expect(tracker.pendingCount).toBe(0)
    await settleMicrotasks()
    expect(results).toEqual([])
    callback[how]()
    await settleMicrotasks()
    expect(results).toEqual([{ delivered: 1, failed: 0, handedOver: 0 }])
  })

  it('of an earlier event is waited for only by who closes', async () => {
    const tracker = createLedger()
    accept(tracker, 1)
    const callback = createCallback()
    settle(tracker, 1, 'delivered', callback.tell)
    const open = watchPending(tracker)
    const closing = watchPending(tracker, CLOSING)
    expect(open.results).toEqual([{ delivered: 0, failed: 0, handedOver: 0 }])
    expect(closing.results).toEqual([])
    callback.resolve()
    await settleMicrotasks()
    expect(closing.results).toEqual([{ delivered: 0, failed: 0, handedOver: 0 }])
    expect(watchPending(tracker, CLOSING).results).toHaveLength(1)
  })

  it.each([OPEN, CLOSING])('is not waited for by a flush from inside the callback; closing: %j', async (isClosing) => {
    const tracker = createLedger()
    accept(tracker, 2)
    const outer = watchPending(tracker)
    const nested: FlushResult[][] = []
    settle(tracker, 1, 'delivered', () => {
      const { watcher, results } = watchPending(tracker, isClosing)
      nested.push(results)
      expect(watcher.openCount).toBe(1)
      return new Promise((resolve) => {
        const poll = setInterval(() => {
          if (results.length === 0) return
          clearInterval(poll)
          resolve(undefined)
        }, 1)
      })
    })
    settle(tracker, 2, 'failed')
    expect(nested).toEqual([[{ delivered: 0, failed: 1, handedOver: 0 }]])
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(outer.results).toEqual([{ delivered: 1, failed: 1, handedOver: 0 }])
  })
})

describe('who waits for idleness', () => {
  /** Counts how often the tracker said that it is idle. */
  function watchIdle(tracker: TestLedger): { count: number } {
    const idle = { count: 0 }
    tracker.watchIdle(() => idle.count++)
    return idle
  }

  it('waits for what is accepted meanwhile, too, and for callbacks', async () => {
    const tracker = createLedger()
    accept(tracker, 1)
    const idle = watchIdle(tracker)
    accept(tracker, 1)
    const callback = createCallback()
    settle(tracker, 1, 'delivered', callback.tell)
    settle(tracker, 2, 'delivered')
    await settleMicrotasks()
    expect(idle.count).toBe(0)
    callback.resolve()
    await settleMicrotasks()
    expect(idle.count).toBe(1)
  })

  it('is told once, and again only after asking again', () => {
    const tracker = createLedger()
    accept(tracker, 2)
    const idle = watchIdle(tracker)
    settle(tracker, 1, 'failed')
    settle(tracker, 2, 'failed')
    accept(tracker, 1)
    settle(tracker, 3, 'failed')
    expect(idle.count).toBe(1)
    accept(tracker, 1)
    const again = watchIdle(tracker)
    settle(tracker, 4, 'failed')
    expect([idle.count, again.count]).toEqual([1, 1])
  })

  it('waits for what is accepted while the last outcome is told', () => {
    const tracker = createLedger()
    accept(tracker, 1)
    const idle = watchIdle(tracker)
    settle(tracker, 1, 'delivered', () => {
      settle(tracker, tracker.accept(), 'failed')
      expect(idle.count).toBe(0)
      tracker.accept()
      return undefined
    })
    expect(idle.count).toBe(0)
    settle(tracker, 3, 'delivered')
    expect(idle.count).toBe(1)
  })

  it('waits no longer for callbacks that were given up, and still for events', async () => {
    const tracker = createLedger()
    accept(tracker, 2)
    const idle = watchIdle(tracker)
    const callback = createCallback()
    settle(tracker, 1, 'delivered', callback.tell)
    tracker.abandonCallbacks()
    expect(idle.count).toBe(0)
    settle(tracker, 2, 'delivered')
    expect(idle.count).toBe(1)
    callback.resolve()
    await settleMicrotasks()
    expect(idle.count).toBe(1)
  })
})

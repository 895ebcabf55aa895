import { describe, expect, it } from 'vitest'
import { Ledger, type OutcomeName, type Watcher } from '../../src/delivery/ledger.ts'
import type { FlushResult } from '../../src/index.ts'

const OUTCOMES = ['delivered', 'failed', 'handedOver'] as const

interface TestEvent {
  readonly sequence: number
  tell(): PromiseLike<unknown> | undefined
}

type TestLedger = Ledger<TestEvent>

function createLedger(): TestLedger {
  return new Ledger((event) => event.tell())
}

function settle(ledger: TestLedger, sequence: number, outcome: OutcomeName, tell: TestEvent['tell'] = () => undefined) {
  ledger.settle({ sequence, tell }, outcome)
}

const OPEN = false
const CLOSING = true

/** Watches what is pending now; `results` gets one result when it is done. */
function watchPending(ledger: TestLedger, isClosing = OPEN): { watcher: Watcher; results: FlushResult[] } {
  const results: FlushResult[] = []
  const onDone = ({ delivered, failed, handedOver }: Watcher) => results.push({ delivered, failed, handedOver })
  const watcher = ledger.watchPending(onDone, DEADLINE_MS, isClosing)
  return { watcher, results }
}

function accept(ledger: TestLedger, count: number): number[] {
  return Array.from({ length: count }, () => ledger.accept())
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
    const ledger = createLedger()
    const open: number[] = []
    const counts = { accepted: 0, delivered: 0, failed: 0, handedOver: 0 }
    const check = () => {
      const { accepted, delivered, failed, handedOver } = counts
      expect(ledger.pendingCount).toBe(accepted - delivered - failed - handedOver)
    }
    // A fixed sequence that looks random: the high bits of a linear congruence.
    for (let step = 0, seed = 1; step < 2000; step++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0
      const random = seed >>> 16
      const sequence =
        random % 3 === 0 || step > 1500 ? open.splice(random % Math.max(open.length, 1), 1)[0] : undefined
      if (sequence === undefined) {
        open.push(ledger.accept())
        counts.accepted++
      } else {
        const outcome = OUTCOMES[(random >> 4) % OUTCOMES.length] ?? 'failed'
        settle(ledger, sequence, outcome, () => {
          counts[outcome]++
          check()
          return undefined
        })
      }
      check()
      expect(ledger.pendingCount).toBe(open.length)
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
    const ledger = createLedger()
    accept(ledger, 3)
    const { results } = watchPending(ledger)
    settle(ledger, 3, 'failed')
    settle(ledger, 1, 'handedOver')
    expect(results).toEqual([])
    settle(ledger, 2, 'delivered')
    expect(results).toEqual([{ delivered: 1, failed: 1, handedOver: 1 }])
  })

  it('neither waits for nor counts what is accepted later', () => {
    const ledger = createLedger()
    accept(ledger, 1)
    const first = watchPending(ledger)
    accept(ledger, 1)
    const second = watchPending(ledger)
    settle(ledger, 2, 'delivered')
    expect([first.results, second.results]).toEqual([[], []])
    settle(ledger, 1, 'failed')
    expect(first.results).toEqual([{ delivered: 0, failed: 1, handedOver: 0 }])
    expect(second.results).toEqual([{ delivered: 1, failed: 1, handedOver: 0 }])
  })

  it('does not count what was settled before', () => {
    const ledger = createLedger()
    accept(ledger, 2)
    settle(ledger, 1, 'delivered')
    const { results } = watchPending(ledger)
    settle(ledger, 2, 'failed')
    expect(results).toEqual([{ delivered: 0, failed: 1, handedOver: 0 }])
  })

  it('says by when: the first of those who wait for an event', () => {
    const ledger = createLedger()
    const watch = (deadlineMs: number) => ledger.watchPending(() => {}, deadlineMs, OPEN)
    accept(ledger, 1)
    const [late, early] = [watch(3000), watch(2000)]
    accept(ledger, 1)
    watch(4000)
    expect([1, 2, 3].map((sequence) => ledger.deadlineMsOf(sequence))).toEqual([2000, 4000, Infinity])
    ledger.end(early)
    ledger.end(late)
    expect(ledger.deadlineMsOf(1)).toBe(4000)
  })

  it('can be ended early, and then hears nothing more', () => {
    const ledger = createLedger()
    accept(ledger, 2)
    const { watcher, results } = watchPending(ledger)
    settle(ledger, 1, 'delivered')
    ledger.end(watcher)
    settle(ledger, 2, 'delivered')
    ledger.end(watcher)
    expect(results).toEqual([{ delivered: 1, failed: 0, handedOver: 0 }])
    expect(ledger.pendingCount).toBe(0)
  })
})

describe('the promise of a callback', () => {
  it.each(['resolve', 'reject'] as const)('is waited for by whoever waited for its event: %s', async (how) => {
    const ledger = createLedger()
    accept(ledger, 1)
    const { results } = watchPending(ledger)
    const callback = createCallback()
    settle(ledger, 1, 'delivered', callback.tell)
    expect(ledger.pendingCount).toBe(0)
    await settleMicrotasks()
    expect(results).toEqual([])
    callback[how]()
    await settleMicrotasks()
    expect(results).toEqual([{ delivered: 1, failed: 0, handedOver: 0 }])
  })

  it('of an earlier event is waited for only by who closes', async () => {
    const ledger = createLedger()
    accept(ledger, 1)
    const callback = createCallback()
    settle(ledger, 1, 'delivered', callback.tell)
    const open = watchPending(ledger)
    const closing = watchPending(ledger, CLOSING)
    expect(open.results).toEqual([{ delivered: 0, failed: 0, handedOver: 0 }])
    expect(closing.results).toEqual([])
    callback.resolve()
    await settleMicrotasks()
    expect(closing.results).toEqual([{ delivered: 0, failed: 0, handedOver: 0 }])
    expect(watchPending(ledger, CLOSING).results).toHaveLength(1)
  })

  it.each([OPEN, CLOSING])('is not waited for by a flush from inside the callback; closing: %j', async (isClosing) => {
    const ledger = createLedger()
    accept(ledger, 2)
    const outer = watchPending(ledger)
    const nested: FlushResult[][] = []
    settle(ledger, 1, 'delivered', () => {
      const { watcher, results } = watchPending(ledger, isClosing)
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
    settle(ledger, 2, 'failed')
    expect(nested).toEqual([[{ delivered: 0, failed: 1, handedOver: 0 }]])
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(outer.results).toEqual([{ delivered: 1, failed: 1, handedOver: 0 }])
  })
})

describe('who waits for idleness', () => {
  /** Counts how often the ledger said that it is idle. */
  function watchIdle(ledger: TestLedger): { count: number } {
    const idle = { count: 0 }
    ledger.watchIdle(() => idle.count++)
    return idle
  }

  it('waits for what is accepted meanwhile, too, and for callbacks', async () => {
    const ledger = createLedger()
    accept(ledger, 1)
    const idle = watchIdle(ledger)
    accept(ledger, 1)
    const callback = createCallback()
    settle(ledger, 1, 'delivered', callback.tell)
    settle(ledger, 2, 'delivered')
    await settleMicrotasks()
    expect(idle.count).toBe(0)
    callback.resolve()
    await settleMicrotasks()
    expect(idle.count).toBe(1)
  })

  it('is told once, and again only after asking again', () => {
    const ledger = createLedger()
    accept(ledger, 2)
    const idle = watchIdle(ledger)
    settle(ledger, 1, 'failed')
    settle(ledger, 2, 'failed')
    accept(ledger, 1)
    settle(ledger, 3, 'failed')
    expect(idle.count).toBe(1)
    accept(ledger, 1)
    const again = watchIdle(ledger)
    settle(ledger, 4, 'failed')
    expect([idle.count, again.count]).toEqual([1, 1])
  })

  it('waits for what is accepted while the last outcome is told', () => {
    const ledger = createLedger()
    accept(ledger, 1)
    const idle = watchIdle(ledger)
    settle(ledger, 1, 'delivered', () => {
      settle(ledger, ledger.accept(), 'failed')
      expect(idle.count).toBe(0)
      ledger.accept()
      return undefined
    })
    expect(idle.count).toBe(0)
    settle(ledger, 3, 'delivered')
    expect(idle.count).toBe(1)
  })

  it('waits no longer for callbacks that were given up, and still for events', async () => {
    const ledger = createLedger()
    accept(ledger, 2)
    const idle = watchIdle(ledger)
    const callback = createCallback()
    settle(ledger, 1, 'delivered', callback.tell)
    ledger.abandonCallbacks()
    expect(idle.count).toBe(0)
    settle(ledger, 2, 'delivered')
    expect(idle.count).toBe(1)
    callback.resolve()
    await settleMicrotasks()
    expect(idle.count).toBe(1)
  })
})

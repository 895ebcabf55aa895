import { setImmediate as nextTurn } from 'node:timers/promises'
import { createPurchase } from './purchase.ts'

// Takes one sample of what an event costs while others wait, in a fresh process, and answers with it.

export interface WaitingJob {
  /** What is measured: a flush that is answered, a flush that nobody answers, or calls while the queue is full. */
  kind: 'flush' | 'expire' | 'newest' | 'oldest'
  flushAt: number
  /** Events that wait. */
  waitingCount: number
}

export interface WaitingMessage {
  job: WaitingJob
  /** The module of the package. */
  url: string
}

/** So many events make a sample, however few wait at a time. */
const EVENT_COUNT = 100_000
/** To have everything compiled. */
const WARM_UP_COUNT = 20_000
/** Calls between two turns of the event loop, in overload. */
const CALLS_A_TURN = 100
const EXPIRY_MS = 20

type Package = typeof import('../src/index.ts')
type Settings = ConstructorParameters<Package['Analytics']>[0]

const answer = async () => ({ status: 200, statusText: 'OK' })
const hang = () => new Promise<never>(() => {})

class Sampler {
  readonly #package: Package
  readonly #job: WaitingJob
  #cpuUs = 0

  constructor(loaded: Package, job: WaitingJob) {
    this.#package = loaded
    this.#job = job
  }

  /** Returns the CPU for one event, in µs. */
  async take(waitingCount: number, eventCount: number): Promise<number> {
    const { kind } = this.#job
    globalThis.gc?.()
    this.#cpuUs = 0
    const roundCount = Math.max(1, Math.round(eventCount / waitingCount))
    // A full queue stays full, so one is enough for all calls.
    if (kind === 'newest' || kind === 'oldest') await this.#overload(kind, waitingCount, eventCount)
    else for (let round = 0; round < roundCount; round++) await this.#flush(kind, waitingCount)
    return this.#cpuUs / (kind === 'flush' || kind === 'expire' ? roundCount * waitingCount : eventCount)
  }

  async #flush(kind: 'flush' | 'expire', waitingCount: number): Promise<void> {
    const client = this.#create({ httpClient: kind === 'flush' ? answer : hang })
    for (let index = 0; index < waitingCount; index++) client.track(createPurchase(index))
    // Those that are flushed at once wait for the end of their tick, the others in batches.
    if (kind === 'expire') await nextTurn()
    const { delivered, failed } = await this.#measure(() =>
      client.flush(kind === 'flush' ? {} : { timeout: EXPIRY_MS }),
    )
    const expected = kind === 'flush' ? [waitingCount, 0] : [0, waitingCount]
    if (delivered !== expected[0] || failed !== expected[1]) throw new Error(`${delivered} delivered, ${failed} failed`)
  }

  async #overload(failWhenFull: 'newest' | 'oldest', waitingCount: number, callCount: number): Promise<void> {
    const client = this.#create({ httpClient: hang, maxQueueSize: waitingCount, failWhenFull })
    let rejectedCount = 0
    client.on('error', () => void rejectedCount++)
    const purchases = Array.from({ length: callCount }, (_, index) => createPurchase(index))
    for (let index = 0; index < waitingCount; index++) client.track(createPurchase(index))
    await nextTurn()
    await this.#measure(async () => {
      for (const [index, purchase] of purchases.entries()) {
        client.track(purchase)
        if (index % CALLS_A_TURN === 0) await nextTurn()
      }
    })
    if (rejectedCount !== callCount) throw new Error(`${rejectedCount} of ${callCount} events were rejected`)
    await client.closeAndFlush({ timeout: 1 })
  }

  #create(settings: Partial<Settings>) {
    const { flushAt } = this.#job
    const client = new this.#package.Analytics({
      writeKey: 'waiting',
      maxQueueBytes: 2 ** 31 - 1,
      flushAt,
      ...settings,
    })
    return client.on('error', () => {})
  }

  async #measure<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = process.cpuUsage()
    const result = await work()
    const { user, system } = process.cpuUsage(before)
    this.#cpuUs += user + system
    return result
  }
}

process.once('message', async ({ job, url }: WaitingMessage) => {
  const sampler = new Sampler(await import(url), job)
  await sampler.take(1_000, WARM_UP_COUNT)
  process.send?.(await sampler.take(job.waitingCount, EVENT_COUNT))
})

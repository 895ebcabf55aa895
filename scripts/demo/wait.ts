import { setTimeout as sleep } from 'node:timers/promises'
import pWaitFor from 'p-wait-for'
import type { Collector } from '../../collector/index.ts'
import { compare, type Outcome } from './judge.ts'

/** A message that is delivered twice waits for two batches, of a second each. */
const TIMEOUT_MS = 8_000

/** Stops waiting if they take too long: then they are lost, and the report says so. */
export async function waitForEvents(
  outcomes: readonly Outcome[],
  collector: Collector,
  signal: AbortSignal,
): Promise<void> {
  await poll(() => outcomes.every((outcome) => isComplete(outcome, collector)), signal)
}

function isComplete({ request, endedAtMs }: Outcome, collector: Collector): boolean {
  return endedAtMs !== 'pending' && compare(request, collector.events()).missing.length === 0
}

/** One that comes twice comes after the answer to the first. */
export async function waitForAnswers(collector: Collector, delayMs: number, signal: AbortSignal): Promise<void> {
  await poll(() => collector.requests().every(({ status }) => status !== 'pending'), signal)
  await sleep(delayMs, undefined, { signal })
}

async function poll(isDone: () => boolean, signal: AbortSignal): Promise<void> {
  await pWaitFor(isDone, { interval: 10, timeout: { milliseconds: TIMEOUT_MS, fallback: () => {} }, signal })
}

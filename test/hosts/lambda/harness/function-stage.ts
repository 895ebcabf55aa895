import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import type { ReceivedEvent, RequestRecord } from '../../../../collector/index.ts'
import { type RemoteCollector, startRemoteCollector } from '../../../support/remote-collector.ts'
import {
  type Environment,
  type EnvironmentOptions,
  type Run,
  startEnvironment,
  stopAllEnvironments,
} from './environment.ts'
import { createTaskRoot, type TaskRoot } from './task-root.ts'

export interface Stage {
  readonly collector: RemoteCollector
  readonly taskRoot: TaskRoot
  start(handler: string, options?: Partial<EnvironmentOptions>): Promise<Environment>
  /** The events that arrived, each well-formed and once, by message id. */
  arrivals(): Promise<Map<string, ReceivedEvent>>
  /** Expects that exactly these messages arrived, once each and before the freeze of the invocation that they belong to. */
  expectInTime(messages: readonly [messageId: string, run: Run][]): Promise<void>
}

/** A collector and a task root for the cases of a file, which are both clean for each of them. */
export function setStage(): Stage {
  let collector: RemoteCollector
  let taskRoot: TaskRoot

  beforeAll(async () => {
    collector = await startRemoteCollector()
    taskRoot = await createTaskRoot()
  })
  afterAll(async () => {
    await collector?.stop()
    await taskRoot?.remove()
  })
  beforeEach(() => collector.clear())
  afterEach(() => stopAllEnvironments())

  const arrivals = async () => {
    const events = await collector.events()
    expect(events.flatMap(({ problems }) => problems)).toEqual([])
    expect(events.filter(({ duplicate }) => duplicate)).toEqual([])
    return new Map(events.map((row) => [String(row.event.messageId), row]))
  }
  return {
    get collector() {
      return collector
    },
    get taskRoot() {
      return taskRoot
    },
    start: (handler, options = {}) =>
      startEnvironment({
        taskRoot: taskRoot.path,
        handler,
        ...options,
        env: { SEGMENT_HOST: collector.url, ...options.env },
      }),
    arrivals,
    async expectInTime(messages) {
      const received = await arrivals()
      expect([...received.keys()].sort()).toEqual(messages.map(([messageId]) => messageId).sort())
      const late = messages.filter(([messageId, { frozenAtMs }]) => {
        const receivedAt = received.get(messageId)?.receivedAt
        return receivedAt === undefined || Date.parse(receivedAt) > frozenAtMs
      })
      expect(late).toEqual([])
    },
  }
}

/** When the collector answered a request. */
export function answeredAtMs({ at, durationMs, status }: RequestRecord): number {
  expect(status).toBe(200)
  return Date.parse(at) + (durationMs ?? Number.NaN)
}

/** How often something is in a log. */
export function countIn(log: string, text: string): number {
  return log.split(text).length - 1
}

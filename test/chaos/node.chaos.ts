import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RemoteCollector } from '../support/remote-collector.ts'
import { startFaultyCollector } from './collector.ts'
import { CLEAN, judge, parseJournal } from './verdict.ts'

const EVENT_COUNT = 10_000
const EVENTS_PER_REQUEST = 5
const CONCURRENCY = 50

let collector: RemoteCollector
let folder: string

beforeAll(async () => {
  collector = await startFaultyCollector()
  folder = await mkdtemp(join(tmpdir(), 'chaos-'))
})

afterAll(async () => {
  await collector?.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Server {
  child: ChildProcess
  url: string
  ended: Promise<unknown[]>
}

async function startServer(journal: string): Promise<Server> {
  const program = fileURLToPath(new URL('node-server.mjs', import.meta.url))
  const child = fork(program, [collector.url, journal], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = once(child, 'exit')
  const [{ url }] = await once(child, 'message')
  return { child, url, ended }
}

/** Requests until the names run out or the server is gone; calls `onAnswer` after each. */
async function load(url: string, names: string[], onAnswer: (count: number) => void): Promise<void> {
  let answered = 0
  let isGone = false
  const work = async () => {
    for (let name = names.shift(); name !== undefined && !isGone; name = names.shift()) {
      await fetch(`${url}/${name}`).then(
        (response) => response.text(),
        () => {
          isGone = true
        },
      )
      onAnswer(++answered)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
}

test('accepts or reports each of 10,000 events, with one request in five failing and SIGTERM in the middle', async () => {
  const journal = join(folder, 'journal')
  const names = Array.from({ length: EVENT_COUNT / EVENTS_PER_REQUEST }, (_, index) => `r${index}`)

  const first = await startServer(journal)
  await load(first.url, names, (count) => {
    if (count === EVENT_COUNT / EVENTS_PER_REQUEST / 2) first.child.kill('SIGTERM')
  })
  expect(await first.ended).toEqual([null, 'SIGTERM'])

  // The server is replaced, as a deployment does; what its clients did not get through they ask of the next one.
  const missing = EVENT_COUNT - parseJournal(await readFile(journal, 'utf8')).accepted.size
  expect(missing).toBeGreaterThan(0)
  expect(missing).toBeLessThan(EVENT_COUNT)
  const second = await startServer(journal)
  const rest = Array.from({ length: Math.ceil(missing / EVENTS_PER_REQUEST) }, (_, index) => `s${index}`)
  await load(second.url, rest, () => {})
  second.child.kill('SIGTERM')
  expect(await second.ended).toEqual([null, 'SIGTERM'])

  const [events, requests] = await Promise.all([collector.events(), collector.requests()])
  const { figures, ...verdict } = judge(parseJournal(await readFile(journal, 'utf8')), events, requests)
  console.log('node', figures)
  expect(verdict).toEqual(CLEAN)
  expect(figures.accepted).toBeGreaterThanOrEqual(EVENT_COUNT)
  expect(figures.delivered + figures.failed).toBe(figures.accepted)
  // Faults of every kind did happen.
  expect(Object.keys(figures.answers)).toEqual(expect.arrayContaining(['200', '429', '500', 'reset']))
})

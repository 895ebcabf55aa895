import { readFile } from 'node:fs/promises'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { compare } from './compare.ts'
import { behaviours, callDifferences, intendedDifferences } from './intended-differences.ts'
import { runProgram } from './run-program.ts'
import { createOurs, createReference } from './subject.ts'

let collectors: Collector[] = []

beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => Promise.all(collectors.splice(0).map((collector) => collector.close())))

/** Both libraries, each with a collector of its own: what one has left behind must not be counted for the other. */
async function createSubjects() {
  const [first, second] = await Promise.all([startCollector(), startCollector()])
  collectors = [first, second]
  return [createReference(first), createOurs(second)] as const
}

describe('an intended difference in a call is there:', () => {
  test.each(callDifferences)('$name', async ({ name, witness }) => {
    const [reference, ours] = await createSubjects()
    const program = { flushAt: 15, plugin: 'none', calls: [witness] } as const
    const verdict = compare(program, await runProgram(program, reference), await runProgram(program, ours))
    expect(verdict).toEqual({ complaints: [], met: new Set([name]) })
  })
})

describe('an intended difference in behaviour is there:', () => {
  test.each(behaviours)('$name', async ({ demonstrate, seen }) => {
    const [reference, ours] = await createSubjects()
    expect(seen.ours).not.toEqual(seen.reference)
    expect(await demonstrate(ours)).toEqual(seen.ours)
    expect(await demonstrate(reference)).toEqual(seen.reference)
  })
})

test('a difference that is not intended is noticed', async () => {
  const [reference, ours] = await createSubjects()
  const program = {
    flushAt: 15,
    plugin: 'none',
    calls: [{ method: 'track', params: { userId: 'u1', event: 'E' } }],
  } as const
  const [theirs, own] = [await runProgram(program, reference), await runProgram(program, ours)]
  const change = (fields: object) => ({
    ...own,
    requests: own.requests.map((request) => ({
      ...request,
      batch: request.batch.map((event) => ({ ...event, ...fields })),
    })),
  })
  expect(compare(program, theirs, own).complaints).toEqual([])
  expect(compare(program, theirs, change({ userId: 'u2' })).complaints).toHaveLength(1)
  expect(compare(program, theirs, change({ timestamp: '2019-01-01T00:00:00.000Z' })).complaints).toHaveLength(1)
  expect(compare(program, theirs, { ...own, errors: ['delivery_failure'] }).complaints).toHaveLength(1)
  expect(compare(program, theirs, { ...own, arrivedCount: 0 }).complaints).toHaveLength(1)
})

test('the document prints them all, and no others', async () => {
  const text = await readFile(new URL('../../docs/migrating-from-segment.md', import.meta.url), 'utf8')
  const table = text.slice(text.indexOf('| What |')).split('\n\n')[0]?.split('\n').slice(2)
  const rows = intendedDifferences.map(
    ({ name, reference, ours, why }) => `| ${[name, reference, ours, why].join(' | ')} |`,
  )
  expect(table).toEqual(rows)
})

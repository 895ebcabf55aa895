import { readFile } from 'node:fs/promises'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import { compare } from './compare.ts'
import {
  behaviours,
  callDifferences,
  dropInBehaviours,
  dropInDifferences,
  dropInTable,
  type IntendedDifference,
  mainTable,
} from './intended-differences.ts'
import { runProgram } from './run-calls.ts'
import { createDropIn, createOurs, createReference } from './subject.ts'

let collectors: Collector[] = []

beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => Promise.all(collectors.splice(0).map((collector) => collector.close())))

/** Both libraries, each with its own collector, so that events of one are not counted for the other. */
async function createSubjects(create = createOurs) {
  const [first, second] = await Promise.all([startCollector(), startCollector()])
  collectors = [first, second]
  return [createReference(first), create(second)] as const
}

describe.each([
  ['analytics-edge/segment', createDropIn, dropInDifferences, dropInBehaviours],
  ['analytics-edge', createOurs, callDifferences, behaviours],
])('with %s, there is an intended difference in:', (_, create, calls, happenings) => {
  test.each(calls)('$name', async ({ name, witness }) => {
    const [reference, ours] = await createSubjects(create)
    const program = { flushAt: 15, plugin: 'none', calls: [witness] } as const
    const verdict = compare(program, await runProgram(program, reference), await runProgram(program, ours), calls)
    expect(verdict).toEqual({ complaints: [], met: new Set([name]) })
  })

  test.each(happenings)('$name', async ({ demonstrate, seen }) => {
    const [reference, ours] = await createSubjects(create)
    expect(seen.ours).not.toEqual(seen.reference)
    expect(await demonstrate(ours)).toEqual(seen.ours)
    expect(await demonstrate(reference)).toEqual(seen.reference)
  })
})

test.each(behaviours.filter(({ isMainOnly }) => isMainOnly))(
  'with analytics-edge/segment, there is no difference in: $name',
  async ({ demonstrate, seen }) => {
    const [, ours] = await createSubjects(createDropIn)
    expect(await demonstrate(ours)).not.toEqual(seen.ours)
  },
)

test('an unintended difference is noticed', async () => {
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
  const complaintsOf = (result: typeof own) => compare(program, theirs, result, callDifferences).complaints
  expect(complaintsOf(own)).toEqual([])
  expect(complaintsOf(change({ userId: 'u2' }))).toHaveLength(1)
  expect(complaintsOf(change({ timestamp: '2019-01-01T00:00:00.000Z' }))).toHaveLength(1)
  expect(complaintsOf({ ...own, errors: ['delivery_failure'] })).toHaveLength(1)
  expect(complaintsOf({ ...own, arrivedCount: 0 })).toHaveLength(1)
})

test('the document lists exactly these, starting with those of both entries', async () => {
  const text = await readFile(new URL('../../docs/migrating-from-segment.md', import.meta.url), 'utf8')
  const tables = text.split('| What |').slice(1)
  const printed = tables.map((table) => table.split('\n\n')[0]?.split('\n').slice(2))
  const expected = [dropInTable, mainTable].map((table) =>
    table.map(
      ({ name, reference, ours, why }: IntendedDifference) => `| ${[name, reference, ours, why].join(' | ')} |`,
    ),
  )
  expect(printed).toEqual(expected)
})

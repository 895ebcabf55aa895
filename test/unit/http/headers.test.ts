import { expect, it } from 'vitest'
import { toHeaderRecord } from '../../../src/http/headers.ts'

const WANTED = { 'retry-after': '5', 'x-a': '1' }

it.each<[string, unknown]>([
  ['Headers', new Headers({ 'Retry-After': '5', 'X-A': '1' })],
  [
    'a Map',
    new Map([
      ['Retry-After', '5'],
      ['X-A', '1'],
    ]),
  ],
  [
    'pairs',
    [
      ['Retry-After', '5'],
      ['X-A', 1],
    ],
  ],
  ['a plain object with numbers', { 'Retry-After': 5, 'X-A': 1 }],
  ['an object without a prototype', Object.assign(Object.create(null), { 'Retry-After': '5', 'X-A': '1' })],
])('turns %s into a record with lower-case names', (_, headers) => {
  expect(toHeaderRecord(headers)).toEqual(WANTED)
})

it.each<[string, unknown]>([
  ['undefined', undefined],
  ['null', null],
  ['a string', 'Retry-After: 5'],
  ['a number', 5],
  ['a list of numbers', [1, 2]],
  [
    'an object whose entries throws',
    {
      entries: () => {
        throw new Error('boom')
      },
    },
  ],
  ['an object whose entries are no list', { entries: () => 5 }],
  [
    'an object with a getter that throws',
    {
      get 'Retry-After'(): string {
        throw new Error('boom')
      },
    },
  ],
])('treats %s as no headers', (_, headers) => {
  expect(toHeaderRecord(headers)).toEqual({})
})

it('treats entries that are not a function as a header like any other', () => {
  expect(toHeaderRecord({ entries: 5 })).toEqual({ entries: '5' })
})

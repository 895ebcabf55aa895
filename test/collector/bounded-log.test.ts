import { expect, it } from 'vitest'
import { BoundedLog } from '../../collector/bounded-log.ts'

it('keeps the newest entries by count and by bytes, and returns the dropped ones', () => {
  const log = new BoundedLog<string>({ maxCount: 3, maxBytes: 100 })
  expect(['a', 'b', 'c'].flatMap((item) => log.push(item, 10))).toEqual([])
  expect(log.push('d', 10)).toEqual(['a'])
  expect(log.push('e', 85)).toEqual(['b', 'c'])
  expect(log.list()).toEqual(['d', 'e'])
})

it('keeps an entry that exceeds the limit until the next one', () => {
  const log = new BoundedLog<string>({ maxBytes: 100 })
  log.push('a', 1)
  expect(log.push('huge', 1000)).toEqual(['a'])
  expect(log.push('b', 1)).toEqual(['huge'])
})

it('finds an entry by its own number, until it is dropped or removed', () => {
  const log = new BoundedLog<{ id: number }>({ maxCount: 2 }, ({ id }) => id)
  for (const id of [7, 8, 9]) log.push({ id }, 1)
  log.remove(({ id }) => id === 8)
  expect([7, 8, 9].map((id) => log.get(id))).toEqual([undefined, undefined, { id: 9 }])
  expect([...log.keys()]).toEqual([9])
})

it('does not count removed entries', () => {
  const log = new BoundedLog<string>({ maxBytes: 100 })
  log.push('a', 60)
  log.push('b', 40)
  log.remove((item) => item === 'a')
  expect(log.push('c', 60)).toEqual([])
  expect(log.list()).toEqual(['b', 'c'])
})

it('keeps everything without limits', () => {
  const log = new BoundedLog<number>()
  for (let count = 0; count < 20_000; count++) expect(log.push(count, 1e9)).toEqual([])
  expect(log.list()).toHaveLength(20_000)
})

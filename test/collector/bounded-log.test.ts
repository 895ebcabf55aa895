import { expect, it } from 'vitest'
import { BoundedLog } from '../../collector/bounded-log.ts'

it('keeps the newest by count and by bytes, and says which were dropped', () => {
  const log = new BoundedLog<string>({ maxCount: 3, maxBytes: 100 })
  expect(['a', 'b', 'c'].flatMap((item) => log.push(item, 10))).toEqual([])
  expect(log.push('d', 10)).toEqual(['a'])
  expect(log.push('e', 85)).toEqual(['b', 'c'])
  expect(log.list()).toEqual(['d', 'e'])
})

it('keeps one entry that exceeds the limit, until the next', () => {
  const log = new BoundedLog<string>({ maxBytes: 100 })
  log.push('a', 1)
  expect(log.push('huge', 1000)).toEqual(['a'])
  expect(log.push('b', 1)).toEqual(['huge'])
})

it('no longer counts what was removed', () => {
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

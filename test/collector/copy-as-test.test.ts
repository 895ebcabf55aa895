import { runInNewContext } from 'node:vm'
import { transform } from 'esbuild'
import { expect, it } from 'vitest'
import type { Line } from '../../collector/journal.ts'

// A path that is no literal: the page is JavaScript, which the compiler of this folder does not read.
const page = '../../collector/page/copy-as-test.js'
const { buildTest }: { buildTest(line: Line): string } = await import(page)

it.each([
  '{"a\\"__proto__": 1}',
  '{"__proto__": {"a": 1}, "b": {"__proto__": "\\"__proto__\\":"}}',
  '{"a\\u2028\\"__proto__": "\\u2028", "$1 `": "*/ \\n \\\\"}',
])('copying %s as a test makes code that builds the same value', async (json) => {
  const properties = JSON.parse(json)
  const event = { type: 'track', event: "'); process.exit(1) //", userId: 'u', properties }
  // The cast: a test is made of nothing else.
  const code = buildTest({ type: 'track', name: event.event, json: JSON.stringify(event) } as Line)
  await transform(code)
  const [, literal] = /analytics\.track\(([\s\S]*?)\)\n\n {2}await/.exec(code) ?? []
  expect(JSON.stringify(runInNewContext(`(${literal}).properties`))).toBe(JSON.stringify(properties))
})

it.each([
  [
    { type: 'alias', userId: 'u', anonymousId: 'a', previousId: 'p' },
    { userId: 'u', previousId: 'p' },
  ],
  [
    { type: 'identify', userId: 'u', traits: { a: 1 }, properties: {} },
    { userId: 'u', traits: { a: 1 } },
  ],
  [
    { type: 'page', anonymousId: 'a', name: null, properties: {}, traits: {} },
    { anonymousId: 'a', properties: {} },
  ],
  [
    { type: 'track', event: 'E', userId: 'u', name: 'n', traits: {} },
    { event: 'E', userId: 'u' },
  ],
])('copying %j as a test makes a call with what it takes', (event, params) => {
  // The cast: a test is made of nothing else.
  const code = buildTest({ type: event.type, name: '', json: JSON.stringify(event) } as Line)
  const [, literal] = /analytics\.\w+\(([\s\S]*?)\)\n\n {2}await/.exec(code) ?? []
  expect(JSON.parse(runInNewContext(`JSON.stringify(${literal})`))).toEqual(params)
})

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

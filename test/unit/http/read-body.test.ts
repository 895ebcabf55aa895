import { expect, it, vi } from 'vitest'
import { readBody } from '../../../src/http/read-body.ts'
import { watchUnhandled } from '../../support/retries.ts'

const LIMIT = 64 * 1024
const UTF8 = new TextEncoder()

/** A response with a stream of these chunks, which counts how often it is read. */
function streamed(chunks: readonly Uint8Array[], headers: Record<string, string> = {}, locked = false) {
  const left = [...chunks]
  const read = vi.fn(async () => ({ done: left.length === 0, value: left.shift() }))
  const cancel = vi.fn(async () => {})
  const text = vi.fn(async () => 'of text()')
  const body = { locked, getReader: () => ({ read, cancel }) }
  return { status: 200, statusText: 'OK', headers: new Headers(headers), body, text, read, cancel }
}

it.each([
  ['of a known length', { 'content-length': '9' }],
  ['as long as is read', { 'content-length': String(LIMIT) }],
])('reads a body %s with text(), which is faster', async (_, headers) => {
  expect(await readBody(streamed([], headers))).toBe('of text()')
})

it.each<[string, Record<string, string>]>([
  ['of unknown length', {}],
  ['of a length that is no number', { 'content-length': 'long' }],
  ['longer than is read', { 'content-length': String(LIMIT + 1) }],
  ['that is compressed, so that its length says little', { 'content-length': '9', 'content-encoding': 'gzip' }],
])('reads a body %s from its stream', async (_, headers) => {
  const response = streamed([UTF8.encode('of the '), UTF8.encode('stream')], headers)
  expect(await readBody(response)).toBe('of the stream')
  expect(response.text).not.toHaveBeenCalled()
})

it('leaves a stream that something else reads to text()', async () => {
  expect(await readBody(streamed([UTF8.encode('stream')], {}, true))).toBe('of text()')
})

it('joins a character whose bytes arrive in two chunks', async () => {
  const bytes = UTF8.encode('größer')
  expect(await readBody(streamed([bytes.slice(0, 3), bytes.slice(3)]))).toBe('größer')
})

it('reads no further than the limit, and cancels the rest without waiting', async () => {
  const chunk = UTF8.encode('x'.repeat(LIMIT / 2 + 1))
  const response = streamed([chunk, chunk, chunk])
  response.cancel.mockImplementation(() => new Promise(() => {}))
  expect((await readBody(response)).length).toBe(LIMIT)
  expect(response.read).toHaveBeenCalledTimes(2)
  expect(response.cancel).toHaveBeenCalledOnce()
})

it('does not read on when a chunk ends at the limit', async () => {
  const response = streamed([UTF8.encode('x'.repeat(LIMIT)), UTF8.encode('y')])
  expect(await readBody(response)).toBe('x'.repeat(LIMIT))
  expect(response.read).toHaveBeenCalledOnce()
})

it('survives a stream that cannot be cancelled', async () => {
  const rejections = watchUnhandled()
  const response = streamed([UTF8.encode('x'.repeat(LIMIT + 1))])
  response.cancel.mockRejectedValue(new Error('already closed'))
  await readBody(response)
  expect(await rejections.take()).toEqual([])
  rejections.stop()
})

it.each<[string, (() => Promise<unknown>) | undefined, string]>([
  ['without text()', undefined, ''],
  ['whose text() returns undefined', async () => undefined, ''],
  ['whose text() returns null', async () => null, ''],
  ['whose text() returns a number', async () => 5, '5'],
  ['with a longer text', async () => 'x'.repeat(LIMIT + 1), 'x'.repeat(LIMIT)],
])('reads a response %s', async (_, text, wanted) => {
  // The cast: a client written in JavaScript may return anything.
  expect(await readBody({ status: 200, statusText: 'OK', headers: {}, text: text as () => Promise<string> })).toBe(
    wanted,
  )
})

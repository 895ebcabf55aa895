import { gunzipSync } from 'node:zlib'
import { afterEach, expect, it, vi } from 'vitest'
import { toHTTPClient } from '../../../src/http/client.ts'
import { gzip } from '../../../src/http/gzip.ts'

const REQUEST = {
  url: 'https://api.example.com/v1/batch',
  method: 'POST' as const,
  headers: { 'Content-Type': 'application/json' },
  body: '{"größe":1}',
  httpRequestTimeout: 1_000,
}

afterEach(() => void vi.unstubAllGlobals())

/** What reaches `fetch` for a request. */
async function send(isCompressing: boolean) {
  const fetch = vi.fn(async (_url: string, _init: Record<string, unknown>) => new Response())
  vi.stubGlobal('fetch', fetch)
  await toHTTPClient(undefined, isCompressing).makeRequest(REQUEST)
  return fetch.mock.calls[0]?.[1]
}

it('compresses a text', async () => {
  expect(gunzipSync(new Uint8Array((await gzip('größer')) ?? [])).toString()).toBe('größer')
})

it('sends a compressed body, and says so in a header', async () => {
  const init = await send(true)
  expect(init).toMatchObject({ method: 'POST', headers: { ...REQUEST.headers, 'Content-Encoding': 'gzip' } })
  // The cast: `fetch` takes many kinds of bodies, this is the one of a compressed request.
  expect(gunzipSync(new Uint8Array(init?.body as ArrayBuffer)).toString()).toBe(REQUEST.body)
})

it('compresses nothing unless asked to', async () => {
  expect(await send(false)).toMatchObject({ headers: REQUEST.headers, body: REQUEST.body })
})

it('sends the body as it is on a runtime that cannot compress', async () => {
  vi.stubGlobal('CompressionStream', undefined)
  expect(await gzip('text')).toBeUndefined()
  expect(await send(true)).toMatchObject({ headers: REQUEST.headers, body: REQUEST.body })
})

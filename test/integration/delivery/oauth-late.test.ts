import { describe, expect, it } from 'vitest'
import { Analytics, type HTTPFetchFn, type TokenCache } from '../../../src/index.ts'
import { rest } from '../../support/client.ts'
import { createOAuthSettings, startServer } from '../../support/retries.ts'

const A = { userId: 'u1', event: 'A' }
const TOKEN = JSON.stringify({ access_token: 'token_1', token_type: 'Bearer', expires_in: 3600 })
/** Far longer than a flush of these tests, and short enough to wait for. */
const LATE_MS = 800

describe('after ERR_DEADLINE was reported', () => {
  it.each([1, 5, 50])('no request is made, whatever OAuth was doing: a flush of %i ms', async (timeout) => {
    const server = await startServer(({ url }, response) => response.end(url === '/token' ? TOKEN : '{}'))
    const requests: string[] = []
    const httpClient: HTTPFetchFn = (url, init) => {
      requests.push(url)
      return fetch(url, init)
    }
    const oauthSettings = createOAuthSettings(server.url)
    const client = new Analytics({ writeKey: 'wk_late', host: server.url, oauthSettings, httpClient })
    const delivery = client.on('error', () => {}).track(A)
    await client.flush({ timeout })
    const requestsByThen = [...requests]
    const { status, error } = await delivery
    // A fast machine may be done in the longer of these times.
    if (timeout === 1 || status === 'failed') expect(error?.code).toBe('ERR_DEADLINE')
    await rest(LATE_MS)
    const ofBatches = (urls: string[]) => urls.filter((url) => url.endsWith('/v1/batch'))
    expect(ofBatches(requests)).toEqual(ofBatches(requestsByThen))
    if (timeout === 1) expect(server.names()).toEqual([])
  })

  it('nothing is sent if the token arrives late', async () => {
    const server = await startServer(async ({ url }, response) => {
      if (url === '/token') await rest(LATE_MS)
      response.end(url === '/token' ? TOKEN : '{}')
    })
    const oauthSettings = createOAuthSettings(server.url)
    const client = new Analytics({ writeKey: 'wk_late', host: server.url, oauthSettings }).on('error', () => {})
    const delivery = client.track(A)
    expect(await client.flush({ timeout: 300 })).toEqual({ delivered: 0, failed: 1 })
    expect((await delivery).error).toMatchObject({ code: 'ERR_DEADLINE' })
    await rest(2 * LATE_MS)
    expect(server.names()).toEqual([])
  })

  it('nothing is sent if the token cache answers late', async () => {
    const server = await startServer(({ url }, response) => response.end(url === '/token' ? TOKEN : '{}'))
    const tokenCache: TokenCache = { get: () => rest(LATE_MS).then(() => undefined), set: () => undefined }
    const oauthSettings = { ...createOAuthSettings(server.url), tokenCache }
    const client = new Analytics({ writeKey: 'wk_late', host: server.url, oauthSettings }).on('error', () => {})
    const delivery = client.track(A)
    expect(await client.flush({ timeout: 300 })).toEqual({ delivered: 0, failed: 1 })
    expect((await delivery).error).toMatchObject({ code: 'ERR_DEADLINE' })
    await rest(2 * LATE_MS)
    expect(server.names()).toEqual([])
  })

  it('the next event is sent as usual', async () => {
    const server = await startServer(({ url }, response) => response.end(url === '/token' ? TOKEN : '{}'))
    const oauthSettings = createOAuthSettings(server.url)
    const client = new Analytics({ writeKey: 'wk_late', host: server.url, oauthSettings }).on('error', () => {})
    client.track({ userId: 'u1', event: 'late' })
    await client.flush({ timeout: 1 })
    expect((await client.track(A)).status).toBe('delivered')
    expect(server.names()).toContain('A')
  })
})

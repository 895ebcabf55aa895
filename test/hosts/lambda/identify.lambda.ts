import { describe, expect, test } from 'vitest'
import type { Run } from './harness/environment.ts'
import { countIn, setStage } from './harness/function-stage.ts'
import { functionUrl, httpApi, loadBalancer, restApi, SOURCE_IP } from './harness/http-events.ts'

const stage = setStage()
const { start, arrivals, expectInTime } = stage

const COOKIE = 'ajs_anonymous_id=anon-1; Domain=example.com; Path=/; Max-Age=31536000; SameSite=Lax'

const bodyOf = ({ outcome }: Run): string => {
  if (outcome.kind !== 'response') throw new Error(`the outcome is ${JSON.stringify(outcome)}`)
  return outcome.body
}
const eventAt = async (path: string) => (await arrivals()).get(path)?.event

describe.each(['plain', 'withMiddy', 'inside'])('identify, in the handler %s', (name) => {
  test('gives each call the ids, page and address of its request, for each kind of event', async () => {
    const environment = await start(`identify.${name}`)
    const runs: [string, Run][] = []
    for (const event of [httpApi('/http'), functionUrl('/url'), restApi('/rest'), loadBalancer('/alb')]) {
      const path = 'rawPath' in event ? event.rawPath : event.path
      runs.push([path, await environment.run(event)])
    }
    await expectInTime(runs)
    for (const [path] of runs) {
      expect(await eventAt(path)).toMatchObject({
        anonymousId: 'anon-1',
        userId: 'user-1',
        context: {
          page: { url: `https://www.example.com${path}?utm_source=news`, path, search: '?utm_source=news' },
          campaign: { source: 'news' },
          userAgent: 'Mozilla/5.0',
        },
      })
    }
    const ips: unknown[] = []
    for (const [path] of runs) ips.push(JSON.parse(JSON.stringify(await eventAt(path))).context.ip)
    expect(ips).toEqual([SOURCE_IP, SOURCE_IP, SOURCE_IP, undefined])
  })

  test('adds the cookie in the format of the event', async () => {
    const environment = await start(`identify.${name}`)
    const ok = { statusCode: 200, body: 'ok', ...(name === 'withMiddy' && { headers: { 'x-own': 'yes' } }) }
    expect(JSON.parse(bodyOf(await environment.run(httpApi('/http'))))).toEqual({ ...ok, cookies: [COOKIE] })
    const multiValueHeaders = { 'Set-Cookie': [COOKIE] }
    expect(JSON.parse(bodyOf(await environment.run(restApi('/rest'))))).toEqual({ ...ok, multiValueHeaders })
    const warnings = countIn(environment.logs(), 'pass identify to withAnalytics')
    expect(warnings).toBe(name === 'inside' ? 1 : 0)
  })
})

test('a failing middy handler is reported as without the middleware, and its events have the ids', async () => {
  const environment = await start('identify.withMiddy')
  const run = await environment.run({ ...httpApi('/fall'), body: 'fall' })
  expect(run.outcome).toMatchObject({ kind: 'error', type: 'RangeError' })
  await expectInTime([['/fall', run]])
  expect(await eventAt('/fall')).toMatchObject({ userId: 'user-1' })
})

describe('identify, in a streaming handler', () => {
  /** As the runtime sends it: metadata, eight zeros, body. */
  const partsOf = (run: Run) => bodyOf(run).split('\0'.repeat(8))

  test("adds the cookie to the metadata that starts the handler's response", async () => {
    const environment = await start('identify.streamed')
    const run = await environment.run(functionUrl('/stream'))
    const [metadata = '', body] = partsOf(run)
    expect(JSON.parse(metadata)).toEqual({
      statusCode: 201,
      headers: { 'content-type': 'text/plain' },
      cookies: ['a=b', COOKIE],
    })
    expect(body).toBe('one two')
    await expectInTime([['/stream', run]])
    expect(await eventAt('/stream')).toMatchObject({ anonymousId: 'anon-1', context: { ip: SOURCE_IP } })
    const [shared = ''] = partsOf(await environment.run(functionUrl('/shared', 'public')))
    expect(JSON.parse(shared).cookies).toEqual(['a=b'])
    expect(environment.logs()).toBe('')
  })

  test('does not change a response without metadata, and warns once', async () => {
    const environment = await start('identify.bareStream')
    for (const path of ['/one', '/two']) expect(bodyOf(await environment.run(functionUrl(path)))).toBe('bare')
    expect(countIn(environment.logs(), 'start it with responseStream = awslambda.HttpResponseStream.from')).toBe(1)
    expect([...(await arrivals()).keys()].sort()).toEqual(['/one', '/two'])
  })
})

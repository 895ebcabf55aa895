import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Analytics } from '../../../src/index.ts'
import { createClient, openCollector, WRITE_KEY } from '../../support/client.ts'

const collector = await openCollector()

const packageJson: unknown = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))

it('VERSION, the library on the wire and the User-Agent match the version of package.json', async () => {
  const { VERSION } = new Analytics({ writeKey: WRITE_KEY })
  expect(packageJson).toMatchObject({ name: 'analytics-edge', version: VERSION })
  expect(VERSION).toMatch(/^\d+\.\d+\.\d+/)

  await createClient(collector).track({ userId: 'u1', event: 'A' })
  expect(collector.events()[0]?.event.context).toEqual({ library: { name: 'analytics-edge', version: VERSION } })
  expect(collector.requests()[0]?.headers['user-agent']).toBe(`analytics-edge/${VERSION}`)
})

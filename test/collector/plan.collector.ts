import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findEngine } from '../support/engines.ts'
import { type Installed, installCollector, type Running, startByNode, startByNpx } from './installed.ts'

const exec = promisify(execFile)
const require = createRequire(import.meta.url)
// The cast: what a package says of itself.
const { version: zod } = require('zod/package.json') as { version: string }
let installed: Installed

beforeAll(async () => {
  installed = await installCollector(`zod@${zod}`)
})
afterAll(() => installed.remove())

const PLAN = `
import { definePlan } from 'analytics-edge/plan'
import { z } from 'zod'
enum Currency { Euro = 'EUR', Dollar = 'USD' }
export const plan = definePlan({ events: { 'Order Placed': z.object({ currency: z.enum(Currency) }) } })`

async function showsDrift(running: Running): Promise<void> {
  const post = (event: string, properties: object) =>
    fetch(`${running.url}/v1/track`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Basic ${btoa('k:')}` },
      body: JSON.stringify({ userId: 'ada', event, properties }),
    })
  await post('Order Placed', { currency: 'EUR' })
  await post('Order Placed', { currency: 'DM' })
  await post('Order Plcaed', {})
  await expect.poll(() => running.stdout(), { timeout: 10_000 }).toContain('NOT-IN-PLAN')
  const complaints = running
    .stdout()
    .split('\n')
    .filter((line) => /^ +(PLAN|NOT-IN-PLAN) /.test(line))
  expect(complaints.map((line) => line.trim())).toEqual([
    expect.stringContaining('PLAN  properties.currency: '),
    'NOT-IN-PLAN  event: "Order Plcaed" is not in the plan; "Order Placed" is',
  ])
}

describe('npx analytics-edge-collector plan.ts', () => {
  beforeAll(() => writeFile(join(installed.project, 'plan.ts'), PLAN))

  it('shows which events are not in the plan, or violate it', async () => {
    const running = await startByNpx(installed.project, '--port', '0', 'plan.ts')
    await showsDrift(running)
    await running.stop()
  })

  const node20 = findEngine('Node 20', 'node_modules/node20/bin/node')
  if (node20 !== undefined) {
    it('also works on Node 20, which does not load TypeScript itself', async () => {
      expect((await exec(node20, ['--version'])).stdout).toMatch(/^v20\./)
      const running = await startByNode(node20, installed.project, '--port', '0', 'plan.ts')
      await showsDrift(running)
      await running.stop()
    })
  }

  it.each([
    [['missing.ts'], 1, 'missing.ts cannot be loaded'],
    [['plan.ts', 'other.ts'], 2, 'too many arguments'],
    [['convert'], 2, 'convert needs the file'],
    [['convert', 'package.json'], 1, 'no tracking plan'],
  ])('%j ends with %i, and says why', async (args, code, message) => {
    const ended = exec('npx', ['--no-install', 'analytics-edge-collector', ...args], { cwd: installed.project })
    await expect(ended).rejects.toMatchObject({ code, stderr: expect.stringContaining(message) })
  })
})

const ORDER = {
  type: 'object',
  required: ['order_id', 'products'],
  properties: {
    order_id: { type: 'string', pattern: '^o-\\d+$', description: 'Ends a comment: */ and a\nline \u2028 "' },
    total: { type: ['number', 'null'], minimum: 0 },
    currency: { type: 'string', enum: ['EUR', 'U"S\u2028D'] },
    size: { type: ['integer', 'string'] },
    at: { type: 'string', format: 'date-time' },
    mail: { type: 'string', format: 'email', maxLength: 20 },
    level: { enum: [1, 2, null] },
    kind: { const: 'a' },
    any: {},
    products: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['sku'],
        properties: { sku: { type: 'string' } },
      },
    },
    prices: { type: 'object', additionalProperties: { type: 'number' } },
    either: { anyOf: [{ type: 'string' }, { type: 'boolean' }] },
    ['__proto__']: { type: 'string' },
  },
}
const message = (key: string, schema: unknown) => ({ type: 'object', properties: { context: {}, [key]: schema } })
const EMPTY = message('properties', {})
const TRAITS = { type: 'object', required: ['email'], properties: { email: { type: 'string' } } }
/** As the Public API has it, and as the Config API has it, which typewriter keeps in plan.json. */
const EXPORTS = {
  'the Public API': {
    data: {
      rules: [
        { key: 'Order "Placed"', type: 'TRACK', version: 1, jsonSchema: message('properties', ORDER) },
        { key: '__proto__', type: 'TRACK', version: 1, jsonSchema: EMPTY },
        { key: null, type: 'IDENTIFY', version: 1, jsonSchema: message('traits', TRAITS) },
      ],
    },
  },
  'the Config API': {
    display_name: 'Shop */ 1',
    rules: {
      events: [
        { name: 'Order "Placed"', version: 1, description: 'An order', rules: message('properties', ORDER) },
        { name: '__proto__', version: 1, rules: EMPTY },
      ],
      identify: message('traits', TRAITS),
    },
  },
}

/** Compiled, with what has to be an error, and run. */
const PROGRAM = `
import { createTestAnalytics } from 'analytics-edge/testing'
import { plan } from './converted.ts'

const { analytics } = createTestAnalytics({ plan })
const userId = 'ada'
const products = [{ sku: 's' }]
const event = 'Order "Placed"'
const outcomes = await Promise.all([
  analytics.track({ userId, event, properties: { order_id: 'o-1', products, total: null, currency: 'EUR', more: 1, level: 2, either: true } }),
  analytics.track({ userId, event: '__proto__', properties: { anything: 1 } }),
  analytics.identify({ userId, traits: { email: 'a@b.co' } }),
  analytics.track({ userId, event, properties: { order_id: 'none', products } }),
  analytics.track({ userId, event, properties: { order_id: 'o-1', products: [] } }),
  analytics.track({ userId, event, properties: { order_id: 'o-1', products, total: -1 } }),
  // @ts-expect-error a property is missing
  analytics.track({ userId, event, properties: { products } }),
  // @ts-expect-error a wrong enum
  analytics.track({ userId, event, properties: { order_id: 'o-1', products, currency: 'DM' } }),
  // @ts-expect-error a wrong type
  analytics.track({ userId, event, properties: { order_id: 'o-1', products, size: true } }),
  // @ts-expect-error an unknown event
  analytics.track({ userId, event: 'Other' }),
  // @ts-expect-error a trait is missing
  analytics.identify({ userId, traits: {} }),
])
console.log(outcomes.map(({ status }) => status === 'delivered' ? 'd' : 'f').join(''))
`
const TSCONFIG = {
  strict: true,
  module: 'nodenext',
  target: 'es2022',
  allowImportingTsExtensions: true,
  noEmit: true,
  types: [],
}

describe.each(Object.entries(EXPORTS))('a tracking plan converted from %s', (_, exported) => {
  it('compiles, types calls, and checks them', async () => {
    const { project } = installed
    const files = {
      'tracking-plan.json': exported,
      'tsconfig.json': { compilerOptions: TSCONFIG, files: ['program.mts'] },
    }
    for (const [name, value] of Object.entries(files)) await writeFile(join(project, name), JSON.stringify(value))
    const npx = ['--no-install', 'analytics-edge-collector', 'convert', 'tracking-plan.json']
    const { stdout, stderr } = await exec('npx', npx, { cwd: project })
    expect(stderr).toBe('')
    await writeFile(join(project, 'converted.ts'), stdout)
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }))
    await writeFile(join(project, 'program.mts'), PROGRAM)
    const compiled = await exec(process.execPath, [require.resolve('typescript/lib/tsc.js')], { cwd: project }).catch(
      (error) => error,
    )
    expect(compiled.stdout).toBe('')
    const run = await exec(process.execPath, ['program.mts'], { cwd: project })
    expect(run.stdout).toBe('dddffffffff\n')
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import { createPlanCheck } from '../../collector/tracking-plan/check-plan.ts'
import { convertPlan } from '../../collector/tracking-plan/convert-plan.ts'
import { loadPlan } from '../../collector/tracking-plan/load-plan.ts'

const schema = (validate: (value: unknown) => unknown): StandardSchemaV1 => ({
  // The cast: what a schema should never answer with.
  '~standard': { version: 1, vendor: 'test', validate: validate as StandardSchemaV1.Props['validate'] },
})

const hostile: object = new Proxy(
  {},
  {
    get: () => {
      throw Object.create(null)
    },
  },
)

describe('checking by a plan', () => {
  const check = createPlanCheck({ definition: { events: { A: z.object({ a: z.string() }), Seen: z.object({}) } } })

  it.each([
    ['track', { event: 'A', properties: { a: 'x' } }, []],
    ['track', { event: 'Seen' }, []],
    ['track', { event: '__proto__' }, ['not-in-plan event: "__proto__" is not in the plan']],
    ['track', { event: 'constructor' }, ['not-in-plan event: "constructor" is not in the plan']],
    ['track', { event: 'seen' }, ['not-in-plan event: "seen" is not in the plan; "Seen" is']],
    ['track', { event: 7 }, []],
    ['page', { name: 'Home' }, []],
    ['identify', { traits: { a: 1 } }, []],
    ['track', null, []],
  ])('finds the problems of %s %o', (type, event, expected) => {
    const found = [...(check(type, event) as Iterable<{ rule: string; path: string; message: string }>)]
    expect(found.map(({ rule, path, message }) => `${rule} ${path}: ${message}`)).toEqual(expected)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['returns nothing', () => undefined],
    ['has a message that is not text', () => ({ issues: [{ message: 7 }] })],
    ['has a path of anything', () => ({ issues: [{ message: 'm', path: [null, Symbol('s'), { key: 1 }] }] })],
    ['has issues that are not a list', () => ({ issues: 7 })],
    [
      'throws an object without a prototype',
      () => {
        throw Object.create(null)
      },
    ],
    [
      'throws a proxy that throws',
      () => {
        throw hostile
      },
    ],
    ['rejects with a proxy that throws', () => Promise.reject(hostile)],
    ['returns a proxy that throws', () => hostile],
    [
      'returns a promise whose then is broken',
      () => Object.defineProperty(Promise.resolve({ issues: 7 }), 'then', { value: () => hostile }),
    ],
    ['has a message that cannot become text', () => ({ issues: [{ message: { slice: () => hostile } }] })],
    ['has a path that cannot become text', () => ({ issues: [{ message: 'm', path: [Object.create(null)] }] })],
  ])('reports a schema that %s', async (_, validate) => {
    const broken = createPlanCheck({ definition: { events: { A: schema(validate) } } })
    const [finding, ...others] = await broken('track', { event: 'A', properties: {} })
    expect(others).toEqual([])
    expect(finding).toEqual({ rule: 'plan', path: expect.any(String), message: expect.any(String) })
  })

  it('gives a schema only a copy, and truncates its long message', async () => {
    const event = { event: 'A', properties: { a: 1 } }
    const changes = schema((value) => {
      Object.assign(Object(value), { a: 2 })
      return { issues: Array.from({ length: 500 }, () => ({ message: 'x'.repeat(10_000) })) }
    })
    const found = [...(await createPlanCheck({ definition: { events: { A: changes } } })('track', event))]
    expect(event.properties).toEqual({ a: 1 })
    expect([found.length, found[0]?.message.length]).toEqual([20, 300])
  })
})

describe('loading a plan', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plan-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const load = async (name: string, code: string) => {
    await writeFile(join(folder, name), code)
    return loadPlan(join(folder, name))
  }
  const PLAN = 'Object.assign(() => {}, { definition: { events: { A: {} } } })'

  it.each([
    ['named.ts', `export const plan: unknown = ${PLAN}`],
    ['default.ts', `enum E { A }; export default ${PLAN}`],
    ['twice.mjs', `const plan = ${PLAN}; export { plan, plan as default }`],
    ['common.cjs', `exports.plan = ${PLAN}`],
    ['common-default.cjs', `module.exports = ${PLAN}`],
    ['others.js', `export const plan = ${PLAN}; export const other = 1, nothing = null`],
  ])('%s', async (name, code) => {
    expect(Object.keys((await load(name, code)).definition.events)).toEqual(['A'])
  })

  it.each([
    ['none.ts', 'export const a = 1', 'must export one plan, as definePlan returns it; it exports a'],
    ['two.ts', `export const a = ${PLAN}, b = ${PLAN}`, 'must export one plan'],
    ['throws.ts', "throw new Error('no secret here')", 'cannot be loaded: no secret here'],
    ['syntax.ts', 'export const = 1', 'cannot be loaded'],
    ['throws-text.ts', "throw 'text'", 'cannot be loaded: text'],
    ['missing.ts', "import 'not-installed-anywhere'", 'cannot be loaded: Cannot find'],
  ])('rejects %s and names it', async (name, code, message) => {
    await expect(load(name, code)).rejects.toThrow(message)
    await expect(load(name, code)).rejects.toThrow(name)
  })
})

describe('converting a tracking plan', () => {
  const track = (properties: unknown) => ({ key: 'E', type: 'TRACK', jsonSchema: { properties: { properties } } })
  const convert = (properties: unknown) => convertPlan(JSON.stringify({ rules: [track(properties)] }))

  it.each([
    ['{}', 'no tracking plan'],
    ['{ "rules": 7 }', 'no tracking plan'],
    ['{ "rules": [{}] }', 'rules[0].type must be a string'],
    ['{ "rules": [{ "type": "TRACK", "jsonSchema": {} }] }', 'rules[0].key must be the name of an event'],
    ['{ "rules": [{ "type": "TRACK", "key": "A" }] }', 'rules[0].jsonSchema must be a JSON Schema'],
    ['{ "rules": { "events": [{ "name": "A" }] } }', 'rules.events[0].rules must be a JSON Schema'],
    ['no JSON', 'JSON'],
  ])('rejects %s', (json, message) => {
    expect(() => convertPlan(json)).toThrow(message)
  })

  test('rejects a plan that is nested too deeply', () => {
    const deep = Array.from({ length: 100 }).reduce<object>((items) => ({ type: 'array', items }), { type: 'string' })
    expect(() => convert(deep)).toThrow('nested more than 50 levels deep')
  })

  test('names the rules that cannot be converted, in the code and separately', () => {
    const { code, notes } = convert({
      properties: {
        a: { type: 'string', format: 'hostname', not: {} },
        b: { type: 'date' },
        c: { enum: [{}] },
        d: { pattern: '(' },
      },
      allOf: [],
    })
    expect(notes).toEqual([
      'E, properties.a: format "hostname"',
      'E, properties.a: not',
      'E, properties.b: type "date"',
      'E, properties.c: enum',
      'E, properties.d: pattern',
      'E, properties: allOf',
    ])
    for (const note of notes) expect(code).toContain(`// - ${note}\n`)
  })

  it.each([
    ['\\p{L}+', 'Zoë', '"\\\\p{L}+", \'u\''],
    ['^.$', '🎉', '"^.$", \'u\''],
    ['^\\d{4}\\-\\d\\d$', '2026-01', '"^\\\\d{4}\\\\-\\\\d\\\\d$"'],
    ['^\\\\A\\@$', '\\A@', '"^\\\\\\\\A\\\\@$"'],
  ])('keeps what the pattern %s matches', (pattern, text, args) => {
    const { code, notes } = convert({ properties: { a: { type: 'string', pattern } } })
    expect(notes).toEqual([])
    expect(code).toContain(`.regex(new RegExp(${args}))`)
    const parts: [string, string?] = JSON.parse(`[${args.replace("'u'", '"u"')}]`)
    expect(text).toMatch(new RegExp(...parts))
  })

  it.each(['\\A[a-z]+\\z', '\\u{1F600}\\-', '\\h\\-', '(?<n'])('leaves out the pattern %s, and says so', (pattern) => {
    const { code, notes } = convert({ properties: { a: { type: 'string', pattern } } })
    expect(notes).toEqual(['E, properties.a: pattern'])
    expect(code).not.toContain('RegExp')
  })

  test('says what a page of the Public API, and a plan of the Config API, leaves out', () => {
    const page = { data: { rules: [track({})], pagination: { current: 'MA==', next: 'MjAw', totalEntries: 450 } } }
    expect(convertPlan(JSON.stringify(page)).notes).toEqual([
      'the other pages of the rules: the file has one of several',
    ])
    const last = { data: { rules: [track({})], pagination: { current: 'MA==', totalEntries: 1 } } }
    expect(convertPlan(JSON.stringify(last)).notes).toEqual([])
    const lists = { rules: { events: [], identify_traits: [{ name: 'email' }], group_traits: [] } }
    expect(convertPlan(JSON.stringify(lists)).notes).toEqual(['rules.identify_traits'])
  })

  test('says what a rule demands of the rest of the message', () => {
    const properties = { properties: {}, traits: { type: 'object' }, context: { type: 'object', required: ['ip'] } }
    const jsonSchema = { type: 'object', definitions: {}, properties, required: ['properties', 'userId'], allOf: [{}] }
    expect(convertPlan(JSON.stringify([{ key: 'E', type: 'TRACK', jsonSchema }])).notes).toEqual([
      'E, message: allOf',
      'E, message: context',
      'E, message: required userId',
    ])
  })

  test('reads a file that begins with a byte order mark', () => {
    expect(convertPlan(`\uFEFF${JSON.stringify({ rules: [track({})] })}`).code).toContain('E: z.looseObject({})')
  })

  test('uses the highest of several versions of identify', () => {
    const rule = (version: number) => ({
      type: 'IDENTIFY',
      version,
      jsonSchema: { properties: { traits: { properties: { [`v${version}`]: {} } } } },
    })
    const { code, notes } = convertPlan(JSON.stringify([rule(1), rule(2)]))
    expect(code).toContain('v2: ')
    expect(code).not.toContain('v1: ')
    expect(notes).toEqual(['identify, version: 1'])
  })

  test('uses the highest of several versions of an event', () => {
    const rule = (version: number) => ({ ...track({ properties: { [`v${version}`]: {} } }), version })
    const { code, notes } = convertPlan(JSON.stringify([rule(1), rule(3), rule(2)]))
    expect(code).toContain('v3: ')
    expect(code).not.toMatch(/v[12]: /)
    expect(notes).toEqual(['E, version: 1', 'E, version: 2'])
  })
})

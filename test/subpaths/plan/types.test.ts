import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { COMPILER_OPTIONS } from '../../support/compiler-options.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const name = join(root, 'test/subpaths/plan/types-program.ts')
const options: ts.CompilerOptions = {
  ...COMPILER_OPTIONS,
  exactOptionalPropertyTypes: true,
  paths: { 'analytics-edge': [join(root, 'dist/index.d.ts')], 'analytics-edge/*': [join(root, 'dist/*.d.ts')] },
}

const SCHEMAS = {
  zod: `import { z } from 'zod'
const order = z.object({ total: z.number(), currency: z.enum(['EUR', 'USD']) })
const noOrder = order.nullish()`,
  valibot: `import * as v from 'valibot'
const order = v.object({ total: v.number(), currency: v.picklist(['EUR', 'USD']) })
const noOrder = v.nullish(order)`,
  arktype: `import { type } from 'arktype'
const order = type({ total: 'number', currency: "'EUR' | 'USD'" })
const noOrder = order.or('null')`,
}

function createProgram(schemas: string, use: string): string {
  return `${schemas}
import { Analytics, createAnalytics } from 'analytics-edge'
import { definePlan, type PlannedScope } from 'analytics-edge/plan'
import { analyticsMiddleware, withAnalytics as onLambda } from 'analytics-edge/lambda'
import { Analytics as VercelAnalytics, withAnalytics as onVercel } from 'analytics-edge/vercel'
import { withAnalytics as onWorkers } from 'analytics-edge/workers'
import { createTestAnalytics } from 'analytics-edge/testing'

const plan = definePlan({ events: { 'Order Placed': order, 'Cart Viewed': order, 'Order Noted': noOrder }, traits: order })
const settings = { writeKey: 'k', plan }
const client = new Analytics(settings)
const middleware = analyticsMiddleware(settings)
declare const request: Parameters<typeof middleware.before>[0]
declare const named: PlannedScope<typeof plan>
const lazy = createAnalytics(() => settings)
const onRequest = new VercelAnalytics(settings)
const { analytics: tested } = createTestAnalytics({ plan })
{ const analytics = client; ${use} }
{ const analytics = client.scope(); ${use} }
{ const analytics = client.scope({ userId: 'u' }); ${use} }
{ const analytics = client.current(); ${use} }
{ const analytics = request.context.analytics; ${use} }
{ const analytics = named; ${use} }
{ const analytics = lazy; ${use} }
{ const analytics = onRequest; ${use} }
{ const analytics = tested; ${use} }
onVercel(settings, (_request, _context, analytics) => { ${use} })
onVercel(() => client, (_request, _context, analytics) => { ${use} })
onLambda(settings, async (_event, _context, analytics) => { ${use} })
onLambda(client, async (_event, _context, analytics) => { ${use} })
onWorkers(settings, { async scheduled(_controller, _env, _ctx, analytics) { ${use} } })
onWorkers(client, { async scheduled(_controller, _env, _ctx, analytics) { ${use} } })
onWorkers((_env: { KEY: string }) => settings, { async scheduled(_controller, _env, _ctx, analytics) { ${use} } })
void client.scope().run(async (analytics) => { ${use} })
const identify = () => ({ anonymousId: 'a' })
void onVercel(settings, (_request, _context, analytics) => { ${use} }, { identify })
void onLambda(settings, async (_event, _context, analytics) => { ${use} }, { identify })
void onWorkers(settings, { async fetch(_request, _env, _ctx, analytics) { ${use}; return new Response() } }, { identify })
`
}

/** The lines of a program on which the compiler complains, each as often as it does. */
function complaintsOf(text: string): string[] {
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (file) => file === name || fileExists(file)
  host.getSourceFile = (file, ...args) =>
    file === name ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2022) : getSourceFile(file, ...args)
  const program = ts.createProgram([name], options, host)
  const source = program.getSourceFile(name)
  const lines = text.split('\n')
  return ts.getPreEmitDiagnostics(program, source).map(({ start = 0, messageText }) => {
    const line = lines[source?.getLineAndCharacterOfPosition(start).line ?? 0]
    return `${line?.slice(0, 60)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}

/** What an editor offers at the end of the first occurrence of a text. */
function completionsAfter(program: string, text: string): string[] {
  const at = program.indexOf(text) + text.length
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [name],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) => {
      const content = file === name ? program : ts.sys.readFile(file)
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file === name || ts.sys.fileExists(file),
    readFile: ts.sys.readFile,
  })
  return service.getCompletionsAtPosition(name, at, {})?.entries.map((entry) => entry.name) ?? []
}

const track = (event: string, properties: string) =>
  `analytics.track({ userId: 'u', event: '${event}', properties: ${properties} });`
const RIGHT = `${track('Order Placed', "{ total: 1, currency: 'EUR' }")} analytics.identify({ userId: 'u', traits: { total: 1, currency: 'USD' } }); analytics.page({ userId: 'u' })`
const MISTAKES: Record<string, string> = {
  'an unknown event': track('Order Plcaed', "{ total: 1, currency: 'EUR' }"),
  'a missing property': track('Order Placed', "{ currency: 'EUR' }"),
  'a wrong type': track('Order Placed', "{ total: '1', currency: 'EUR' }"),
  'a wrong enum': track('Order Placed', "{ total: 1, currency: 'DM' }"),
  'a wrong type in a schema that also takes null': track('Order Noted', "{ total: '1', currency: 'EUR' }"),
  'no properties': `analytics.track({ userId: 'u', event: 'Order Placed' });`,
  'a trait of a wrong type': `analytics.identify({ userId: 'u', traits: { total: '1', currency: 'EUR' } });`,
}

describe.each(Object.entries(SCHEMAS))('with %s', (_, schemas) => {
  test('everything that the plan allows compiles on clients, scopes and in every wrapper', () => {
    expect(complaintsOf(createProgram(schemas, RIGHT))).toEqual([])
  })

  test('an editor offers the names of the events', () => {
    expect(completionsAfter(createProgram(schemas, track('', '{}')), "event: '").sort()).toEqual([
      'Cart Viewed',
      'Order Noted',
      'Order Placed',
    ])
  })

  test('each mistake fails to compile in each place', () => {
    // All in one program, since a compiler takes seconds.
    const mistakes = Object.values(MISTAKES)
    const program = createProgram(schemas, mistakes.join(' '))
    const complaints = complaintsOf(program)
    const places = program.split('\n').filter((line) => line.includes(mistakes[0] ?? ''))
    for (const place of places) {
      const own = complaints.filter((complaint) => complaint.startsWith(place.slice(0, 60)))
      expect.soft(own, place.slice(0, 60)).toHaveLength(mistakes.length)
    }
    expect(places.length).toBe(20)
  })
})

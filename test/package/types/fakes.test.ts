import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { COMPILER_OPTIONS } from '../../support/compiler-options.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const name = join(root, 'test/package/types/fakes-program.ts')

/** What the compiler says of a program that imports the package, and its CommonJS form as 'analytics-edge/cjs'. */
function complaintsOf(text: string): string[] {
  const options: ts.CompilerOptions = {
    ...COMPILER_OPTIONS,
    exactOptionalPropertyTypes: true,
    paths: {
      'analytics-edge': [join(root, 'dist/index.d.ts')],
      'analytics-edge/cjs': [join(root, 'dist/index.d.cts')],
      'analytics-edge/*': [join(root, 'dist/*.d.ts')],
    },
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (file) => file === name || fileExists(file)
  host.getSourceFile = (file, ...args) =>
    file === name ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2022) : getSourceFile(file, ...args)
  const program = ts.createProgram([name], options, host)
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(name))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

const FAKES = `
import type { Analytics, Delivery, FlushResult, Outcome, Scope } from 'analytics-edge'
import { withAnalytics } from 'analytics-edge/lambda'

const outcome: Outcome = { messageId: '1', status: 'delivered', attempts: 0 }
const events: string[] = []
const record = (type: string) => (): Delivery => {
  events.push(type)
  return Object.assign(Promise.resolve(outcome), { orThrow: async () => outcome, within: async () => outcome })
}
const flush = async (): Promise<FlushResult> => ({ delivered: events.length, failed: 0 })
function send(event: unknown): Delivery
function send(events: readonly unknown[]): Promise<Outcome[]>
function send(event: unknown): Delivery | Promise<Outcome[]> {
  return Array.isArray(event) ? Promise.all(event.map(record('send'))) : record('send')()
}
const calls = {
  track: record('track'), identify: record('identify'), page: record('page'), screen: record('screen'),
  group: record('group'), alias: record('alias'), send, flush, closeAndFlush: flush, pendingCount: 0, identity: undefined,
}
const scope: Scope = {
  ...calls,
  current: () => scope,
  enter: (act) => act(),
  run: async (handler) => handler(scope),
}
const client: Analytics = {
  ...calls,
  VERSION: '0', ready: Promise.resolve(),
  current: () => client,
  enter: (act) => act(),
  run: async (handler) => handler(client),
  scope: () => scope,
  register: async () => {}, deregister: async () => {},
  on: () => client, once: () => client, off: () => client, emit: () => client, ref: () => client, unref: () => client,
}
class FakeScope implements Pick<Scope, 'track'> {
  track = record('track')
}
declare function order(analytics: Pick<Scope, 'track'>): void
order(new FakeScope())
order(scope)
order(client)
withAnalytics(client, async (_event, _context, analytics: Scope) => analytics.track({ userId: 'u', event: 'E' }))
`

test('a Scope, an Analytics and a Delivery can be faked without a cast', () => {
  expect(complaintsOf(FAKES)).toEqual([])
})

test('a fake that lacks a method does not compile', () => {
  expect(complaintsOf(FAKES.replace('  scope: () => scope,\n', ''))).toEqual([
    expect.stringContaining("Property 'scope' is missing"),
  ])
})

test('objects of one form of the package are accepted by the other', () => {
  expect(
    complaintsOf(`
import { Analytics, type Plugin, type Scope } from 'analytics-edge'
import * as other from 'analytics-edge/cjs'
import { flushOnExit } from 'analytics-edge/node'
import { analyticsMiddleware, withAnalytics as onLambda } from 'analytics-edge/lambda'
import { withAnalytics as onVercel } from 'analytics-edge/vercel'
import { withAnalytics as onWorkers } from 'analytics-edge/workers'

const client = new other.Analytics({ writeKey: 'k' })
onLambda(client, async (_event, _context, analytics) => analytics.track({ userId: 'u', event: 'E' }))
onVercel(client, async (_request, _context, analytics) => analytics.track({ userId: 'u', event: 'E' }))
onWorkers(client, { async fetch(_request, _env, _ctx, analytics) { analytics.flush(); throw new Error() } })
analyticsMiddleware(client)
flushOnExit(client)
const scope: Scope = client.scope()
const plugin: Plugin = { name: 'p', type: 'before', track: (ctx) => new other.Context(ctx.event) }
const foreign: other.Plugin = plugin
void new Analytics({ writeKey: 'k' }).register(plugin, foreign)
void scope
`),
  ).toEqual([])
})

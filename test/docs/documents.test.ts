import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Analytics } from '../../src/index.ts'
import { COMPILER_OPTIONS } from '../support/compiler-options.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The `ts` blocks of a document, with the line on which each starts. */
function listBlocks(text: string): { line: number; code: string }[] {
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length + 1,
    code: match[1] ?? '',
  }))
}

/** What the examples of docstrings, which are in docs/api, take for granted. */
const CORE = "import('analytics-edge')"
const KNOWN: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['Analytics', 'FetchHTTPClient', 'createAnalytics', 'createHandOver', 'redact'].map((name) => [
      name,
      `typeof ${CORE}.${name}`,
    ]),
  ),
  analytics: `${CORE}.Analytics`,
  ctx: '{ waitUntil(promise: Promise<unknown>): void }',
  deadLetters: `${CORE}.SegmentEvent[]`,
  proxyFetch: `${CORE}.HTTPFetchFn`,
  request: 'Request',
  handle: '(request: Request) => Promise<Response>',
  store: '{ put(text: string): Promise<void> }',
  target: `${CORE}.HandOverTarget`,
  ...Object.fromEntries(['writeKey', 'clientId', 'clientKey', 'keyId'].map((name) => [name, 'string'])),
}

function declareKnown(code: string): string {
  const isTaken = (name: string) => new RegExp(`^(export )?(import|const) [^='\\n]*\\b${name}\\b`, 'm').test(code)
  return Object.entries(KNOWN)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(code) && !isTaken(name))
    .map(([name, type]) => `declare const ${name}: ${type};`)
    .join(' ')
}

const names = await readdir(root, { recursive: true })
const documents = names
  .filter((name) => name.endsWith('.md') && !/(^|\/)(node_modules|dist|\.git|\.wrangler|\.stryker-tmp)\//.test(name))
  // The reports of the API are declarations, not programs.
  .filter((name) => !name.startsWith('docs/api/report/'))
  .sort()
const blocks = (
  await Promise.all(
    documents.map(async (name) =>
      listBlocks(await readFile(join(root, name), 'utf8')).map(({ line, code }) => ({
        code: name.startsWith('docs/api/') ? `${declareKnown(code)}${code}` : code,
        name: `${name}:${line}`,
      })),
    ),
  )
).flat()

describe('code in the documents', () => {
  let folder: string
  const complaints = new Map<string, string[]>()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docs-'))
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    const files = blocks.map(({ name }) => join(folder, `${name.replaceAll(/\W/g, '-')}.ts`))
    await Promise.all(blocks.map(({ code }, index) => writeFile(files[index] ?? '', `${code}\nexport {}\n`)))
    const compile = (of: readonly string[], types: readonly string[]) =>
      ts.createProgram(of, {
        ...COMPILER_OPTIONS,
        exactOptionalPropertyTypes: true,
        types: [...types],
        typeRoots: [join(root, 'node_modules/@types'), join(root, 'node_modules')],
        paths: { 'analytics-edge': [join(root, 'dist/index.d.ts')], 'analytics-edge/*': [join(root, 'dist/*.d.ts')] },
      })
    // As in a Worker's own project: its types and Node's would contradict each other.
    const isForWorkers = (file: string) => /docs-(api-)?workers-md/.test(file)
    const programs = [
      compile(files.filter(isForWorkers), ['@cloudflare/workers-types']),
      compile(
        files.filter((file) => !isForWorkers(file)),
        ['node'],
      ),
    ]
    blocks.forEach(({ name }, index) => {
      const file = files[index] ?? ''
      const program = programs.find((each) => each.getSourceFile(file))
      const source = program?.getSourceFile(file)
      const diagnostics =
        program && source ? [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)] : []
      const texts = diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
      complaints.set(name, source ? texts : ['was not compiled'])
    })
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('is found', () => expect(blocks.length).toBeGreaterThan(8))

  test.each(blocks.map(({ name }) => name))('%s compiles', (name) => expect(complaints.get(name)).toEqual([]))
})

describe('links between the documents', () => {
  test.each(documents)('%s links only to files that exist', async (name) => {
    const text = await readFile(join(root, name), 'utf8')
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? '')
    const missing = targets.filter((target) => !names.includes(relative(root, join(root, dirname(name), target))))
    expect(missing).toEqual([])
  })
})

/** The settings, each with its docstring and the source of its check. */
async function listSettings(): Promise<{ name: string; doc: string; check: string }[]> {
  const source = await readFile(join(root, 'src/settings/settings.ts'), 'utf8')
  const declared = source.match(/interface AnalyticsSettings.*?^}/ms)?.[0] ?? ''
  return [...(source.match(/^const CHECKS.*?^}/ms)?.[0] ?? '').matchAll(/^ {2}(\w+): (.+),$/gm)].map(
    ([, name = '', check = '']) => ({
      name,
      doc:
        declared
          .match(new RegExp(`/\\*\\*((?:(?!\\*/).)*)\\*/\\n {2}${name}\\??: `, 's'))?.[1]
          ?.replace(/\s+\*\s+/g, ' ') ?? '',
      check,
    }),
  )
}

test('every setting is in the table of settings', async () => {
  const [settings, table] = await Promise.all([listSettings(), readFile(join(root, 'docs/settings.md'), 'utf8')])
  expect(settings.length).toBeGreaterThan(20)
  for (const { name } of settings) expect(table).toContain(`| \`${name}\` |`)
})

test('docstrings and the table state the checked ranges and defaults', async () => {
  const table = await readFile(join(root, 'docs/settings.md'), 'utf8')
  const wrong: string[] = []
  let rangeCount = 0
  for (const { name, doc, check } of await listSettings()) {
    const row = table.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? ''
    const message = messageOf(() => new Analytics({ writeKey: 'k', [name]: Number.NaN }))
    const [range, min, max] = /from (\d+) to (\d+)/.exec(message) ?? []
    const given = name === 'maxRetryDelay' ? '`minRetryDelay` to 2147483647' : `${min} to ${max}`
    if (range && ![doc, row].every((text) => text.includes(given))) wrong.push(`${name}: ${given}`)
    if (range) rangeCount++
    const fallback = range && name !== 'maxEventsInBatch' ? /, ([\d_* ]+)\)|seconds\(([\d_]+)\)/.exec(check) : undefined
    if (!fallback) continue
    const number = (fallback[1] ?? fallback[2] ?? '')
      .replaceAll('_', '')
      .split('*')
      .reduce((product, factor) => product * Number(factor), 1)
    if (!doc.includes(`@default ${number}`) || !row.includes(`| ${number}`)) wrong.push(`${name}: default ${number}`)
  }
  expect(rangeCount).toBeGreaterThan(10)
  expect(wrong).toEqual([])
})

test('every setting has an example, or names its replacement', async () => {
  const without = (await listSettings()).filter(({ doc }) => !/@example|@deprecated/.test(doc))
  expect(without.map(({ name }) => name)).toEqual([])
})

function messageOf(act: () => unknown): string {
  try {
    act()
    return ''
  } catch (error) {
    return String(error)
  }
}

import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMPILER_OPTIONS } from './support/compiler-options.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The `ts` blocks of a document, with the line on which each starts. */
function listBlocks(text: string): { line: number; code: string }[] {
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length + 1,
    code: match[1] ?? '',
  }))
}

const names = await readdir(root, { recursive: true })
const documents = names
  .filter((name) => name.endsWith('.md') && !/(^|\/)(node_modules|dist|\.git|\.wrangler|\.stryker-tmp)\//.test(name))
  .sort()
const blocks = (
  await Promise.all(
    documents.map(async (name) =>
      listBlocks(await readFile(join(root, name), 'utf8')).map((block) => ({
        ...block,
        name: `${name}:${block.line}`,
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
    const isForWorkers = (file: string) => file.includes('docs-workers-md')
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

  test('there is some', () => expect(blocks.length).toBeGreaterThan(8))

  test.each(blocks.map(({ name }) => name))('%s compiles', (name) => expect(complaints.get(name)).toEqual([]))
})

describe('links between the documents', () => {
  test.each(documents)('%s points at files that exist', async (name) => {
    const text = await readFile(join(root, name), 'utf8')
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? '')
    const missing = targets.filter((target) => !names.includes(relative(root, join(root, dirname(name), target))))
    expect(missing).toEqual([])
  })
})

test('every setting is in its document, with its default', async () => {
  const [source, table] = await Promise.all([
    readFile(join(root, 'src/settings/settings.ts'), 'utf8'),
    readFile(join(root, 'docs/settings.md'), 'utf8'),
  ])
  const names = [...(source.match(/const CHECKS[^}]+/)?.[0] ?? '').matchAll(/^ {2}(\w+): /gm)].map((match) => match[1])
  expect(names.length).toBeGreaterThan(20)
  for (const name of names) expect(table).toContain(`| \`${name}\` |`)
})

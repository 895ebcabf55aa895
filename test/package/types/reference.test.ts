import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { COMPILER_OPTIONS } from '../../support/compiler-options.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const OURS = join(root, 'dist/index.d.ts')
const REFERENCE = join(root, 'node_modules/@segment/analytics-node/dist/types/index.d.ts')

/** Compiles a text as if it were a file of this folder. */
function createProgram(text: string, options: ts.CompilerOptions = {}) {
  const name = join(root, 'test/package/types/program.ts')
  const all: ts.CompilerOptions = {
    ...COMPILER_OPTIONS,
    paths: { 'analytics-edge': [OURS] },
    ...options,
  }
  const host = ts.createCompilerHost(all)
  const { fileExists, getSourceFile } = host
  host.fileExists = (file) => file === name || fileExists(file)
  host.getSourceFile = (file, ...args) =>
    file === name ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2022) : getSourceFile(file, ...args)
  const program = ts.createProgram([name], all, host)
  const source = program.getSourceFile(name)
  if (!source) throw new Error('the program has no source')
  return { program, source }
}

function complaintsOf(text: string, options?: ts.CompilerOptions): string[] {
  const { program, source } = createProgram(text, options)
  const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
  return diagnostics.map(({ start = 0, messageText }) => {
    const line = source.getLineAndCharacterOfPosition(start).line + 1
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

function listExports(file: string): string[] {
  const { program } = createProgram(`import * as all from '${file.replace(/\.d\.ts$/, '')}'; void all`)
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)
  const symbol = source && checker.getSymbolAtLocation(source)
  if (!symbol) throw new Error(`${file} is no module`)
  return checker.getExportsOfModule(symbol).map(({ name }) => name)
}

const text = await readFile(new URL('./reference-program.ts', import.meta.url), 'utf8')

test('a program typed for the reference compiles with it, and its mistakes do not', () => {
  expect(complaintsOf(text)).toEqual([])
})

test.each([[{}], [{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true }]])(
  'a program typed for the reference compiles with ours when only its import changes: %o',
  (options) => {
    const changed = text.replaceAll("'@segment/analytics-node'", "'analytics-edge'")
    expect(changed).not.toBe(text)
    expect(complaintsOf(changed, options)).toEqual([])
    // The compiler does look: each mistake is one.
    const mistakeCount = changed.split('@ts-expect-error').length - 1
    expect(complaintsOf(changed.replaceAll('@ts-expect-error', ''), options)).toHaveLength(mistakeCount)
  },
)

test('everything that the reference exports exists under its name', () => {
  const ours = listExports(OURS)
  const missing = listExports(REFERENCE).filter((name) => !ours.includes(name))
  expect(missing).toEqual([])
  expect(ours.length).toBeGreaterThan(20)
})

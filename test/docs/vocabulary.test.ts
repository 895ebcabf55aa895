import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Words that this project once had for itself, and the terms that every engineer knows. In tests, some have their usual meaning. */
const WORDS: readonly [word: RegExp, use: string, isAllowedInTests?: true][] = [
  [/\boutbox/i, 'batcher'],
  [/\bledger/i, 'pending tracker'],
  [/\bpassage/i, 'plugin stage'],
  [/\bbounds\b/i, 'limits, or range'],
  [/\bwaiters?\b/i, 'deadline, flush or wait'],
  [/\btellers?\b/i, 'notifier'],
  [/\bunheard\b/i, 'unhandled'],
  [/\bverdict/i, 'rejection, or decision', true],
  [/\bfamil(y|ies)\b(?!:)/i, 'split group'],
  [/\bmends?\b|\bmended\b/i, 'fixes'],
  [/\bgoes first\b/i, 'takes precedence', true],
  [/, say[,.;:)\s]/, 'for example', true],
  [/, too[,.;:)\s]/, 'also, or as well', true],
  [/Nothing comes with it/i, 'zero dependencies'],
  [/\bway of an event\b/i, 'life of an event'],
  [/\bon (its|their) way\b/i, 'in flight', true],
]

const SKIPPED = /(^|\/)(node_modules|dist|images|\.[^/]+)\/|^docs\/api\/|vocabulary\.test\.ts$|-lock\.json$/
const READ = /\.(ts|tsx|mjs|cjs|js|md)$/

async function listFiles(): Promise<string[]> {
  const folders = ['src', 'runtimes', 'docs', 'test']
  const inFolders = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(root, folder), { recursive: true })).map((name) => `${folder}/${name}`),
    ),
  )
  return [...inFolders.flat(), 'README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].filter(
    (name) => READ.test(name) && !SKIPPED.test(name),
  )
}

test('code, documents and tests use the words that every engineer knows', async () => {
  const files = await listFiles()
  expect(files.length).toBeGreaterThan(300)
  const complaints = await Promise.all(
    files.map(async (file) => {
      const lines = (await readFile(join(root, file), 'utf8')).split('\n')
      const words = WORDS.filter(([, , isAllowedInTests]) => !(isAllowedInTests && file.startsWith('test/')))
      return lines.flatMap((line, index) =>
        words
          .filter(([word]) => word.test(line))
          .map(([word, use]) => `${file}:${index + 1}: not "${word.exec(line)?.[0].trim()}", but ${use}`),
      )
    }),
  )
  expect(complaints.flat()).toEqual([])
})

import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const architecture = await readFile(join(root, 'ARCHITECTURE.md'), 'utf8')

const listFiles = async (folder: string) =>
  (await readdir(join(root, folder), { recursive: true })).filter((name) => name.endsWith('.ts'))

/** The files of src, and which of them each imports. */
const imports = new Map(
  await Promise.all(
    (await listFiles('src')).map(async (name) => {
      const text = await readFile(join(root, 'src', name), 'utf8')
      const targets = [...text.matchAll(/\bfrom '(\.[^']+)'|\bimport\('(\.[^']+)'\)/g)].map(([, from, called]) =>
        posix.join(posix.dirname(name), from ?? called ?? ''),
      )
      return [name, targets] as const
    }),
  ),
)

describe('the drawing of ARCHITECTURE.md', () => {
  const drawing = architecture.match(/```mermaid\n(.*?)```/s)?.[1] ?? ''
  const files = new Map([...drawing.matchAll(/^ {2}(\w+)\["([^"]+)"\]$/gm)].map(([, id = '', file = '']) => [id, file]))
  const arrows = [...drawing.matchAll(/^ {2}(\w+) -->(?:\|[^|]+\|)? (\w+)$/gm)].map(([, from = '', to = '']) => [
    from,
    to,
  ])

  test('is parsed to its last line', () => {
    const lines = drawing.split('\n').filter((line) => line.trim() !== '')
    expect(arrows.length).toBeGreaterThan(15)
    expect(1 + files.size + arrows.length).toBe(lines.length)
  })

  test('names files that exist', () => {
    expect([...files.values()].filter((file) => !imports.has(file))).toEqual([])
  })

  test.each(arrows)('%s --> %s is an import', (from = '', to = '') => {
    expect(imports.get(files.get(from) ?? '')).toContain(files.get(to))
  })
})

test('every file that ARCHITECTURE.md names exists', async () => {
  const folders = ['src', 'runtimes', 'test', 'scripts', 'collector', 'bench']
  const existing = (
    await Promise.all(folders.map(async (folder) => (await listFiles(folder)).map((name) => `${folder}/${name}`)))
  ).flat()
  const named = [...architecture.matchAll(/[\w./-]+\.ts\b/g)].map(([name]) => name)
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter((name) => !existing.some((path) => path === name || path.endsWith(`/${name}`)))).toEqual([])
})

test('the root of src has at most eight files', () => {
  const loose = [...imports.keys()].filter((name) => !name.includes('/'))
  expect(loose.length).toBeGreaterThan(0)
  expect(loose.length, `${loose.join(', ')}: move one into a room`).toBeLessThanOrEqual(8)
})

test('a helper in src/lib has several users, because one with a single user lives beside it', () => {
  const helpers = [...imports.keys()].filter((name) => name.startsWith('lib/'))
  const usersOf = (helper: string) =>
    [...imports].filter(([, targets]) => targets.includes(helper)).map(([name]) => name)
  expect(helpers.length).toBeGreaterThan(10)
  expect(helpers.filter((helper) => usersOf(helper).length < 2).map((helper) => [helper, usersOf(helper)])).toEqual([])
})

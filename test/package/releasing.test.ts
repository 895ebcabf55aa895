import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ROOT } from './install-package.ts'

const exec = promisify(execFile)
const read = (name: string) => readFile(join(ROOT, name), 'utf8')
const packageJson = JSON.parse(await read('package.json'))
const releasing = await read('RELEASING.md')
const commands = [...releasing.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap((match) => match[1]?.trim().split('\n') ?? [])

describe('RELEASING.md', () => {
  test('has commands for every step', () => {
    const steps = releasing.split(/^## /m).slice(1)
    expect(steps.length).toBeGreaterThan(5)
    expect(steps.filter((step) => !step.includes('```sh\n'))).toEqual([])
  })

  test('creates an SBOM of the package and nothing else', async () => {
    const [command = ''] = commands.filter((line) => line.startsWith('npm sbom '))
    const { stdout } = await exec('sh', ['-c', command.replace(/ > .*/, '')], { cwd: ROOT })
    const { metadata, components } = JSON.parse(stdout)
    expect(metadata.component.purl).toBe(`pkg:npm/analytics-edge@${packageJson.version}`)
    expect(components).toEqual([])
  })
})

test.each(['CONTRIBUTING.md', 'README.md', '.ci/run'])('every script named in %s is in package.json', async (name) => {
  const scripts = [...(await read(name)).matchAll(/\bnpm run ([\w:]+)/g)].map((match) => match[1] ?? '')
  expect(scripts.length).toBeGreaterThan(3)
  expect(scripts.filter((script) => !(script in packageJson.scripts))).toEqual([])
})

describe('npm version', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'release-'))
    for (const name of ['src/lib/version.ts', 'scripts/prepare-release.ts'])
      await cp(join(ROOT, name), join(folder, name))
    const { name, version, type, scripts } = packageJson
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version, type, scripts }))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  const bump = () => exec('npm', ['version', '7.8.9', '--no-git-tag-version'], { cwd: folder })
  const readBumped = (name: string) => readFile(join(folder, name), 'utf8')

  test('updates the version in the source, and dates the section of the changelog', async () => {
    const before = new Date().toISOString().slice(0, 10)
    await writeFile(
      join(folder, 'CHANGELOG.md'),
      '# Changelog\n\n## 7.0.0 (unreleased)\n\n- new\n\n## 0.1.0 (2026-11-27)\n',
    )
    await bump()
    const after = new Date().toISOString().slice(0, 10)
    expect(JSON.parse(await readBumped('package.json')).version).toBe('7.8.9')
    expect(await readBumped('src/lib/version.ts')).toContain("export const VERSION = '7.8.9'\n")
    const sections = [before, after].map(
      (date) => `# Changelog\n\n## 7.8.9 (${date})\n\n- new\n\n## 0.1.0 (2026-11-27)\n`,
    )
    expect(sections).toContain(await readBumped('CHANGELOG.md'))
  })

  test('fails if the changelog has no entry for the release', async () => {
    await writeFile(join(folder, 'CHANGELOG.md'), '# Changelog\n\n## 0.1.0 (2026-11-27)\n')
    await expect(bump()).rejects.toThrow('CHANGELOG.md has no heading "## 7.8.9 (unreleased)"')
    expect(await readBumped('src/lib/version.ts')).toContain(`'${packageJson.version}'`)
  })
})

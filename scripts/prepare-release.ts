import { readFile, writeFile } from 'node:fs/promises'

// Run by `npm version`, once package.json has the new version: updates the source and the changelog.

const UNRELEASED = /^## \S+ \(unreleased\)$/m
const fileOf = (name: string) => new URL(`../${name}`, import.meta.url)

const { version } = JSON.parse(await readFile(fileOf('package.json'), 'utf8'))
const changelog = await readFile(fileOf('CHANGELOG.md'), 'utf8')
const source = await readFile(fileOf('src/lib/version.ts'), 'utf8')

if (!UNRELEASED.test(changelog)) {
  throw new Error(`CHANGELOG.md has no heading "## ${version} (unreleased)", so nothing says what ${version} changes`)
}
const date = new Date().toISOString().slice(0, 10)
await writeFile(fileOf('CHANGELOG.md'), changelog.replace(UNRELEASED, `## ${version} (${date})`))
await writeFile(fileOf('src/lib/version.ts'), source.replace(/'.*'/, `'${version}'`))

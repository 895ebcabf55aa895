import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The path of a runtime that `npm ci` installs on Linux x64, from its path in the repository. Where it is not installed, a test
 * says by its name that nothing was run; it fails where the runtime should be there.
 */
export function findEngine(name: string, executable: string): string | undefined {
  const path = resolve(ROOT, executable)
  if (existsSync(path)) return path
  it(`not run: ${name} is not installed here`, () => {
    expect(areEnginesForHere(), `${executable} comes with npm ci on this system`).toBe(false)
  })
  return undefined
}

/** What the packages of `test/engines` are made for. */
function areEnginesForHere(): boolean {
  // A cast: the types have the report as any object.
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return process.platform === 'linux' && process.arch === 'x64' && header.glibcVersionRuntime !== undefined
}

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type InstalledPackage, installPackage, ROOT } from './install-package.ts'
import { compileProgram, RESOLUTIONS, writeProgram } from './resolutions.ts'

const COMPILERS = fileURLToPath(new URL('compilers/node_modules', import.meta.url))
let installed: InstalledPackage

beforeAll(async () => {
  installed = await installPackage()
  await writeProgram(installed.project, installed.subpaths)
})

afterAll(() => installed.remove())

describe.each([
  ['5.4', join(COMPILERS, 'typescript-5.4')],
  ['5.9', join(COMPILERS, 'typescript-5.9')],
  ['6.0', join(ROOT, 'node_modules/typescript')],
])(
  'the types of every subpath compile with TypeScript %s, without the types of Node or the DOM',
  (_version, folder) => {
    test.concurrent.each(RESOLUTIONS.map((resolution) => [resolution.name, resolution] as const))(
      '%s',
      async (_name, resolution) => {
        expect(await compileProgram(installed.project, folder, resolution)).toBe('')
      },
    )
  },
)

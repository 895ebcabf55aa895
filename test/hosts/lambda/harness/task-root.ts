import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const repository = fileURLToPath(new URL('../../../..', import.meta.url))
const here = join(repository, 'test/hosts/lambda')

export interface TaskRoot {
  readonly path: string
  /** Bundles a function of the folder, or a file of the repository, as users do, into `<name>.mjs` or `<name>.cjs`. */
  bundle(file: string, name: string, format: 'esm' | 'cjs'): Promise<void>
  remove(): Promise<void>
}

/** What Lambda has at /var/task: the functions, and the package as an installation has it, by its exports. */
export async function createTaskRoot(): Promise<TaskRoot> {
  const path = await mkdtemp(join(tmpdir(), 'task-'))
  await cp(join(here, 'functions'), path, { recursive: true })
  await mkdir(join(path, 'node_modules'))
  await symlink(repository, join(path, 'node_modules/analytics-edge'))
  await symlink(join(here, 'node_modules/@middy'), join(path, 'node_modules/@middy'))
  return {
    path,
    async bundle(file, name, format) {
      await build({
        entryPoints: [join(file.includes('/') ? repository : path, file)],
        outfile: join(path, `${name}.${format === 'esm' ? 'mjs' : 'cjs'}`),
        bundle: true,
        platform: 'node',
        target: 'node22',
        format,
      })
    },
    remove: () => rm(path, { recursive: true, force: true }),
  }
}

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const exec = promisify(execFile)

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface InstalledPackage {
  readonly tarball: string
  /** The folder of a project that has installed the tarball. */
  readonly project: string
  /** The installed package in it. */
  readonly folder: string
  /** What can be imported of it: `.`, `./node` and so on. */
  readonly subpaths: readonly string[]
  remove(): Promise<void>
}

/** Packs the build as published, and installs the tarball into a separate project, offline. */
export async function installPackage(): Promise<InstalledPackage> {
  const parent = await mkdtemp(join(tmpdir(), 'package-'))
  // The scripts are left out: the tests are run on a fresh build already.
  const { stdout } = await exec('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', parent], {
    cwd: ROOT,
  })
  const tarball = join(parent, JSON.parse(stdout)[0].filename)
  const project = join(parent, 'project')
  await mkdir(project)
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true }))
  await exec('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: project })
  const folder = join(project, 'node_modules/analytics-edge')
  const { exports } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const subpaths = Object.keys(exports).filter((subpath) => subpath !== './package.json')
  return { tarball, project, folder, subpaths, remove: () => rm(parent, { recursive: true, force: true }) }
}

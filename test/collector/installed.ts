import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { execa } from 'execa'

const exec = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Installed {
  /** A project that has installed the packed collector, and the packed SDK. */
  readonly project: string
  readonly files: readonly string[]
  remove(): Promise<void>
}

/**
 * Packs the collector and the SDK as published, and installs both into a separate project.
 *
 * @param packages what the project has beside them: `zod@4.0.0`
 */
export async function installCollector(...packages: readonly string[]): Promise<Installed> {
  const parent = await mkdtemp(join(tmpdir(), 'collector-'))
  // The scripts are left out: both are built already.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', parent]
  const [collector, sdk] = await Promise.all(
    [['-w', 'analytics-edge-collector'], []].map(async (which) => {
      const { stdout } = await exec('npm', [...args, ...which], { cwd: ROOT })
      return JSON.parse(stdout)[0]
    }),
  )
  const project = join(parent, 'project')
  await mkdir(project)
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true }))
  const tarballs = [collector, sdk].map(({ filename }) => join(parent, filename))
  await exec('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs, ...packages], {
    cwd: project,
  })
  return {
    project,
    files: collector.files.map(({ path }: { path: string }) => path),
    remove: () => rm(parent, { recursive: true, force: true }),
  }
}

export interface Running {
  readonly url: string
  stdout(): string
  /** Answers with its exit code. */
  stop(): Promise<number | null>
}

/** `npx analytics-edge-collector` in the project. */
export function startByNpx(project: string, ...args: string[]): Promise<Running> {
  return start(project, 'npx', ['--no-install', 'analytics-edge-collector', ...args])
}

/** The same by another Node. */
export function startByNode(node: string, project: string, ...args: string[]): Promise<Running> {
  return start(project, node, ['node_modules/analytics-edge-collector/dist/main.js', ...args])
}

async function start(project: string, command: string, args: string[]): Promise<Running> {
  const child = execa(command, args, {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
    reject: false,
    // Its own process group.
    detached: true,
  })
  let stdout = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      stdout += chunk
      // The last of the lines that it begins with.
      const [, found] = /(http:\S+)\/ shows/.exec(stdout) ?? []
      if (found !== undefined) resolve(found)
    })
    void child.then(({ exitCode }) => reject(new Error(`it ended with ${exitCode}: ${stdout}`)))
  })
  return {
    url,
    stdout: () => stdout,
    stop: async () => {
      // npx and what it started: the terminal's Ctrl-C goes to both.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
      return (await child).exitCode ?? null
    },
  }
}

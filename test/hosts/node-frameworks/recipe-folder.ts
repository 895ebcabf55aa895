import { execFile } from 'node:child_process'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { writeRecipe } from '../../support/recipes.ts'

export const HOSTS = fileURLToPath(new URL('.', import.meta.url))
export const bin = (name: string) => join(HOSTS, 'node_modules/.bin', name)

/** Writes a recipe where the modules of this folder are found. */
export async function createRecipeFolder(
  name: string,
  heading: string,
  transform?: (code: string) => string,
): Promise<string> {
  const folder = join(HOSTS, '.recipes', name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeRecipe(heading, folder, transform)
  return folder
}

/** Builders look for the modules beside the project. */
export async function linkModules(folder: string): Promise<void> {
  await symlink(join(HOSTS, 'node_modules'), join(folder, 'node_modules'))
}

/** Runs a tool in a recipe's folder, without what the machine has set for itself; answers with its output. */
export async function run(folder: string, command: string[], env: Record<string, string> = {}): Promise<string> {
  const [file = '', ...args] = command
  const { PATH = '', HOME = '' } = process.env
  const options = { cwd: folder, env: { PATH, HOME, ...env } }
  const { stdout, stderr } = await promisify(execFile)(file, args, options).catch((error) => {
    throw new Error(`${command.join(' ')}:\n${error.stdout}\n${error.stderr}`)
  })
  return stdout + stderr
}

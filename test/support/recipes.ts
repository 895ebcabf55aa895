import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const DOCUMENT = new URL('../../docs/node.md', import.meta.url)

/** Writes the files of a recipe in docs/node.md into a folder: what is run is what is printed. */
export async function writeRecipe(
  heading: string,
  folder: string,
  transform: (code: string) => string = (code) => code,
): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8')
  const [, section] = text.split(`\n### ${heading}\n`)
  const blocks = [...(section?.split(/\n##/)[0] ?? '').matchAll(/^```\w+\n\/\/ (\S+)\n(.*?)^```$/gms)]
  if (blocks.length === 0) throw new Error(`no recipe in docs/node.md for ${heading}`)
  for (const [, name = '', code = ''] of blocks) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, transform(code))
  }
}

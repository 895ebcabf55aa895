// A class with private fields is a type that nothing else is assignable to: no fake in a test, no object of the package's other copy
// (index.d.ts and index.d.cts). The fields are no business of a caller, so the declarations leave them out.

import { readdir, readFile, writeFile } from 'node:fs/promises'

const folder = new URL('../dist/', import.meta.url)
const names = (await readdir(folder)).filter((name) => /\.d\.c?ts$/.test(name))
await Promise.all(
  names.map(async (name) => {
    const file = new URL(name, folder)
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replaceAll(/^ *#private;\n/gm, ''))
  }),
)

// Prepares the declarations in `dist` for publishing.
//
// A class with private fields is a type that nothing else is assignable to: no fake in a test, no object of the package's other copy
// (index.d.ts and index.d.cts). Callers do not need these fields, so the declarations leave them out.
//
// The two copies are the same except for the files that they import, so one is made from the other.

import { readdir, readFile, writeFile } from 'node:fs/promises'

const folder = new URL('../dist/', import.meta.url)
const names = new Set(await readdir(folder))
await Promise.all(
  [...names]
    .filter((name) => name.endsWith('.d.ts'))
    .map(async (name) => {
      const file = new URL(name, folder)
      const text = (await readFile(file, 'utf8')).replaceAll(/^ *#private;\n/gm, '')
      await writeFile(file, text)
      if (isForModulesOnly(name)) return
      const required = text.replaceAll(/\b(from|import) '(\.\/[^']+)\.js';$/gm, "$1 '$2.cjs';")
      await writeFile(new URL(name.replace(/ts$/, 'cts'), folder), required)
    }),
)

/** Whether its code is built as an ES module alone; what declarations share has no code of its own. */
function isForModulesOnly(name: string): boolean {
  const code = name.replace(/\.d\.ts$/, '')
  return names.has(`${code}.js`) && !names.has(`${code}.cjs`)
}

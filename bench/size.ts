import { resolve } from 'node:path'
import { judgeSizes } from './bars.ts'
import { measureOwnSizes } from './measure-size.ts'
import { ROOT } from './root.ts'

// The bundle against its bars: `node bench/size.ts [FOLDER]`, of the `dist` in the folder. Ends with 1 where one is not met.

const sizes = await measureOwnSizes(resolve(process.argv[2] ?? ROOT))
const verdicts = judgeSizes(sizes)
for (const { what, figure, bar, isMet } of verdicts) {
  console.log(`${isMet ? 'met     ' : 'NOT MET '} ${what}: ${figure}, at most ${bar}`)
}
const { total, singleFile } = sizes.main
console.log(`with what is loaded when needed: ${total} bytes; all in one file: ${singleFile} bytes`)
if (verdicts.some(({ isMet }) => !isMet)) process.exitCode = 1

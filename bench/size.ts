import { resolve } from 'node:path'
import { judgeSizes } from './bars.ts'
import { measureOwnSizes } from './measure-size.ts'
import { ROOT } from './root.ts'

// The bundle against its bars: `node bench/size.ts [FOLDER]`, of the `dist` in the folder. Exits with 1 if one is not met.

const barResults = judgeSizes(await measureOwnSizes(resolve(process.argv[2] ?? ROOT)))
for (const { what, figure, bar, isMet } of barResults) {
  console.log(`${isMet ? 'met     ' : 'NOT MET '} ${what}: ${figure}, at most ${bar}`)
}
if (barResults.some(({ isMet }) => !isMet)) process.exitCode = 1

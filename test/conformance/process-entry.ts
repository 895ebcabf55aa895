// Runs the suite in a runtime that is a process of its own: `<runtime> process-entry.ts <jsRuntime> <collector's URL>`.
import process from 'node:process'
import * as lib from '../../dist/index.js'
import { runAll } from './run-all.ts'

const [jsRuntime = '', collectorUrl = ''] = process.argv.slice(2)
// Cases in which the user's own code throws make the library log it.
console.error = console.warn = () => {}
await runAll({ lib, collectorUrl, metadata: { jsRuntime } }, (result) => console.log(JSON.stringify(result)))
// Cases leave clients behind whose timers would keep the process.
process.exit(0)

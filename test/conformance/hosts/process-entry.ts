// Runs the suite in a runtime that is a process of its own: `<runtime> process-entry <jsRuntime> <collector's URL>`. Its output is
// lines of JSON: the version of the runtime, then each result.
import process from 'node:process'
import * as lib from 'analytics-edge'
import { fromRequest } from 'analytics-edge/request'
import { runAll, runOne } from '../run-all.ts'

const [jsRuntime = '', collectorUrl = ''] = process.argv.slice(2)
const { node, deno, bun } = process.versions
const metadata = jsRuntime === 'node' ? { jsRuntime, nodeVersion: process.version } : { jsRuntime }
const tell = (message: object) => console.log(JSON.stringify(message))

// Cases in which the user's own code throws make the library log it.
console.error = console.warn = () => {}
tell({ version: deno ?? bun ?? node })
// Cases leave clients behind whose timers would keep the process.
runAll((name) => runOne(name, { lib, fromRequest, collectorUrl, metadata }), tell).then(() => process.exit(0))

#!/usr/bin/env node
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Collector, type CollectorOptions, startCollector } from './index.ts'
import { MAX_KEEP_COUNT, MAX_PORT } from './options.ts'
import { type ConvertedPlan, convertPlan } from './tracking-plan/convert-plan.ts'
import { loadPlan } from './tracking-plan/load-plan.ts'
import { MAX_DELAY_MS } from './validate-fault.ts'

const DEFAULT_PORT = 4010
const DEFAULT_KEEP_COUNT = 10_000
const USAGE = `Usage: npx analytics-edge-collector [options] [plan.ts]
       npx analytics-edge-collector convert <tracking-plan.json>

A local stand-in for Segment's Tracking API, with a live page of what it receives, and of what does not fit the plan that a
module exports. convert writes such a plan, from one that was exported from Segment Protocols.

  --port <number>      0 to 65535, 0 for a free one (default ${DEFAULT_PORT})
  --host <address>     a loopback address (default 127.0.0.1)
  --open               open the page in the browser
  --record <file>      append each request to a file, a line of JSON
  --replay <file>      begin with what a file has recorded
  --keep <number>      keep the last so many events, from 1 (default ${DEFAULT_KEEP_COUNT})
  --write-key <key>    accept only this key; may be repeated (default: any)
  --delay <ms>         answer each request this much later, 0 to 600000
  --quiet              no line per event
  --help
`

type Command =
  | { readonly name: 'help' }
  | { readonly name: 'convert'; readonly path: string }
  | {
      readonly name: 'collect'
      readonly options: CollectorOptions
      readonly opensPage: boolean
      readonly planPath: string | undefined
    }

function parseCommand(args: string[]): Command {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      port: { type: 'string', default: String(DEFAULT_PORT) },
      host: { type: 'string', default: '127.0.0.1' },
      open: { type: 'boolean', default: false },
      record: { type: 'string' },
      replay: { type: 'string' },
      keep: { type: 'string', default: String(DEFAULT_KEEP_COUNT) },
      'write-key': { type: 'string', multiple: true },
      delay: { type: 'string', default: '0' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return { name: 'help' }
  const [first, second] = positionals
  const isConversion = first === 'convert'
  if (positionals.length > (isConversion ? 2 : 1)) throw new RangeError('too many arguments: it takes one file')
  if (isConversion) {
    if (second === undefined) throw new RangeError('convert needs the file of an exported tracking plan')
    return { name: 'convert', path: second }
  }
  const writeKeys = values['write-key']
  const delayMs = parseIntegerFlag('--delay', values.delay, MAX_DELAY_MS)
  const options: CollectorOptions = {
    port: parseIntegerFlag('--port', values.port, MAX_PORT),
    host: values.host,
    log: !values.quiet,
    page: true,
    keepCount: parseIntegerFlag('--keep', values.keep, MAX_KEEP_COUNT, 1),
    ...(values.record !== undefined && { record: values.record }),
    ...(values.replay !== undefined && { replay: values.replay }),
    ...(writeKeys !== undefined && { writeKeys }),
    ...(delayMs > 0 && { faults: [{ delayMs }] }),
  }
  return { name: 'collect', options, opensPage: values.open, planPath: first }
}

function parseIntegerFlag(flag: string, text: string, max: number, min = 0): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max)) {
    throw new RangeError(`${flag} must be an integer from ${min} to ${max}, not '${text}'`)
  }
  return value
}

function exitWith(code: number, error: unknown): never {
  // The first line has the error; parseArgs adds advice after it.
  const message = error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
  console.error(`collector: ${message}`)
  process.exit(code)
}

function announce({ url }: Collector): void {
  console.log(`Tracking API at ${url}`)
  console.log(`  new Analytics({ writeKey: 'any', host: '${url}' })`)
  console.log(`  ${url}/ shows what arrives; curl ${url}/_/events`)
  process.send?.({ url })
}

/** Without a desktop there is no browser, but the link has been printed for use elsewhere. */
async function openPage(url: string): Promise<void> {
  const { default: open } = await import('open')
  const opener = await open(url).catch((error: unknown) => console.error(`collector: ${error}`))
  opener?.once('error', (error) => console.error(`collector: no browser to open: ${error.message}`))
}

function closeOnSignal(collector: Collector): void {
  const close = async (): Promise<void> => {
    await collector.close()
    if (process.connected) process.disconnect?.()
  }
  process.once('SIGINT', close)
  process.once('SIGTERM', close)
  // The parent process that started this one is gone.
  process.once('disconnect', close)
}

async function collect({ options, opensPage, planPath }: Extract<Command, { name: 'collect' }>): Promise<void> {
  const plan = planPath === undefined ? {} : { plan: await loadPlan(planPath) }
  const collector = await startCollector({ ...options, ...plan })
  closeOnSignal(collector)
  announce(collector)
  if (opensPage) await openPage(`${collector.url}/`)
}

async function convert(path: string): Promise<void> {
  const { code, notes } = convertFile(path, await readFile(path, 'utf8'))
  process.stdout.write(code)
  for (const note of notes) console.error(`not carried over: ${note}`)
}

function convertFile(path: string, json: string): ConvertedPlan {
  try {
    return convertPlan(json)
  } catch (error) {
    throw new Error(`${path} cannot be converted: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

function resolveCommand(): Command {
  try {
    return parseCommand(process.argv.slice(2))
  } catch (error) {
    return exitWith(2, error)
  }
}

const command = resolveCommand()
try {
  if (command.name === 'help') console.log(USAGE)
  else if (command.name === 'convert') await convert(command.path)
  else await collect(command)
} catch (error) {
  exitWith(1, error)
}

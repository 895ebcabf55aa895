#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { type Collector, type CollectorOptions, startCollector } from './index.ts'

const DEFAULT_PORT = 4010
const DEFAULT_KEEP_COUNT = 10_000
const MAX_KEEP_COUNT = 10_000_000
const USAGE = `Usage: npx analytics-edge-collector [options]

A local stand-in for Segment's Tracking API, with a live page of what it receives.

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

interface Command {
  readonly options: CollectorOptions
  readonly opensPage: boolean
}

function parseCommand(args: string[]): Command | 'help' {
  const { values } = parseArgs({
    args,
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
  if (values.help) return 'help'
  const writeKeys = values['write-key']
  const delayMs = parseIntegerFlag('--delay', values.delay, 600_000)
  const options: CollectorOptions = {
    port: parseIntegerFlag('--port', values.port, 65_535),
    host: values.host,
    log: !values.quiet,
    page: true,
    keepCount: parseIntegerFlag('--keep', values.keep, MAX_KEEP_COUNT, 1),
    ...(values.record !== undefined && { record: values.record }),
    ...(values.replay !== undefined && { replay: values.replay }),
    ...(writeKeys !== undefined && { writeKeys }),
    ...(delayMs > 0 && { faults: [{ delayMs }] }),
  }
  return { options, opensPage: values.open }
}

function parseIntegerFlag(flag: string, text: string, max: number, min = 0): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max)) {
    throw new RangeError(`${flag} must be an integer from ${min} to ${max}, not '${text}'`)
  }
  return value
}

function exitWith(code: number, error: unknown): never {
  // The first line says it; parseArgs adds advice in further ones.
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

/** Without a desktop there is no browser: the link has been printed, to be used elsewhere. */
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
  // The parent that started this process is gone.
  process.once('disconnect', close)
}

function resolveCommand(): Command | 'help' {
  try {
    return parseCommand(process.argv.slice(2))
  } catch (error) {
    return exitWith(2, error)
  }
}

const command = resolveCommand()
if (command === 'help') {
  console.log(USAGE)
} else {
  const collector = await startCollector(command.options).catch((error: unknown) => exitWith(1, error))
  closeOnSignal(collector)
  announce(collector)
  if (command.opensPage) await openPage(`${collector.url}/`)
}

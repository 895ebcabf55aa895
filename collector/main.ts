import { parseArgs } from 'node:util'
import { type Collector, type CollectorOptions, startCollector } from './index.ts'

const DEFAULT_PORT = 4010
const USAGE = `Usage: npm run collector -- [options]

A local stand-in for Segment's Tracking API; GET / lists its routes.

  --port <number>      0 to 65535, 0 for a free one (default ${DEFAULT_PORT})
  --host <address>     (default 127.0.0.1)
  --write-key <key>    accept only this key; may be repeated (default: any)
  --delay <ms>         answer each request this much later, 0 to 600000
  --quiet              no line per event
  --help
`

function parseOptions(args: string[]): CollectorOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: String(DEFAULT_PORT) },
      host: { type: 'string', default: '127.0.0.1' },
      'write-key': { type: 'string', multiple: true },
      delay: { type: 'string', default: '0' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const writeKeys = values['write-key']
  const delayMs = parseIntegerFlag('--delay', values.delay, 600_000)
  return {
    port: parseIntegerFlag('--port', values.port, 65_535),
    host: values.host,
    log: !values.quiet,
    ...(writeKeys !== undefined && { writeKeys }),
    ...(delayMs > 0 && { faults: [{ delayMs }] }),
  }
}

function parseIntegerFlag(flag: string, text: string, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= max)) throw new RangeError(`${flag} must be an integer from 0 to ${max}, not '${text}'`)
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
  console.log(`  curl ${url}/_/events`)
  process.send?.({ url })
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

function resolveOptions(): CollectorOptions | 'help' {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    return exitWith(2, error)
  }
}

const options = resolveOptions()
if (options === 'help') {
  console.log(USAGE)
} else {
  const collector = await startCollector(options).catch((error: unknown) => exitWith(1, error))
  closeOnSignal(collector)
  announce(collector)
}

// What a queue makes of traffic: simulated by the second, with the limits and prices that the platforms publish (docs/scale.md says
// which, and of when). Writes the table of docs/scale.md and its plot. The batch sizes are the limits of the platforms; `npm run bench -- funnel` shows that a queue of
// Cloudflare delivers full batches under load, and for SQS it is assumed.
import { readFile, writeFile } from 'node:fs/promises'

interface Platform {
  readonly name: string
  /** Messages of a batch of the consumer, and seconds until one that is not full is delivered. */
  readonly batchCount: number
  readonly windowSeconds: number
  /** Messages a second that one queue takes. */
  readonly queueRate: number
  /** Consumers at once, of a queue. */
  readonly concurrency: number
  /** Dollars for a million messages of up to 64 KB: written, read, deleted. */
  messageDollars(batchCount: number): number
}

const PLATFORMS: readonly Platform[] = [
  {
    name: 'Cloudflare Queues',
    batchCount: 100,
    windowSeconds: 5,
    queueRate: 5_000,
    concurrency: 250,
    messageDollars: () => 3 * 0.4,
  },
  {
    name: 'SQS and Lambda',
    batchCount: 1_000,
    windowSeconds: 5,
    queueRate: Number.POSITIVE_INFINITY,
    concurrency: 1_000,
    // A message is sent by itself; ten are received, and ten deleted, in one call.
    messageDollars: () => 0.4 + (2 * 0.4) / 10,
  },
]

/** Requests to the app a second; each tracks one event. */
const RATES = [10, 1_000, 100_000]
const SIMULATED_SECONDS = 60
const SECONDS_PER_MONTH = 30 * 86_400
/** A request to the API, and what comes with an invocation of the consumer. */
const REQUEST_SECONDS = 0.3
/** Events of 600 bytes that fit into 480 KB. */
const MAX_EVENTS_PER_REQUEST = 800
/** Segment publishes it for events of a workspace; whether it also limits requests is not published. */
const SEGMENT_RATE = 1_000

interface Row {
  readonly platform: string
  readonly rate: number
  readonly queueCount: number
  readonly requestsPerSecond: number
  readonly consumers: number
  readonly lagSeconds: number
  readonly dollarsPerMonth: number
}

/** Deterministic, so that the document changes only with the model. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

/** Arrivals of a second: Poisson, by its normal approximation where that is close. */
function drawArrivals(rate: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random())
  return Math.max(0, Math.round(rate + Math.sqrt(rate) * normal))
}

function simulate(platform: Platform, rate: number): Row {
  const random = createRandom(rate)
  const queueCount = Math.max(1, Math.ceil(rate / platform.queueRate))
  let requestCount = 0
  let batchCount = 0
  let handledCount = 0
  let waitedSeconds = 0
  let waitingCount = 0
  let heldSeconds = 0
  for (let second = 0; second < SIMULATED_SECONDS; second++) {
    waitingCount += drawArrivals(rate / queueCount, random)
    heldSeconds++
    const isDue = heldSeconds >= platform.windowSeconds
    while (waitingCount >= platform.batchCount || (isDue && waitingCount > 0)) {
      const count = Math.min(waitingCount, platform.batchCount)
      // The first of a batch has waited as long as it took to fill it.
      const filledSeconds = Math.min(platform.windowSeconds, (platform.batchCount * queueCount) / rate)
      waitedSeconds += count * (filledSeconds / 2 + REQUEST_SECONDS)
      batchCount++
      requestCount += Math.ceil(count / MAX_EVENTS_PER_REQUEST)
      handledCount += count
      waitingCount -= count
      heldSeconds = 0
    }
  }
  const requestsPerSecond = (queueCount * requestCount) / SIMULATED_SECONDS
  return {
    platform: platform.name,
    rate,
    queueCount,
    requestsPerSecond,
    consumers: (queueCount * batchCount * REQUEST_SECONDS) / SIMULATED_SECONDS,
    lagSeconds: waitedSeconds / handledCount,
    dollarsPerMonth: (rate * SECONDS_PER_MONTH * platform.messageDollars(platform.batchCount)) / 1e6,
  }
}

const format = (value: number) =>
  value >= 10 ? Math.round(value).toLocaleString('en') : value.toLocaleString('en', { maximumFractionDigits: 2 })

/** A rate to Segment, and how it stands to the limit, should that count this. */
function compare(rate: number): string {
  if (rate < SEGMENT_RATE * 0.9) return format(rate)
  const times = Math.round(rate / SEGMENT_RATE)
  return `${format(rate)}: ${times > 1 ? `${times} times` : 'at'} the limit`
}

function writeTable(rows: readonly Row[]): string {
  const head = [
    'Requests a second',
    'Queue',
    'Queues',
    'Events to Segment a second',
    'Requests to Segment a second: without',
    'with',
    'Consumers at once',
    'An event waits',
    'Queue, a month',
  ]
  const lines = rows.map(
    ({ platform, rate, queueCount, requestsPerSecond, consumers, lagSeconds, dollarsPerMonth }) => {
      const cells = [
        format(rate),
        platform,
        String(queueCount),
        // One event each, with a queue or without.
        compare(rate),
        compare(rate),
        compare(requestsPerSecond),
        format(consumers),
        `${format(lagSeconds)} s`,
        `$${format(dollarsPerMonth)}`,
      ]
      return `| ${cells.join(' | ')} |`
    },
  )
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...lines].join('\n')
}

/** Requests to Segment over requests to the app, both logarithmic. */
function writePlot(): string {
  const [width, height, left, top, right, bottom] = [720, 420, 70, 30, 690, 360]
  const x = (rate: number) => left + ((right - left) * (Math.log10(rate) - 1)) / 4
  const y = (value: number) => bottom - ((bottom - top) * (Math.log10(value) + 1)) / 6
  const rates = Array.from({ length: 33 }, (_, index) => 10 ** (1 + index / 8))
  const line = (values: readonly number[]) =>
    rates.map((rate, index) => `${x(rate).toFixed(1)},${y(values[index] ?? 1).toFixed(1)}`).join(' ')
  const curves: [string, string, number[]][] = [
    ['without a queue', '#c0392b', rates],
    ...PLATFORMS.map((platform, index): [string, string, number[]] => [
      platform.name,
      ['#2471a3', '#1e8449'][index] ?? '#000',
      rates.map((rate) => simulate(platform, rate).requestsPerSecond),
    ]),
  ]
  const grid = [10, 100, 1_000, 10_000, 100_000].map(
    (rate) => `<text x="${x(rate)}" y="${bottom + 20}" text-anchor="middle">${format(rate)}</text>`,
  )
  const levels = [0.1, 1, 10, 100, 1_000, 10_000, 100_000].map(
    (value) =>
      `<line x1="${left}" x2="${right}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${format(value)}</text>`,
  )
  const drawn = curves.map(
    ([name, color, values], index) =>
      `<polyline fill="none" stroke="${color}" stroke-width="2" points="${line(values)}"/><text x="${left + 12}" y="${top + 16 + 18 * index}" fill="${color}">${name}</text>`,
  )
  const limitX = x(SEGMENT_RATE)
  const eventLimit = `<line x1="${limitX}" x2="${limitX}" y1="${top}" y2="${bottom}" stroke="#7d3c98" stroke-dasharray="6 4"/><text x="${limitX + 6}" y="${bottom - 26}" fill="#7d3c98">1,000 events a second:</text><text x="${limitX + 6}" y="${bottom - 10}" fill="#7d3c98">what Segment publishes</text>`
  const limit = `<line x1="${left}" x2="${right}" y1="${y(SEGMENT_RATE)}" y2="${y(SEGMENT_RATE)}" stroke="#c0392b" stroke-dasharray="6 4"/><text x="${right}" y="${y(SEGMENT_RATE) - 6}" text-anchor="end" fill="#c0392b">the limit, if it counts requests (not published)</text>`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img"><title>Requests to Segment a second, by requests to the app, with a queue and without</title><rect width="${width}" height="${height}" fill="#fff"/>${levels.join('')}${grid.join('')}${limit}${eventLimit}${drawn.join('')}<text x="${(left + right) / 2}" y="${height - 16}" text-anchor="middle">requests to the app a second, one event each</text><text x="18" y="${(top + bottom) / 2}" text-anchor="middle" transform="rotate(-90 18 ${(top + bottom) / 2})">requests to Segment a second</text></svg>\n`
}

const rows = RATES.flatMap((rate) => PLATFORMS.map((platform) => simulate(platform, rate)))
const table = writeTable(rows)
console.log(table)
const document = new URL('../docs/scale.md', import.meta.url)
const text = await readFile(document, 'utf8')
const [START, END] = ['<!-- table -->', '<!-- /table -->']
await writeFile(document, text.replace(new RegExp(`${START}.*${END}`, 's'), `${START}\n\n${table}\n\n${END}`))
await writeFile(new URL('../docs/scale.svg', import.meta.url), writePlot())

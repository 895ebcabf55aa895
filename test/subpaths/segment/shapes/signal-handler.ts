// A server that flushes on a signal, and ends by itself.
import { Analytics } from 'SDK'

const analytics = new Analytics({
  writeKey: 'k',
  host: process.env.SEGMENT_HOST ?? '',
  flushInterval: 60_000,
})
let isEnding = false
async function shutdown(signal: NodeJS.Signals): Promise<void> {
  if (isEnding) return
  isEnding = true
  await analytics.closeAndFlush()
  console.log(signal)
  process.exit(7)
}
process.on('SIGTERM', (signal) => void shutdown(signal))
analytics.track({ userId: 'u1', event: 'Served' })
setTimeout(() => {}, 60_000)
process.kill(process.pid, 'SIGTERM')

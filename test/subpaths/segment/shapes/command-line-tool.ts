// A tool that exits with its own code, after its events.
import { Analytics } from 'SDK'

class Telemetry {
  constructor(private readonly client: Analytics | null) {}

  async capture(event: string, properties: Record<string, unknown> = {}): Promise<void> {
    this.client?.track({ anonymousId: 'a1', event, properties })
  }

  async shutdown(): Promise<void> {
    await this.client?.closeAndFlush({ timeout: 5_000 })
  }
}

async function main(): Promise<number> {
  const telemetry = new Telemetry(
    process.env.DO_NOT_TRACK ? null : new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' }),
  )
  await telemetry.capture('CLI Started', { argv: [] })
  try {
    throw new Error('the command fails')
  } catch (error) {
    await telemetry.capture('CLI Failed', { message: (error as Error).message })
    return 3
  } finally {
    await telemetry.shutdown()
  }
}

void main().then((code) => process.exit(code))

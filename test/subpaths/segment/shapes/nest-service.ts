// A service of Nest: injected by its class, flushed when the module is destroyed.
import { Analytics } from 'SDK'

const INJECTED = new Map<unknown, unknown>()

interface OnModuleDestroy {
  onModuleDestroy(): Promise<void>
}

class AnalyticsService implements OnModuleDestroy {
  private readonly client: Analytics

  constructor(client: Analytics) {
    this.client = client
  }

  userCreated(user: { id: string; email: string }): void {
    this.client.identify({ userId: user.id, traits: { email: user.email } })
    this.client.track({ userId: user.id, event: 'User Created' })
  }

  async onModuleDestroy(): Promise<void> {
    await this.client.closeAndFlush()
  }
}

INJECTED.set(Analytics, new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' }))
const client = INJECTED.get(Analytics)
if (!(client instanceof Analytics)) throw new Error('not injected')
const service = new AnalyticsService(client)
service.userCreated({ id: 'u1', email: 'jane@example.com' })
void service.onModuleDestroy()

// Methods without their client.
import { Analytics } from 'SDK'

export const { track, identify, page, screen, group, alias, closeAndFlush } = new Analytics({
  writeKey: 'k',
  host: process.env.SEGMENT_HOST ?? '',
})

track({ userId: 'u1', event: 'E' })
identify({ userId: 'u1' })
page({ userId: 'u1', name: 'Home' })
screen({ userId: 'u1', name: 'Home' })
group({ userId: 'u1', groupId: 'g1' })
alias({ userId: 'u1', previousId: 'p1' })
void Promise.resolve().then(() => closeAndFlush())

// sinon's doubles: a stub, a stubbed instance, a sandbox that restores.
import { Analytics } from 'SDK'
import sinon from 'sinon'

const sandbox = sinon.createSandbox()
const stubbed = sandbox.createStubInstance(Analytics)
stubbed.track.returns(undefined)
stubbed.closeAndFlush.resolves()
const takes = (client: Analytics): void => client.track({ userId: 'u1', event: 'On a stubbed instance' })
takes(stubbed)
console.log(stubbed instanceof Analytics, stubbed.track.callCount)

const analytics = new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' })
const track = sandbox.stub(analytics, 'track')
const flush = sandbox.spy(analytics, 'flush')
analytics.track({ userId: 'u1', event: 'Stubbed' })
console.log(track.calledOnceWithExactly({ userId: 'u1', event: 'Stubbed' }))
sandbox.restore()
analytics.track({ userId: 'u1', event: 'Restored' })
void analytics.closeAndFlush().then(() => console.log(flush.callCount))

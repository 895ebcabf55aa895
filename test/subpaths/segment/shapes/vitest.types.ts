// vitest's doubles. Compiled only: it runs in doubles.test.ts.
import { Analytics } from 'SDK'
import { type Mocked, vi } from 'vitest'

const analytics = new Analytics({ writeKey: 'k' })
vi.spyOn(analytics, 'track').mockImplementation(() => {})
vi.spyOn(Analytics.prototype, 'closeAndFlush').mockResolvedValue(undefined)
vi.mocked(analytics.track).mockReturnValue(undefined)
vi.mocked(Analytics).mockImplementation(() => ({ track: vi.fn() }) as unknown as Analytics)
export const partial: Pick<Mocked<Analytics>, 'track'> = { track: vi.fn() }

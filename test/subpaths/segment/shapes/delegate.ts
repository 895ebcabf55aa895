// A class of one's own that delegates, and stands for a part of the SDK's.
import { Analytics, type IdentifyParams, type PageParams, type TrackParams } from 'SDK'

type Part = Pick<Analytics, 'track' | 'identify' | 'page' | 'flush'>

class Sampled implements Part {
  readonly #inner: Analytics

  constructor(inner: Analytics) {
    this.#inner = inner
  }

  track(params: TrackParams): void {
    this.#inner.track(params)
  }

  identify(params: IdentifyParams): void {
    return this.#inner.identify(params)
  }

  page(params: PageParams, callback?: (err?: unknown) => void): void {
    this.#inner.page(params, callback)
  }

  flush(): Promise<void> {
    return this.#inner.flush()
  }
}

const part: Part = new Sampled(new Analytics({ writeKey: 'k', host: process.env.SEGMENT_HOST ?? '' }))
part.track({ userId: 'u1', event: 'E' })
part.identify({ userId: 'u1' })
part.page({ userId: 'u1', category: 'Docs' }, () => console.log('told'))
void part.flush().then((result) => console.log(result))

import { Analytics as Reference } from '@segment/analytics-node'
import type { Collector } from '../../collector/index.ts'
import { Analytics as DropIn } from '../../runtimes/segment/index.ts'
import { Analytics, type AnalyticsSettings } from '../../src/index.ts'

/** One of the libraries, and the collector that it posts to. */
export interface Subject {
  readonly side: 'reference' | 'ours'
  readonly collector: Collector
  /** A client that sends to the collector. */
  create(settings?: Partial<AnalyticsSettings>): Analytics
}

export function createReference(collector: Collector): Subject {
  return {
    side: 'reference',
    collector,
    create: (settings) => {
      // Casts: the suite asks both libraries the same, and what the reference lacks is undefined when asked for.
      const own = { writeKey: 'compat', host: collector.url, ...settings } as ConstructorParameters<typeof Reference>[0]
      return new Reference(own) as unknown as Analytics
    },
  }
}

export function createOurs(collector: Collector): Subject {
  return {
    side: 'ours',
    collector,
    create: (settings) =>
      new Analytics({ writeKey: 'compat', host: collector.url, redactCredentials: false, ...settings }),
  }
}

/** What `analytics-edge/segment` is. */
export function createDropIn(collector: Collector): Subject {
  return {
    side: 'ours',
    collector,
    // The cast: the suite asks all of them the same.
    create: (settings) =>
      new DropIn({
        writeKey: 'compat',
        host: collector.url,
        redactCredentials: false,
        ...settings,
      }) as unknown as Analytics,
  }
}

import type { Purchase, Subject, SubjectSettings } from '../protocol.ts'
import { toSubject } from './to-subject.ts'

export async function loadPostHog(url: string): Promise<Subject> {
  const { PostHog }: typeof import('posthog-node') = await import(url)
  const createClient = ({ host, flushAt }: SubjectSettings) => {
    const posthog = new PostHog('bench', {
      host,
      flushAt,
      maxBatchSize: flushAt,
      // By default it drops what goes beyond 1,000.
      maxQueueSize: 100_000,
      disableCompression: true,
      disableRemoteConfig: true,
      preloadFeatureFlags: false,
    })
    return {
      track: ({ userId, event, properties }: Purchase) => posthog.capture({ distinctId: userId, event, properties }),
      close: () => posthog.shutdown(),
    }
  }
  return toSubject(createClient)
}

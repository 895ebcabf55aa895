import type { Subject, SubjectName, SubjectUrls } from '../protocol.ts'
import { floor } from './floor.ts'
import { loadOurs } from './ours.ts'
import { loadPostHog } from './posthog.ts'
import { loadRudderStack } from './rudderstack.ts'
import { loadSegment } from './segment.ts'

export async function loadSubject(name: SubjectName, urls: SubjectUrls): Promise<Subject> {
  switch (name) {
    case 'floor':
      return floor
    case 'ours':
      return loadOurs(urls.ours)
    case 'oursGzip':
      return loadOurs(urls.ours, { gzip: true })
    case 'segment':
      return loadSegment(urls.segment)
    case 'posthog':
      return loadPostHog(urls.posthog)
    case 'rudderstack':
      return loadRudderStack(urls.rudderstack)
  }
}

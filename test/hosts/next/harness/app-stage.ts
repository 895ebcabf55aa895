import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type RemoteCollector, startRemoteCollector } from '../../../support/remote-collector.ts'
import type { ServerProcess } from '../../../support/server-process.ts'
import { startApp, stopAllApps } from './app.ts'

export interface Stage {
  readonly collector: RemoteCollector
  /** Sends the events of a process to the collector. */
  readonly env: Record<string, string>
  /** `next start`, with its events to the collector unless told otherwise. */
  start(folder: string, env?: Record<string, string>): Promise<ServerProcess>
}

/** A collector for the cases of a file, clean for each of them. */
export function setStage(): Stage {
  let collector: RemoteCollector
  beforeAll(async () => {
    collector = await startRemoteCollector()
  })
  afterAll(() => collector?.stop())
  beforeEach(() => collector.clear())
  afterEach(() => stopAllApps())
  const stage: Stage = {
    get collector() {
      return collector
    },
    get env() {
      return { SEGMENT_HOST: collector.url, SEGMENT_WRITE_KEY: 'nextjs' }
    },
    start: (folder, env) => startApp(folder, { ...stage.env, ...env }),
  }
  return stage
}

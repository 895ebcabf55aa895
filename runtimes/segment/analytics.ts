import {
  type AnalyticsSettings,
  CLIENT,
  type CloseAndFlushParams,
  Analytics as Core,
  EVENT_TYPES,
  type FlushParams,
  Reporter,
  type ValidationError,
} from '../../src/index.ts'
import { treatSetting } from './treat-setting.ts'
import type { AnalyticsConstructor, Plugin, SegmentAnalytics } from './types.ts'

const reporter = new Reporter((text) => text)

export type Analytics = SegmentAnalytics
// The cast: it has the same methods, and what they return goes no further.
export const Analytics: AnalyticsConstructor = class extends (Core as unknown as AnalyticsConstructor) {
  // biome-ignore lint/correctness/noUnreachableSuper: a call that has thrown has made nothing
  constructor(given: AnalyticsSettings) {
    let settings: AnalyticsSettings = { invalidEvents: 'send', ...given }
    for (;;) {
      try {
        super(settings)
        break
      } catch (error) {
        settings = correct(settings, error as ValidationError)
      }
    }
    for (const name of Object.getOwnPropertyNames(this)) Object.defineProperty(this, name, { enumerable: true })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a class that extends this one has instances of its own
    return super[Symbol.hasInstance](value) || (this === Analytics && CLIENT in Object(value))
  }

  override async flush({ timeout, close }: FlushParams = {}): Promise<void> {
    // A time that is over ends the flush at once; of what else is no time, there is the default.
    const ms = Number(timeout)
    await super.flush({ timeout: ms < 0 ? 1 : (ms < 2 ** 31 && ms) || undefined, close })
  }

  override async closeAndFlush({ timeout }: CloseAndFlushParams = {}): Promise<void> {
    await this.flush({ timeout, close: true })
  }

  /** What is no plugin is left out. */
  override async register(...plugins: Plugin[]): Promise<void> {
    try {
      await super.register(...plugins)
    } catch (error) {
      if (plugins.length > 1) await Promise.all(plugins.map((plugin) => this.register(plugin)))
      // The cast: it rejects with nothing else.
      else reporter.warn((error as ValidationError).message)
    }
  }
}

for (const type of EVENT_TYPES) {
  // The cast: what is given is passed on, for the core to judge.
  const call = Core.prototype[type] as (...args: unknown[]) => unknown
  Analytics.prototype[type] = function (...args: unknown[]) {
    call.apply(this, args)
  }
}

/**
 * Settings in which a wrong value is what Segment's library takes it for. If it would deliver nothing, each event fails with the error;
 * without a write key or a host it would throw as well.
 */
function correct(settings: AnalyticsSettings, error: ValidationError): AnalyticsSettings {
  const { field, message } = error
  // The cast: a program in JavaScript may give anything.
  const value = (settings as unknown as Record<string, unknown>)[field]
  const taken = treatSetting(field, value)
  if (!settings.writeKey || (field === 'host' && taken === value)) throw error
  if (taken !== value) {
    reporter.warn(`${message}, counts as ${taken}`)
    return { ...settings, [field]: taken }
  }
  reporter.warn(message)
  return { writeKey: 'none', maxRetries: 0, httpClient: () => Promise.reject(error) }
}

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
import { type SettingsByName, tolerateSetting } from './tolerate-setting.ts'
import type { AnalyticsConstructor, Plugin, SegmentAnalytics } from './types.ts'

const reporter = new Reporter(String)

export type Analytics = SegmentAnalytics
// The cast: it has the same methods, and what they return goes no further.
export const Analytics: AnalyticsConstructor = class extends (Core as unknown as AnalyticsConstructor) {
  // biome-ignore lint/correctness/noUnreachableSuper: a call that has thrown has made nothing
  constructor(given: AnalyticsSettings) {
    // In front of what is given, as an instance of a class may have its settings from there, by getters.
    let settings = { __proto__: given, invalidEvents: 'send', ...given } as object as SettingsByName
    for (let last = ''; ; ) {
      try {
        // The cast: the core judges what they are.
        super(settings as object as AnalyticsSettings)
        break
      } catch (error) {
        // The cast: what has a field is one.
        const { field, message } = error as ValidationError
        // Segment's library throws without a write key as well; what else is thrown is a bug, of a subclass for example.
        if (!field || field === 'settings' || !settings.writeKey) throw error
        if (last !== field) reporter.warn(message)
        last = field
        // The cast: a text has at least one part.
        const [name, part] = field.split('.') as [string, string?]
        const tolerated = tolerateSetting(name, settings[name], part)
        // What is left as it is delivers nothing.
        const isUseless = tolerated === settings[name]
        settings = { __proto__: given, ...settings, [name]: isUseless ? undefined : tolerated }
        if (isUseless) Object.assign(settings, { maxRetries: 0, httpClient: () => Promise.reject(error) })
      }
    }
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a class that extends this one has instances of its own
    return super[Symbol.hasInstance](value) || (this === Analytics && CLIENT in Object(value))
  }

  override async flush(params?: FlushParams): Promise<void> {
    // A time that is over ends the flush at once; of what else is no time, there is the default.
    const ms = Number(params?.timeout)
    await super.flush({ ...params, timeout: (ms < 2 ** 31 && ms && Math.max(ms, 1)) || undefined })
  }

  override closeAndFlush(params?: CloseAndFlushParams): Promise<void> {
    return this.flush({ ...params, close: true })
  }

  /** What is no plugin is left out. */
  override async register(...plugins: Plugin[]): Promise<void> {
    try {
      await super.register(...plugins)
    } catch (error) {
      if (plugins[1]) await Promise.all(plugins.map((plugin) => this.register(plugin)))
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

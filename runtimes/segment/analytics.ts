import {
  type AnalyticsSettings,
  type CloseAndFlushParams,
  Analytics as Core,
  type FlushParams,
  type ValidationError,
} from '../../src/index.ts'
import { CLIENT, EVENT_TYPES, Reporter } from '../../src/kit/index.ts'
import { type SettingsByName, tolerateSetting } from './tolerate-setting.ts'
import type { AnalyticsConstructor, Plugin, SegmentAnalytics } from './types.ts'

const reporter = new Reporter(String)

export interface Analytics extends SegmentAnalytics {}
/**
 * The client for programs written for Segment's library.
 *
 * @example
 * const analytics = new Analytics({ writeKey: '<YOUR_WRITE_KEY>' })
 * analytics.track({ userId: '019mr8mf4r', event: 'Item Purchased' })
 * await analytics.closeAndFlush()
 * @see {@link https://segment.com/docs/connections/sources/catalog/libraries/server/node/ | Segment's library}
 */
// The cast: it has the same methods, and drops what they return.
export const Analytics: AnalyticsConstructor = class extends (Core as unknown as AnalyticsConstructor) {
  // biome-ignore lint/correctness/noUnreachableSuper: a constructor that threw has created nothing
  constructor(passed: AnalyticsSettings) {
    // On top of the prototype chain: the settings may be getters of a class.
    let settings = { __proto__: passed, invalidEvents: 'send', ...passed } as object as SettingsByName
    for (let last = ''; ; ) {
      try {
        // The cast: the core checks them.
        super(settings as object as AnalyticsSettings)
        break
      } catch (error) {
        // The cast: only a ValidationError has a field.
        const { field, message } = error as ValidationError
        // Without a write key, Segment's library throws as well. Any other error is a bug, for example of a subclass.
        if (!field || field === 'settings' || !settings.writeKey) throw error
        if (last !== field) reporter.warn(message)
        last = field
        // The cast: a split string has at least one part.
        const [name, part] = field.split('.') as [string, string?]
        const tolerated = tolerateSetting(name, settings[name], part)
        // An unchanged value cannot deliver anything.
        const isUseless = tolerated === settings[name]
        settings = { __proto__: passed, ...settings, [name]: isUseless ? undefined : tolerated }
        if (isUseless) Object.assign(settings, { maxRetries: 0, httpClient: () => Promise.reject(error) })
      }
    }
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass recognizes its own instances
    return super[Symbol.hasInstance](value) || (this === Analytics && CLIENT in Object(value))
  }

  override async flush(params?: FlushParams): Promise<void> {
    // A negative timeout expires at once. Anything else that is not a valid timeout means the default.
    const ms = Number(params?.timeout)
    await super.flush({ ...params, timeout: (ms < 2 ** 31 && ms && Math.max(ms, 1)) || undefined })
  }

  override closeAndFlush(params?: CloseAndFlushParams): Promise<void> {
    return this.flush({ ...params, close: true })
  }

  /** Skips invalid plugins. */
  override async register(...plugins: Plugin[]): Promise<void> {
    try {
      await super.register(...plugins)
    } catch (error) {
      if (plugins[1]) await Promise.all(plugins.map((plugin) => this.register(plugin)))
      // The cast: it rejects only with this error.
      else reporter.warn((error as ValidationError).message)
    }
  }
}

for (const type of EVENT_TYPES) {
  // The cast: the core checks the arguments.
  const call = Core.prototype[type] as (...args: unknown[]) => unknown
  Analytics.prototype[type] = function (...args: unknown[]) {
    call.apply(this, args)
  }
}

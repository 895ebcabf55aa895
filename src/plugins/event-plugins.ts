import type { DeliveryError } from '../errors.ts'
import type { Context } from '../events/context.ts'

/** How an event goes on that is taken through the plugins. */
export interface Passage {
  /** Whether somebody still waits for the event. */
  isWanted(): boolean
  /** It has come through, with the context that the last plugin left, and with what other destinations still do with it. */
  arrive(context: Context, elsewhere: Promise<unknown> | undefined): void
  /** It goes no further. */
  stop(reason: DeliveryError): void
}

/** What the plugins of a client do with the events of its queues. */
export interface EventPlugins {
  readonly isEmpty: boolean
  /** Resolves when it is time to ask again whether events have to wait for plugins; undefined where they need not. Never rejects. */
  untilLoaded(): Promise<void> | undefined
  /** Takes an event through the plugins; each step is synchronous where they are. */
  pass(context: Context, passage: Passage): void
  /** Has the `after` plugins look at an event whose outcome is known. Never rejects. */
  conclude(entry: { readonly context: Context }): Promise<unknown> | undefined
}

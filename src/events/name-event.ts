/** Long enough to recognise an event. */
const MAX_NAME_LENGTH = 100

/** An event's name for messages: `track 'Order Placed'`. */
export function nameEvent({ type, event }: { type: string; event?: unknown }): string {
  return typeof event === 'string' ? `${type} '${event.slice(0, MAX_NAME_LENGTH)}'` : type
}

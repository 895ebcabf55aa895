/** Tells of an error in the user's own listener or callback, which must not reach our caller. */
export function reportUserError(where: string, error: unknown): void {
  console.error(`analytics-edge: ${where} threw`, error)
}

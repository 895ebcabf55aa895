/** Anything can be thrown, even what cannot become text: an object without a prototype, or a proxy that throws. */
export function describeThrown(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return 'a value that cannot be shown'
  }
}

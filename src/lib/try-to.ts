/** What a function returns; undefined if it throws. For what others may have broken, and what must not break us. */
export function tryTo<Value>(act: () => Value): Value | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}

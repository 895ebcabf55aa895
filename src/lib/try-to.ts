/** What a function returns; undefined if it throws. For reading objects that foreign code may have broken. */
export function tryTo<Value>(act: () => Value): Value | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}

/** Cuts a text to a maximum length, without half a character at the end; undefined if it is empty. */
export function cut(text: string, maxLength = 256): string | undefined {
  return (text.length > maxLength ? text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '') : text) || undefined
}

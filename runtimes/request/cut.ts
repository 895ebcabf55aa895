/** As much of a text as fits, without half of a character at its end; undefined if it is empty. */
export function cut(text: string, maxLength = 256): string | undefined {
  return (text.length > maxLength ? text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '') : text) || undefined
}

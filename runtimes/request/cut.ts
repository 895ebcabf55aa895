/** Cuts a text to a maximum length, without half a character at the end; undefined if it is empty. */
export const cut = (text = '', maxLength = 256): string | undefined =>
  (text.length > maxLength ? text.slice(0, maxLength).replace(/\p{Cs}$/u, '') : text) || undefined

/**
 * A copy of two records' fields, the second's before the first's. Where reading one throws, a getter for example, the copy holds the
 * records themselves: the error then comes up when the whole becomes JSON, as that of any other value that cannot.
 */
export function mergeRecords<Fields extends object>(
  base: Fields | null | undefined,
  own: Fields | null | undefined,
): Fields {
  try {
    // Spread rather than assigned: '__proto__' may be a key like any other. The cast: the fields are those of the records.
    return { ...base, ...own } as Fields
  } catch {
    // The cast: it is on its way to fail, and never read as what it claims to be.
    return { base, own } as unknown as Fields
  }
}

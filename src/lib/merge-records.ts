/**
 * A copy of records' fields, later ones first. Where reading one throws, a getter for example, the copy holds the records
 * themselves: the error then comes up when the whole becomes JSON, as that of any other value that cannot.
 */
export function mergeRecords<Fields extends object>(...records: (Fields | null | undefined)[]): Fields {
  try {
    let merged = {}
    // Spread rather than assigned: '__proto__' may be a key like any other.
    for (const record of records) merged = { ...merged, ...record }
    // The cast: the fields are those of the records.
    return merged as Fields
  } catch {
    // The cast: it is on its way to fail, and never read as what it claims to be.
    return { records } as unknown as Fields
  }
}

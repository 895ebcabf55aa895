/** Something that Segment accepts but that was probably not intended. */
export interface Finding {
  readonly rule: string
  /** The location, for example `properties.products[0].price`. */
  readonly path: string
  /** What is wrong, and what would be right. */
  readonly message: string
}

/** Enough of a value to recognise it. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

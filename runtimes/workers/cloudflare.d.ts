declare module 'cloudflare:workers' {
  /** Binds a promise to the current request. Missing from runtime versions before August 2025. */
  export const waitUntil: ((promise: Promise<unknown>) => void) | undefined
  /** The Worker's exports, as seen by the running code. */
  export const exports: Readonly<Record<PropertyKey, unknown>> | undefined
  export const withExports:
    | (<Result>(exports: Readonly<Record<PropertyKey, unknown>>, act: () => Result) => Result)
    | undefined
  /** Missing from runtime versions before autumn 2026. */
  export const tracing: { getActiveSpan?: () => object | undefined } | undefined
}

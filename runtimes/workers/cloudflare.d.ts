declare module 'cloudflare:workers' {
  /** Binds a promise to the current request. Absent from versions of the runtime before August 2025. */
  export const waitUntil: ((promise: Promise<unknown>) => void) | undefined
  /** The Worker's exports, as seen by the code that runs. */
  export const exports: Readonly<Record<PropertyKey, unknown>> | undefined
  export const withExports:
    | (<Result>(exports: Readonly<Record<PropertyKey, unknown>>, act: () => Result) => Result)
    | undefined
  /** Absent from versions of the runtime before the autumn of 2026. */
  export const tracing: { getActiveSpan?: () => object | undefined } | undefined
}

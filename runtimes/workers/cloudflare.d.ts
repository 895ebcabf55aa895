declare module 'cloudflare:workers' {
  /** Binds a promise to the current request. Absent from versions of the runtime before August 2025. */
  export const waitUntil: ((promise: Promise<unknown>) => void) | undefined
}

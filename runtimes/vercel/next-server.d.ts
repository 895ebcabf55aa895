declare module 'next/server.js' {
  /** Binds a promise to the current request. Missing from Next before 15.1. */
  export const after: ((promise: Promise<unknown>) => void) | undefined
}

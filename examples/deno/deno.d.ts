// The parts of Deno that the example uses, for editors and compilers that do not know it. `deno check` knows them.

declare const Deno: {
  readonly env: { get(name: string): string | undefined }
  serve(
    options: { port: number; hostname: string; onListen(address: { hostname: string; port: number }): void },
    handler: (request: Request) => Response | Promise<Response>,
  ): {
    /** Accepts no more connections, and waits for the requests in progress. */
    shutdown(): Promise<void>
  }
  exit(): never
  addSignalListener(signal: 'SIGINT' | 'SIGTERM', listener: () => void): void
}

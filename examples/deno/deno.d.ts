// What the example uses of Deno, for editors and compilers that do not know it. `deno check` knows all of it.

declare const Deno: {
  readonly env: { get(name: string): string | undefined }
  serve(
    options: { port: number; hostname: string; onListen(address: { hostname: string; port: number }): void },
    handler: (request: Request) => Response | Promise<Response>,
  ): {
    /** Takes no more connections, and waits for the requests that are under way. */
    shutdown(): Promise<void>
  }
  exit(): never
  addSignalListener(signal: 'SIGINT' | 'SIGTERM', listener: () => void): void
}

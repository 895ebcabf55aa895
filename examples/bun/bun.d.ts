// The parts of Bun that the example uses. In your own project, install `@types/bun`.

declare const Bun: {
  serve(options: { port: number; hostname: string; fetch(request: Request): Response | Promise<Response> }): {
    readonly url: URL
    /** Accepts no more connections, and waits for the requests in progress. */
    stop(): Promise<void>
  }
}

// What the example uses of Bun. In a project of your own, `@types/bun` has all of it.

declare const Bun: {
  serve(options: { port: number; hostname: string; fetch(request: Request): Response | Promise<Response> }): {
    readonly url: URL
    /** Takes no more connections, and waits for the requests that are under way. */
    stop(): Promise<void>
  }
}

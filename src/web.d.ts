// The Web standards that the core stands on: all of them, and nothing else. `src` is compiled without the DOM
// and Node type libraries, so that whatever is not declared here cannot be used by mistake.

declare function setTimeout(callback: () => void, ms?: number): unknown
declare function clearTimeout(timer: unknown): void
declare function queueMicrotask(callback: () => void): void
declare function btoa(binary: string): string

declare const console: { warn(...values: unknown[]): void; error(...values: unknown[]): void }
declare const crypto: { randomUUID(): string }

declare class TextEncoder {
  encode(text: string): Uint8Array
}

declare class URL {
  constructor(url: string, base?: string)
  readonly href: string
  readonly protocol: string
  readonly username: string
  readonly password: string
}

declare class AbortController {
  readonly signal: { readonly aborted: boolean }
  abort(reason?: unknown): void
}

declare function fetch(
  url: string,
  init: { method: string; headers: Record<string, string>; body: string; redirect: 'manual'; signal: unknown },
): Promise<{
  readonly status: number
  readonly statusText: string
  readonly headers: {
    get(name: string): string | null
    has(name: string): boolean
    entries(): IterableIterator<[string, string]>
  }
  text(): Promise<string>
}>

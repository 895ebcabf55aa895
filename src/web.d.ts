// The Web standards that the core stands on: all of them, and nothing else. `src` is compiled without the DOM
// and Node type libraries, so that whatever is not declared here cannot be used by mistake.

declare function setTimeout(callback: () => void, ms?: number): unknown
declare function clearTimeout(timer: unknown): void
declare function queueMicrotask(callback: () => void): void
declare function btoa(binary: string): string
declare function atob(base64: string): string

declare const console: { warn(...values: unknown[]): void; error(...values: unknown[]): void }
declare const performance: { now(): number }
declare const crypto: { randomUUID(): string; readonly subtle: SubtleCrypto }

declare class CryptoKey {
  readonly type: string
  readonly algorithm: { readonly name: string }
  readonly usages: readonly string[]
}

interface SubtleCrypto {
  importKey(
    format: 'pkcs8',
    bytes: Uint8Array,
    algorithm: { name: string; hash: string },
    isExtractable: boolean,
    usages: 'sign'[],
  ): Promise<CryptoKey>
  importKey(
    format: 'jwk',
    jwk: { kty: string },
    algorithm: { name: string; hash: string },
    isExtractable: boolean,
    usages: 'sign'[],
  ): Promise<CryptoKey>
  digest(algorithm: string, bytes: Uint8Array): Promise<ArrayBuffer>
  sign(algorithm: string, key: CryptoKey, bytes: Uint8Array): Promise<ArrayBuffer>
}

declare class TextEncoder {
  encode(text: string): Uint8Array
  encodeInto(text: string, into: Uint8Array): { readonly read: number; readonly written: number }
}

declare class TextDecoder {
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string
}

interface ReadableStream {
  pipeThrough(transform: CompressionStream): ReadableStream
}

declare class CompressionStream {
  constructor(format: 'gzip')
}

declare class Blob {
  constructor(parts: string[])
  stream(): ReadableStream
}

declare class Response {
  constructor(body: ReadableStream)
  arrayBuffer(): Promise<ArrayBuffer>
}

declare class URL {
  constructor(url: string, base?: string)
  readonly href: string
  readonly protocol: string
  readonly host: string
  readonly origin: string
  readonly hostname: string
  readonly pathname: string
  readonly search: string
  readonly searchParams: Iterable<[name: string, value: string]>
  readonly username: string
  readonly password: string
}

declare class URLSearchParams {
  constructor(pairs: Record<string, string> | readonly [string, string][])
}

declare class AbortController {
  readonly signal: { readonly aborted: boolean }
  abort(reason?: unknown): void
}

declare function fetch(
  url: string,
  init: {
    method: string
    headers: Record<string, string>
    body: string | ArrayBuffer
    redirect?: 'manual'
    signal: unknown
  },
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

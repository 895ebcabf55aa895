export type RuntimeName =
  | 'cloudflare-worker'
  | 'vercel-edge'
  | 'deno'
  | 'bun'
  | 'node'
  | 'browser'
  | 'web-worker'
  | 'unknown'

/** Globals by which runtimes tell themselves apart; none of them is a Web standard, so each is only looked up. */
interface RuntimeGlobals {
  navigator?: { userAgent?: string }
  WebSocketPair?: unknown
  EdgeRuntime?: unknown
  Deno?: unknown
  Bun?: unknown
  process?: { versions?: { node?: string } }
  window?: unknown
  importScripts?: unknown
}

// A cast, since no type library is loaded that would know these names.
const globals = globalThis as RuntimeGlobals

/**
 * The runtime's name for `_metadata.jsRuntime`. Runtimes that imitate Node come before Node: with `nodejs_compat`,
 * workerd has a `process` too, and so have Deno and Bun.
 */
export function detectRuntime(): RuntimeName {
  if (globals.navigator?.userAgent === 'Cloudflare-Workers' || globals.WebSocketPair) return 'cloudflare-worker'
  if (typeof globals.EdgeRuntime === 'string') return 'vercel-edge'
  if (globals.Deno) return 'deno'
  if (globals.Bun) return 'bun'
  if (globals.process?.versions?.node) return 'node'
  if (globals.window) return 'browser'
  return globals.importScripts ? 'web-worker' : 'unknown'
}

/** Node's version as `process.version` has it ('v24.1.0'); undefined elsewhere. */
export function detectNodeVersion(): string | undefined {
  return detectRuntime() === 'node' ? `v${globals.process?.versions?.node}` : undefined
}

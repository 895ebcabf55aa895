export type RuntimeName =
  | 'cloudflare-worker'
  | 'vercel-edge'
  | 'deno'
  | 'bun'
  | 'node'
  | 'browser'
  | 'web-worker'
  | 'unknown'

/** Globals that identify runtimes. None is a Web standard, so each is only looked up. */
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

// A cast, because no loaded type library knows these names.
const globals = globalThis as RuntimeGlobals

/**
 * The runtime's name for `_metadata.jsRuntime`. Runtimes that imitate Node are checked before Node: workerd with
 * `nodejs_compat`, Deno and Bun also have a `process`.
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

/** Node's version in the format of `process.version` ('v24.1.0'); undefined elsewhere. */
export function detectNodeVersion(): string | undefined {
  return detectRuntime() === 'node' ? `v${globals.process?.versions?.node}` : undefined
}

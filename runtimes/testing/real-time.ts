// Timers that no test runner fakes: not even one that replaced the globals before this module was loaded, and Node's
// mock timers replace AbortSignal.timeout as well.

// The cast: type libraries differ, and no host has all of it.
const host = globalThis as unknown as RealTimeGlobals
// Read when the module loads, as tests stub globals.
const abortSignal = host.AbortSignal
const atomics = host.Atomics
const SharedBuffer = host.SharedArrayBuffer
const Channel = host.MessageChannel

interface RealTimeGlobals {
  readonly AbortSignal: { timeout(ms: number): { addEventListener(name: 'abort', act: () => void): void } }
  readonly Atomics: Omit<typeof globalThis.Atomics, 'waitAsync'> & {
    waitAsync?(array: Int32Array, index: 0, value: 0, ms: number): { readonly value: Promise<string> | string }
  }
  readonly MessageChannel?: new () => { readonly port1: { onmessage: unknown; close(): void } }
  readonly SharedArrayBuffer?: typeof globalThis.SharedArrayBuffer
  readonly navigator?: { readonly userAgent?: string }
}

const isWorkerd = host.navigator?.userAgent === 'Cloudflare-Workers'

/** Calls `act` after a time that a fake clock does not change. Returns what cancels it. */
export function afterRealTime(ms: number, act: () => void): () => void {
  let isOver = false
  const run = () => {
    if (!isOver) act()
    isOver = true
  }
  // workerd has waitAsync, but it never ends. Browsers have no SharedArrayBuffer in most pages.
  if (isWorkerd || !SharedBuffer || !atomics.waitAsync) {
    abortSignal.timeout(ms).addEventListener('abort', run)
    return () => {
      isOver = true
    }
  }
  const cell = new Int32Array(new SharedBuffer(Int32Array.BYTES_PER_ELEMENT))
  void Promise.resolve(atomics.waitAsync(cell, 0, 0, ms).value).then(run)
  return () => {
    isOver = true
    atomics.notify(cell, 0)
  }
}

/** Keeps the process alive until the returned function is called: Node does not count the timers above. */
export function keepAlive(): () => void {
  if (isWorkerd || !Channel) return () => {}
  const { port1 } = new Channel()
  port1.onmessage = () => {}
  return () => port1.close()
}

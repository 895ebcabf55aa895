type Builtins = {
  'node:fs': typeof import('node:fs')
  'node:http': typeof import('node:http')
  'node:net': typeof import('node:net')
}

/**
 * A module of Node, loaded on first use. An import would cost more: an ES module reads every export, and some load
 * further modules, such as all of undici for `node:http` or the standard streams for `node:process`.
 *
 * @throws on Node 20 before 20.16
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  const { process } = globalThis
  // Missing in those versions, although the types say otherwise.
  if (!('getBuiltinModule' in process)) throw new Error('it needs Node 20.16 or later')
  // The cast: the type of `getBuiltinModule` has the names, but not their union.
  return process.getBuiltinModule(name) as Builtins[Name]
}

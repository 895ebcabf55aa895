type Builtins = {
  'node:fs': typeof import('node:fs')
  'node:http': typeof import('node:http')
  'node:net': typeof import('node:net')
}

/**
 * A module of Node, loaded when it is used. An import costs more than its module: in ES modules it reads each export, and some
 * of those load what is behind them, the whole of undici behind `node:http`, the standard streams behind `node:process`.
 *
 * @throws in versions of Node 20 before 20.16
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  const { process } = globalThis
  // Absent from those versions, whatever the types say.
  if (!('getBuiltinModule' in process)) throw new Error('it needs Node 20.16 or later')
  // The cast: the type of `getBuiltinModule` knows the names, but not their union.
  return process.getBuiltinModule(name) as Builtins[Name]
}

// The arrows of ARCHITECTURE.md: dependencies point down. `npm run check` fails where one points up.

const rule = (name, from, to) => ({ name, severity: 'error', from, to })

/** The floors of src, from the top. A file may import from its own floor and from those below. */
const TOP = '^src/(index|client-source|analytics|scope)\\.ts$'
const MIDDLE = '^src/(events|plugins|delivery|auth)/'
const BASE = '^src/[^/]+\\.ts$'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule('no-circle', {}, { circular: true }),
    rule('src-stands-alone', { path: '^src/' }, { pathNot: '^src/' }),
    rule('runtimes-see-only-the-index', { path: '^runtimes/' }, { path: '^src/', pathNot: '^src/index\\.ts$' }),
    rule(
      'runtimes-see-only-their-host',
      { path: '^runtimes/([^/]+)/' },
      { pathNot: '^(runtimes/$1/|src/|node:|cloudflare:|next/|[a-z_]+$)' },
    ),
    rule('middle-does-not-look-up', { path: MIDDLE }, { path: TOP }),
    rule(
      'middle-rooms-are-separate',
      { path: '^src/(events|plugins|delivery|auth)/' },
      { path: MIDDLE, pathNot: '^src/$1/' },
    ),
    rule('base-does-not-look-up', { path: BASE, pathNot: TOP }, { path: [TOP, MIDDLE] }),
    rule('lib-holds-leaves', { path: '^src/lib/' }, { path: '^src/', pathNot: '^src/lib/' }),
    rule('only-the-facade-makes-scopes', { path: '^src/scope\\.ts$' }, { path: '^src/(index|analytics)\\.ts$' }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.d.ts'] },
  },
}

// The arrows of ARCHITECTURE.md: dependencies point down. `npm run check` fails if one points up.

const rule = (name, from, to) => ({ name, severity: 'error', from, to })

/** The floors of src, from the top. A file may import from its own room and from the floors below. */
const TOP = '^src/((index|create-analytics|analytics|scope)\\.ts$|kit/)'
const DELIVERY = '^src/delivery/'
const MIDDLE = '^src/(events|plugins|auth)/'
const LOW = '^src/(settings|http)/'
const BASE = '^src/(types|errors)\\.ts$'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule('no-circle', {}, { circular: true }),
    rule('src-stands-alone', { path: '^src/' }, { pathNot: '^src/' }),
    rule(
      'runtimes-see-only-index-and-kit',
      { path: '^runtimes/' },
      { path: '^src/', pathNot: '^src/(kit/)?index\\.ts$' },
    ),
    rule('index-leaves-out-the-kit', { path: '^src/index\\.ts$' }, { path: '^src/kit/' }),
    rule(
      'runtimes-see-only-their-host',
      { path: '^runtimes/([^/]+)/' },
      { pathNot: '^(runtimes/$1/|src/|node:|cloudflare:|next/|[a-z_]+$)' },
    ),
    rule('delivery-does-not-look-up', { path: DELIVERY }, { path: TOP }),
    rule('middle-does-not-look-up', { path: MIDDLE }, { path: [TOP, DELIVERY] }),
    rule('events-know-no-room-beside-them', { path: '^src/events/' }, { path: MIDDLE, pathNot: '^src/events/' }),
    rule(
      'plugins-and-auth-are-separate',
      { path: '^src/(plugins|auth)/' },
      { path: '^src/(plugins|auth)/', pathNot: '^src/$1/' },
    ),
    rule('low-does-not-look-up', { path: LOW }, { path: [TOP, DELIVERY, MIDDLE] }),
    rule('base-does-not-look-up', { path: BASE }, { path: [TOP, DELIVERY, MIDDLE, LOW] }),
    rule('lib-holds-leaves', { path: '^src/lib/' }, { path: '^src/', pathNot: '^src/lib/' }),
    rule(
      'only-index-and-kit-know-hand-over',
      { path: '^src/', pathNot: '^src/(hand-over/|(kit/)?index\\.ts$)' },
      { path: '^src/hand-over/' },
    ),
    rule('only-the-facade-makes-scopes', { path: '^src/scope\\.ts$' }, { path: '^src/(index|analytics)\\.ts$' }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^collector/dist/' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.d.ts'] },
  },
}

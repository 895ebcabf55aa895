import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const SECOND = 1_000

/** Compilers and installations, again and again. */
const COMPILED = [
  'test/docs/boundaries.test.ts',
  'test/package/{tarball,compilers}.test.ts',
  'test/package/types/worker-types.test.ts',
  'test/subpaths/plan/types.test.ts',
  'test/subpaths/segment/shapes.test.ts',
]
/** Whole demonstrations, in processes of their own. */
const DEMOS = ['test/examples/demo{,-workers}.test.ts']
/** Both libraries side by side, each difference with its real times. */
const DIFFERENCES = 'test/compat/differences.test.ts'
/** A Worker under load: it needs the machine to itself, so it comes after all others. */
const LOAD = 'test/examples/cloudflare-worker-load.test.ts'

/** They take longest of their projects, so that nothing waits for them at the end. */
const LONGEST = /\/(kv-token-cache|shared|memory|request-timeout|flush-on-exit)\.test\.ts$/

/** One project after the other, in the order below: a process is shared only by files of one project that follow each other. */
class ProjectSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const names = this.ctx.projects.map(({ name }) => name)
    const rank = ({ project, moduleId }: TestSpecification) =>
      2 * names.indexOf(project.name) - (LONGEST.test(moduleId) ? 1 : 0)
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
  }
}

/**
 * Files run one after the other in the same processes, so that the library and its tools are loaded once per process instead of once per
 * file, which was most of the work of small files.
 */
const SHARED = { isolate: false }

/** A folder of tests that `npm test` runs. Processes, servers and runtimes are real, so timeouts are generous, and no assertion depends on them. */
function suite(name: string, include: string[], more: TestProjectInlineConfiguration['test'] = {}) {
  return {
    test: {
      name,
      include,
      exclude: ['**/node_modules/**', ...COMPILED, ...DEMOS, DIFFERENCES, LOAD],
      testTimeout: 60 * SECOND,
      hookTimeout: 60 * SECOND,
      pool: 'forks',
      ...more,
    },
  } satisfies TestProjectInlineConfiguration
}

/** One with its own script, because it installs, builds or waits for minutes. It runs its files one after the other. */
function heavySuite(
  name: string,
  include: string[],
  timeoutSeconds: number,
  more: TestProjectInlineConfiguration['test'] = {},
) {
  return suite(`heavy-${name}`, include, {
    exclude: ['**/node_modules/**'],
    testTimeout: timeoutSeconds * SECOND,
    hookTimeout: 240 * SECOND,
    ...more,
  })
}

/** They wait for seconds. */
const SLOW =
  /\/(clock-jumps|flush-coverage|flush-deadline|large-queue|lifetime|oauth-late|on-undelivered|outage|redaction|request-timeout|retries|retry-after|time-limit)\.test\.ts$/

/** The first failure ends the run of a mutant, so the quickest tests come first. */
class QuickFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => (SLOW.test(moduleId) ? 2 : moduleId.includes('/unit/') ? 0 : 1)
    return files.toSorted((one, other) => rank(one) - rank(other))
  }
}

/** What Stryker runs for each mutant: the tests that use `src` itself, in one process. */
const MUTATION: ViteUserConfig['test'] = {
  ...SHARED,
  include: ['test/unit/**/*.test.ts', 'test/integration/{client,delivery,hand-over,oauth,plugins}/*.test.ts'],
  sequence: { sequencer: QuickFirstSequencer },
  // Its programs are processes of their own, with no mutant in them.
  exclude: ['test/integration/delivery/memory.test.ts'],
  // Longer than any of them takes: many mutants show in a test that never ends.
  testTimeout: 15 * SECOND,
  hookTimeout: 15 * SECOND,
  // What a loaded machine delays is no mutant.
  retry: 1,
  pool: 'forks',
  maxWorkers: 1,
}

const ALL: ViteUserConfig['test'] = {
  // More than there are cores: many tests wait for a clock.
  maxWorkers: 3,
  sequence: { sequencer: ProjectSequencer },
  projects: [
    // The long ones first.
    suite('storm', ['test/chaos/workerd.chaos.ts'], { env: { CHAOS_REQUESTS: '100' } }),
    suite('hosts', ['test/hosts/*.test.ts', 'test/hosts/{contract,lambda,node,vercel,workers}/*.test.ts'], SHARED),
    suite('conformance', ['test/conformance/**/*.test.ts'], SHARED),
    suite('integration', ['test/integration/**/*.test.ts'], SHARED),
    suite('examples', ['test/examples/*.test.ts'], SHARED),
    suite('subpaths', ['test/subpaths/**/*.test.ts']),
    suite('compat', ['test/compat/*.test.ts']),
    suite('properties', ['test/properties/*.test.ts']),
    suite('package', ['test/package/**/*.test.ts']),
    suite('docs', ['test/docs/*.test.ts']),
    suite('unit', ['test/unit/**/*.test.ts'], SHARED),
    suite('load', [LOAD], { exclude: ['**/node_modules/**'], sequence: { groupOrder: 1 } }),

    heavySuite('chaos', ['test/chaos/*.chaos.ts'], 300),
    heavySuite('differences', [DIFFERENCES], 60),
    heavySuite('package', [...COMPILED, ...DEMOS], 120, { maxConcurrency: 2 }),
    heavySuite('collector', ['test/collector/*.{test,collector}.ts'], 120),
    heavySuite('queues', ['test/hosts/queues/*.queues.ts'], 180),
    heavySuite('lambda', ['test/hosts/lambda/*.lambda.ts'], 120),
    heavySuite('next', ['test/hosts/next/*.nextjs.ts'], 120),
    heavySuite('next-workers', ['test/hosts/next-workers/*.workers.ts'], 120),
    heavySuite('node-frameworks', ['test/hosts/node-frameworks/*.hosts.ts'], 180),
  ],
}

export default defineConfig({ test: process.env.STRYKER_MUTATOR_WORKER === undefined ? ALL : MUTATION })

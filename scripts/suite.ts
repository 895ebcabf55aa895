// A suite that installs, builds or runs for minutes: `npm run suite -- lambda`. Arguments after the name go to vitest.
import { spawnSync } from 'node:child_process'

interface Suite {
  /** Projects of vitest.config.ts. */
  readonly projects?: readonly string[]
  /** Folders whose own packages it needs. */
  readonly installs?: readonly string[]
  /** Commands to run first; instead of vitest, if there are no projects. */
  readonly commands?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const SUITES: Readonly<Record<string, Suite>> = {
  package: { projects: ['heavy-package'], installs: ['test/package/compilers'] },
  properties: { projects: ['properties'], env: { PROPERTY_RUNS: '5000' } },
  compat: { projects: ['compat', 'heavy-differences'], env: { COMPAT_RUNS: '2000' } },
  chaos: { projects: ['heavy-chaos'] },
  lambda: {
    projects: ['heavy-lambda'],
    installs: ['test/hosts/lambda'],
    commands: ['tsc -p test/hosts/lambda', 'tsc -p examples/aws-lambda'],
  },
  queues: { projects: ['heavy-queues'] },
  nextjs: {
    projects: ['heavy-next'],
    installs: ['examples/nextjs'],
    commands: ['npm run build --prefix examples/nextjs'],
    env: { NEXT_TELEMETRY_DISABLED: '1' },
  },
  'nextjs-workers': {
    projects: ['heavy-next-workers'],
    installs: ['test/hosts/next-workers/opennext', 'test/hosts/next-workers/vinext'],
  },
  frameworks: { projects: ['heavy-node-frameworks'], installs: ['test/hosts/node-frameworks'] },
  runners: { installs: ['test/test-runners'], commands: ['node test/test-runners/run.mjs'] },
  collector: { projects: ['heavy-collector'], commands: ['npm run build -w analytics-edge-collector'] },
}

const [name = '', ...rest] = process.argv.slice(2)
const suite = Object.hasOwn(SUITES, name) ? SUITES[name] : undefined
if (suite) {
  for (const folder of suite.installs ?? []) run(`npm ci --no-audit --no-fund --prefix ${folder}`)
  for (const command of suite.commands ?? []) run(command)
  const { projects = [] } = suite
  // One file at a time: some compare durations with those of the collector.
  if (projects.length > 0)
    run('vitest', 'run', '--maxWorkers=1', ...projects.map((each) => `--project=${each}`), ...rest)
} else {
  console.error(
    `npm run suite -- NAME: ${name ? `'${name}' is no suite; ` : ''}there are ${Object.keys(SUITES).join(', ')}`,
  )
  process.exitCode = 2
}

function run(command: string, ...args: string[]): void {
  // Variables of the environment, for example `PROPERTY_RUNS`, take precedence.
  const env = { ...suite?.env, ...process.env }
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: args.length === 0, env })
  if (status !== 0) process.exit(status ?? 1)
}

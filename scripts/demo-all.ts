// The demo of the Worker, then that of Lambda. The latter needs Lambda's runtime interface client, a native module: where that
// cannot be built, the demo says so and goes without it. Arguments are those of scripts/demo.ts.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The exit status of a command that shares this terminal; 1 where a signal ended it. */
function run(command: string, ...args: string[]): number {
  return spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' }).status ?? 1
}

function runLambda(): number {
  console.log("\nThe same on AWS Lambda (the first time, Lambda's runtime interface client is built: about a minute)\n")
  if (run('npm', 'run', '--silent', 'lambda:client') !== 0) {
    console.log(
      '\nThe Lambda part is left out: its runtime client could not be built. It needs Python 3, make and a C++ compiler.',
    )
    return 0
  }
  return run(process.execPath, 'scripts/demo-lambda.ts')
}

process.exitCode = run(process.execPath, 'scripts/demo.ts', ...process.argv.slice(2)) || runLambda()

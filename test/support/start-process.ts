import { execa } from 'execa'

/** Starts a program whose output, of both streams, is kept as it comes. It does not reject, and nothing but a signal ends it early. */
export function startProcess(command: string, args: readonly string[], cwd: string, env = process.env) {
  const child = execa(command, args, {
    cwd,
    env,
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    forceKillAfterDelay: false,
  })
  let output = ''
  child.all.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  return { child, output: () => output }
}

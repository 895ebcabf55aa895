import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { ROOT } from './processes.ts'

function requireNode(...flags: string[]) {
  return spawnSync(process.execPath, [...flags, 'scripts/require-node.mjs'], { cwd: ROOT, encoding: 'utf8' })
}

it('is silent on a Node that runs TypeScript', () => {
  expect(requireNode()).toMatchObject({ status: 0, stdout: '', stderr: '' })
})

it('names the version found, the version needed and how to get it, in one line', () => {
  const { status, stderr } = requireNode('--no-experimental-strip-types')
  expect(status).toBe(1)
  expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/22\.18.* found v\d+\.\d+\.\d+ .*npm ci.*Node 24/)])
})

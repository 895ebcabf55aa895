import { afterEach, expect, it } from 'vitest'
import { listDescendants, listRunning } from '../support/process-tree.ts'
import { runScript, type Script } from './processes.ts'

let dev: Script | undefined
afterEach(() => dev?.stop())

function findUrl(output: string, name: string): string {
  const url = new RegExp(`^${name} +(http://127\\.0\\.0\\.1:\\d+)$`, 'm').exec(output)?.[1]
  if (url === undefined) throw new Error(`no URL of the ${name} in:\n${output}`)
  return url
}

it('shows each event as it arrives, until Ctrl-C stops both servers', async () => {
  dev = runScript('scripts/dev.ts')
  await dev.waitFor('Ctrl-C stops both')
  const workerUrl = findUrl(dev.output(), 'Worker')
  const collectorUrl = findUrl(dev.output(), 'Tracking API')

  const response = await fetch(`${workerUrl}/visit?user=dev-test`)
  expect(await response.text()).toBe('Hello, dev-test\n')
  await dev.waitFor('Visited  user=dev-test')

  const descendants = listDescendants(dev.pid)
  expect(descendants, 'wrangler and what it started').not.toHaveLength(0)
  dev.kill('SIGINT')
  expect(await dev.exitCode, dev.output()).toBe(0)
  expect(listRunning(descendants)).toEqual([])
  await expect(fetch(`${workerUrl}/health`)).rejects.toThrow('fetch failed')
  await expect(fetch(`${collectorUrl}/_/health`)).rejects.toThrow('fetch failed')
})

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Installed, installCollector, startByNpx } from './installed.ts'

const exec = promisify(execFile)
let installed: Installed

beforeAll(async () => {
  installed = await installCollector()
})
afterAll(() => installed.remove())

const PROGRAM = `
  import { Analytics } from 'analytics-edge'
  const analytics = new Analytics({ writeKey: 'a-long-write-key', host: process.argv[2] })
  analytics.track({ userId: 'u1', event: 'Order Placed', properties: { revenue: 1 } })
  console.log(JSON.stringify(await analytics.closeAndFlush()))`

describe('the packed collector', () => {
  it('contains the build, the page, the licence and a README, and nothing else', () => {
    expect(installed.files.filter((name) => !/^(dist|page)\/[\w.-]+$/.test(name)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ])
    expect(installed.files).toEqual(expect.arrayContaining(['dist/main.js', 'dist/index.d.ts', 'page/index.html']))
  })

  it('starts with npx, prints the host to set and the page to open, and accepts the events of an SDK', async () => {
    const recording = join(installed.project, 'events.ndjson')
    const running = await startByNpx(installed.project, '--port', '0', '--record', recording)
    expect(running.stdout()).toContain(`host: '${running.url}'`)
    await writeFile(join(installed.project, 'send.mjs'), PROGRAM)
    const { stdout } = await exec(process.execPath, ['send.mjs', running.url], { cwd: installed.project })
    expect(JSON.parse(stdout)).toMatchObject({ delivered: 1, failed: 0 })
    const page = await fetch(`${running.url}/`, { headers: { accept: 'text/html' } })
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')])
    expect(await (await fetch(`${running.url}/_/events`)).json()).toMatchObject([{ event: { event: 'Order Placed' } }])
    await running.stop()

    const replaying = await startByNpx(installed.project, '--port', '0', '--replay', recording)
    expect(await (await fetch(`${replaying.url}/_/events`)).json()).toMatchObject([
      { event: { event: 'Order Placed' }, writeKey: 'a-lo…' },
    ])
    await replaying.stop()
  })

  it('opens the page in the browser with --open', async () => {
    const opened = join(installed.project, 'opened.txt')
    const script = join(installed.project, 'browser.sh')
    await writeFile(script, `#!/bin/sh\necho "$1" > '${opened}'\n`, { mode: 0o755 })
    // What xdg-open asks where there is no desktop.
    vi.stubEnv('BROWSER', script)
    const running = await startByNpx(installed.project, '--port', '0', '--open')
    await expect.poll(() => readFile(opened, 'utf8').catch(() => ''), { timeout: 20_000 }).toBe(`${running.url}/\n`)
    await running.stop()
    vi.unstubAllEnvs()
  })

  it('can be started from tests as a module', async () => {
    const program = `
      import { startCollector } from 'analytics-edge-collector'
      const collector = await startCollector()
      console.log(collector.url, collector.events().length)
      await collector.close()`
    await writeFile(join(installed.project, 'start.mjs'), program)
    const { stdout } = await exec(process.execPath, ['start.mjs'], { cwd: installed.project })
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+ 0\n$/)
  })
})

import { describe, expect, it } from 'vitest'
import { openCollector } from '../../support/client.ts'
import { runProgram } from '../../support/client-process.ts'

const collector = await openCollector()

describe('memory, with a server that hangs', () => {
  it('stays under 80 MB for 400,000 events, and each of the 300,000 that do not fit is reported', async () => {
    collector.fail({ hang: true })
    const { code, stdout } = await runProgram(
      collector,
      `let [rejectedCount, otherCount] = [0, 0]
       client.on('error', ({ reason }) => (reason.code === 'ERR_QUEUE_FULL' ? rejectedCount++ : otherCount++))
       const measure = () => {
         gc()
         return process.memoryUsage().heapUsed
       }
       const before = measure()
       for (let index = 0; index < 400_000; index++) {
         const properties = { index, plan: 'Enterprise', url: 'https://example.test/orders/' + index, items: [1, 2, 3] }
         client.track({ userId: 'user-' + index, event: 'Order Completed', properties })
         if (index % 10_000 === 0) await new Promise((resolve) => setImmediate(resolve))
       }
       const growthMB = (measure() - before) / 2 ** 20
       console.log(JSON.stringify({ growthMB, rejectedCount, otherCount, pendingCount: client.pendingCount }))
       process.exit()`,
      { nodeArguments: ['--expose-gc'], timeoutMs: 50_000, settings: { httpRequestTimeout: 600_000 } },
    )
    expect(code).toBe(0)
    const figures: unknown = JSON.parse(stdout)
    expect(figures).toMatchObject({ rejectedCount: 300_000, otherCount: 0, pendingCount: 100_000 })
    expect(Number(/"growthMB":([\d.]+)/.exec(stdout)?.[1])).toBeLessThan(80)
    expect(collector.requests()).toHaveLength(4)
  })

  it('stays under 180 MB in between, even without listeners and within one turn', async () => {
    collector.fail({ hang: true })
    const { code, stdout } = await runProgram(
      collector,
      `console.warn = () => {}
       gc()
       const before = process.memoryUsage().heapUsed
       for (let index = 0; index < 200_000; index++) client.track({ userId: 'u' + index, event: 'Order Completed' })
       gc()
       console.log(((process.memoryUsage().heapUsed - before) / 2 ** 20).toFixed(1))
       process.exit()`,
      { nodeArguments: ['--expose-gc'], timeoutMs: 50_000 },
    )
    expect(code).toBe(0)
    expect(Number(stdout)).toBeGreaterThan(0)
    expect(Number(stdout)).toBeLessThan(180)
  })
})

describe('memory, with a server that answers', () => {
  it.each([
    ['flushed', 'await scope.flush()'],
    ['awaited', 'await last'],
  ])('is freed from events that were %s at the next minor garbage collection', async (_, wait) => {
    const { code, stdout } = await runProgram(
      collector,
      `// What Node's own fetch leaves behind is no matter of ours.
       const httpClient = async () => ({ status: 200, statusText: 'OK', text: async () => '' })
       const analytics = new client.constructor({ writeKey: 'k', httpClient })
       const collect = () => {
         // Twice: what lives through the first is moved among the old objects by the second.
         for (let time = 0; time < 2; time++) gc({ type: 'minor' })
         return process.memoryUsage().heapUsed
       }
       const invoke = async () => {
         const scope = analytics.scope()
         let last
         for (let index = 0; index < 5; index++) {
           last = scope.track({ userId: 'u1', event: 'E', properties: { text: String(index).repeat(2_000) } })
         }
         ${wait}
       }
       const run = async () => {
         for (let index = 0; index < 1_000; index++) {
           await invoke()
           if (index % 100 === 99) collect()
         }
         return collect()
       }
       const before = await run()
       console.log((((await run()) - before) / 1_000).toFixed(0))`,
      { nodeArguments: ['--expose-gc'], timeoutMs: 30_000 },
    )
    expect(code).toBe(0)
    // Bytes an invocation, whose events take 10,000 as JSON.
    expect(Number(stdout)).toBeLessThan(2_000)
  })
})

describe('memory, with scopes', () => {
  it('does not grow with a job that restarts itself inside its scope', async () => {
    const { code, stdout } = await runProgram(
      collector,
      `const measure = () => {
         gc()
         return process.memoryUsage().heapUsed
       }
       let before = 0
       let count = 0
       const again = () => client.scope().run(() => {
         if (++count === 5_000) before = measure()
         if (count < 55_000) return void setImmediate(again)
         console.log(((measure() - before) / 2 ** 20).toFixed(1))
         process.exit()
       })
       again()
       await new Promise(() => {})`,
      { nodeArguments: ['--expose-gc'], timeoutMs: 50_000 },
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(/^-?\d/)
    expect(Number(stdout)).toBeLessThan(20)
  })
})

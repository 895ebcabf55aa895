// A Worker that runs one case a request, `/?case=<name>&collector=<url>`. The package's own name is resolved by the
// conditions of a bundler for Workers, so the library is the one that users get there.
import * as lib from 'analytics-edge'
import { runCase } from './case.ts'
import { cases } from './suite.ts'

export interface CaseResult {
  ok: boolean
  error?: string
}

const metadata = { jsRuntime: 'cloudflare-worker' }

async function runByName(name: string | null, collectorUrl: string): Promise<CaseResult> {
  const testCase = cases.find((candidate) => candidate.name === name)
  if (!testCase) return { ok: false, error: `no case is called '${name}'` }
  try {
    await runCase(testCase, { lib, collectorUrl, metadata })
    return { ok: true }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url)
    return Response.json(await runByName(searchParams.get('case'), searchParams.get('collector') ?? ''))
  },
}

import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/index.ts'
import * as esm from '../../dist/index.js'
import { type Library, runCase } from './case.ts'
import { findGap } from './known-gaps.ts'
import { cases } from './suite.ts'

const cjs: Library = createRequire(import.meta.url)('../../dist/index.cjs')
const metadata = { jsRuntime: 'node', nodeVersion: process.version }

let collector: Collector

beforeAll(async () => {
  collector = await startCollector()
  // Cases in which the user's own code throws make the library log it.
  vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterAll(() => collector.close())

describe.each([
  { form: 'ESM', lib: esm },
  { form: 'CommonJS', lib: cjs },
])('Node, $form', ({ lib }) => {
  for (const testCase of cases) {
    const gap = findGap(metadata.jsRuntime, testCase.name)
    const define = gap ? it.fails : it.concurrent
    define(testCase.name, () => runCase(testCase, { lib, collectorUrl: collector.url, metadata }))
  }
})

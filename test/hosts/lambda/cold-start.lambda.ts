import { expect, test } from 'vitest'
import { COLD_START_BARS, measureColdStarts } from './harness/cold-starts.ts'
import { setStage } from './harness/function-stage.ts'

const stage = setStage()

/** Other work on the machine is no reason to fail; `npm run demo -- lambda-cost` prints the figures as they are. */
const ROOM = 2.5
const fastest = (initMs: number[]) => Math.min(...initMs)

test.each(['ES module', 'CommonJS bundle'] as const)(
  '%s: the wrapper and the extension start within their limits, compared with a plain handler',
  async (form) => {
    const { wrapperRatio, extensionRatio } = await measureColdStarts(stage.taskRoot, form, 15, fastest)
    expect(wrapperRatio).toBeLessThan(COLD_START_BARS.wrapperRatio * ROOM)
    expect(extensionRatio).toBeLessThan(COLD_START_BARS.extensionRatio * ROOM)
  },
)

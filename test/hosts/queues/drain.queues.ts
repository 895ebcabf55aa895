import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { Analytics } from 'analytics-edge'
import { consumeSqs, toSqs } from 'analytics-edge/lambda'
import { execa } from 'execa'
import { afterAll, afterEach, expect, test } from 'vitest'
import { startLocalSqs } from './local-sqs.ts'
import { startTrackingApi } from './tracking-api.ts'

const SCRIPT = fileURLToPath(new URL('../../../examples/drain-dead-letters.ts', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'drain-'))
const api = await startTrackingApi()
afterEach(() => {
  api.accepted.clear()
  api.breakDown(0)
})
afterAll(async () => {
  await api.close()
  await rm(folder, { recursive: true })
})

/** Runs the script in its own process, on a file with these lines; without a file, on standard input. */
async function drain(lines: readonly string[], isPiped = false) {
  const file = join(folder, 'messages.jsonl')
  await writeFile(file, lines.join('\n'))
  const { stdout, stderr, exitCode } = await execa(process.execPath, [SCRIPT, ...(isPiped ? [] : [file])], {
    env: { PATH: process.env.PATH, SEGMENT_WRITE_KEY: 'k', SEGMENT_HOST: api.url },
    extendEnv: false,
    input: isPiped ? lines.join('\n') : '',
    stripFinalNewline: false,
    reject: false,
  })
  return { kept: stdout.split('\n').filter(Boolean), said: stderr, exitCode }
}

const event = (messageId: string, name = 'A') => ({
  type: 'track',
  userId: 'u1',
  event: name,
  messageId,
  timestamp: '2026-01-01T00:00:00.000Z',
})

test('draining a dead-letter queue of SQS delivers each event once, and keeps foreign messages', async () => {
  const local = await startLocalSqs()
  const [queueUrl, dead] = await local.createQueueWithDeadLetters('events', 1, '0')
  const producer = new Analytics({
    writeKey: 'k',
    handOver: { to: toSqs({ queueUrl, fetch: local.fetch }), when: 'always' },
  })
  for (let index = 0; index < 4; index++) {
    producer.track({ userId: 'u1', event: 'A', messageId: `id-${index}` })
    await producer.flush()
  }
  await local.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: '{"hello":"world"}' }))
  // An outage that the redrive policy does not wait for.
  api.breakDown(60_000)
  const handler = consumeSqs(new Analytics({ writeKey: 'k', host: api.url, maxRetries: 0 }))
  const invoke = (records: Parameters<typeof handler>[0]) =>
    handler(records, { awsRequestId: 'r', getRemainingTimeInMillis: () => 10_000 })
  for (let round = 0; round < 3; round++) await local.poll(queueUrl, invoke)
  expect(await local.countMessages(dead)).toBe(5)
  api.breakDown(0)
  const { Messages = [] } = await local.sqs.send(new ReceiveMessageCommand({ QueueUrl: dead, MaxNumberOfMessages: 10 }))
  await local.close()

  const { kept, said, exitCode } = await drain(Messages.map(({ Body = '' }) => Body))
  expect(Object.fromEntries(api.accepted)).toEqual({ 'id-0': 1, 'id-1': 1, 'id-2': 1, 'id-3': 1 })
  expect(kept).toEqual(['{"hello":"world"}'])
  expect(said).toContain('4 events delivered, 1 lines left')
  expect(exitCode).toBe(1)
})

test.each([false, true])(
  'a file of events, arrays and messages is sent as it is (through a pipe: %s)',
  async (isPiped) => {
    const lines = [
      JSON.stringify(event('one')),
      '',
      JSON.stringify([event('two'), event('three')]),
      JSON.stringify({ 'analytics-edge': 1, events: [event('four')] }),
    ]
    expect(await drain(lines, isPiped)).toMatchObject({ kept: [], exitCode: 0 })
    expect([...api.accepted]).toEqual(['one', 'two', 'three', 'four'].map((id) => [id, 1]))
  },
)

test('undeliverable events are written in the same format, to be drained again', async () => {
  const first = await drain([JSON.stringify([event('good'), event('bad', 'poison')]), 'no JSON'])
  expect([...api.accepted.keys()]).toEqual(['good'])
  expect(first.kept).toEqual(['no JSON', JSON.stringify(event('bad', 'poison'))])
  expect(first.said).toContain('no events in this line')
  const again = await drain(first.kept)
  expect(again.kept).toEqual(first.kept)
})

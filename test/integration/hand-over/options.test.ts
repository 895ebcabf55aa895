import { expect, it } from 'vitest'
import { consumeSqs, toSqs } from '../../../runtimes/lambda/index.ts'
import { consumeQueue, toQueue } from '../../../runtimes/workers/index.ts'
import { Analytics, createHandOver, ValidationError } from '../../../src/index.ts'

const settings = { writeKey: 'k' }
const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/1/events'
const fetch = async () => new Response()
const limits = { maxBytes: 65_536, maxCount: 1, put: async () => undefined }
const to = createHandOver(limits)

// `never` stands for what TypeScript would refuse, and JavaScript does not.
const refused: [string, () => unknown, RegExp][] = [
  ['consumeQueue', () => consumeQueue(settings, { retrydelay: 1 } as never), /'retrydelay'.*'retryDelay'/],
  [
    'consumeQueue',
    () => consumeQueue(settings, { retryDelay: '10' } as never),
    /retryDelay must be .* 0 to 3600; it is of type string/,
  ],
  ['consumeQueue', () => consumeQueue(settings, { timeout: 900_001 }), /timeout must be at most 900000; it is 900001/],
  ['consumeQueue', () => consumeQueue(settings, { plugins: 'no' } as never), /plugins must be false or true/],
  ['consumeQueue', () => consumeQueue(settings, null as never), /options must be/],
  ['consumeSqs', () => consumeSqs(settings, { timeOut: 1 } as never), /'timeOut'.*'timeout'/],
  ['consumeSqs', () => consumeSqs(settings, { margin: -1 }), /margin must be .* from 0/],
  ['consumeSqs', () => consumeSqs(settings, { queue: {} as never }), /queueUrl must be the URL of a queue/],
  ['consumeSqs', () => consumeSqs(settings, { queue: null as never }), /queue must be an object/],
  [
    'consumeSqs',
    () => consumeSqs(settings, { queue: { queueUrl } as never }),
    /fetch must be a function .* changeVisibility/,
  ],
  ['toSqs', () => toSqs(undefined as never), /target must be an object/],
  ['toSqs', () => toSqs({ queueUrl: 'events', fetch }), /queueUrl must be the URL of a queue/],
  ['toSqs', () => toSqs({ queueUrl } as never), /fetch must be a function that signs/],
  ['toSqs', () => toSqs({ queueUrl, send: 1 } as never), /send must be a function; it is 1/],
  ['toSqs', () => toSqs({ queueUrl, fetch, groupBy: String } as never), /'groupBy' is not a setting .*'groupOf'/],
  ['toSqs', () => toSqs({ queueUrl, fetch, groupOf: 'userId' } as never), /groupOf must be a function/],
  ['toQueue', () => toQueue(undefined as never), /queue must be the binding/],
  [
    'createHandOver',
    () => createHandOver({ ...limits, maxBytes: 1_000 }),
    /maxBytes must be a whole number from 65536/,
  ],
  ['createHandOver', () => createHandOver({ ...limits, maxCallBytes: 65_535 }), /maxCallBytes must be .* from 65536/],
  [
    'createHandOver',
    () => createHandOver({ ...limits, put: undefined as never }),
    /put must be a function; it is null/,
  ],
  ['createHandOver', () => createHandOver({ ...limits, maxcount: 2 } as never), /'maxcount'.*'maxCount'/],
  [
    'handOver',
    () => new Analytics({ ...settings, handOver: to as never }),
    /handOver.to.put must be a function; it is of type undefined/,
  ],
  [
    'handOver',
    () => new Analytics({ ...settings, handOver: { to, when: 'never' } as never }),
    /handOver.when must be "undelivered" or "always"/,
  ],
]

it.each(refused)('%s rejects unknown or invalid options by name (%#)', (_, act, message) => {
  expect(act).toThrow(ValidationError)
  expect(act).toThrow(message)
})

it('createHandOver accepts a target without a limit of calls, however large', () => {
  expect(() => createHandOver({ ...limits, maxBytes: 2 ** 31, maxCount: 2 ** 31 })).not.toThrow()
})

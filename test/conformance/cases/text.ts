import { equal, only } from '../assert.ts'
import { type Case, receivedEvents } from '../case.ts'

const TEXTS: [what: string, text: string][] = [
  ['emoji', '🔑👩‍👩‍👧‍👦🏳️‍🌈'],
  ['CJK', '漢字かな한글𠮷'],
  ['right to left and combining marks', 'שלום مرحبا e\u0301 n\u0303'],
  ['lone surrogates', 'a\ud83dz\udc00'],
  ['control characters and separators', '\0\b\t\n\r\u001f\u007f\u2028\u2029'],
  ['quotes, backslashes and markup', '"\\\\"\'</script>&amp;%00'],
  ['a byte order mark', '\ufefftext'],
]

const KEYS = ['ключ-🔑', 'clé', '鍵', 'a b&c=d?e%20f']

export const textCases: Case[] = [
  ...TEXTS.map(
    ([what, text]): Case => ({
      name: `${what}: arrives intact wherever text is allowed`,
      async run({ createClient, collector }) {
        const nested = { [text]: [text, { [text]: text }] }
        await createClient().track({
          userId: text,
          anonymousId: text,
          event: text,
          messageId: `m-${text}`,
          properties: nested,
          context: { traits: nested },
        })
        const { userId, anonymousId, event, messageId, properties, context } = only(await receivedEvents(collector))
        equal([userId, anonymousId, event, messageId], [text, text, text, `m-${text}`], 'ids and name')
        equal(properties, nested, 'properties')
        equal((context as { traits?: unknown }).traits, nested, 'context.traits')
      },
    }),
  ),
  {
    name: 'fields named __proto__ or toJSON are fields like any other',
    async run({ createClient, collector }) {
      const properties = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toJSON":"text","":"empty"}')
      await createClient().track({ userId: 'u1', event: 'E', properties })
      const event = only(await receivedEvents(collector))
      equal(JSON.stringify(event.properties), JSON.stringify(properties), 'properties')
    },
  },
  ...KEYS.map(
    (key): Case => ({
      name: `the write key '${key}' is the same in Authorization and body`,
      async run({ createClient, collector }) {
        // The collector reads the key from the header and refuses a body with another.
        const writeKey = `${key}-${collector.writeKey}`
        const own = collector.withKey(writeKey)
        const outcome = await createClient({ writeKey }).track({ userId: 'u1', event: 'E' })
        equal(outcome.status, 'delivered')
        const { writeKey: arrivedKey, headers } = only(await own.requests(), 'requests')
        equal([arrivedKey, headers.authorization], [writeKey, 'Basic'])
        equal((await receivedEvents(own)).length, 1, 'events')
      },
    }),
  ),
]

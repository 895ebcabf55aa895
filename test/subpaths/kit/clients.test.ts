import { expect, test } from 'vitest'
import { createClientLookup, toClient } from '../../../runtimes/kit/index.ts'

const SETTINGS = { writeKey: 'kit', disable: true }

test.each([
  ['toClient', () => toClient({ ...SETTINGS })],
  ['createClientLookup', () => createClientLookup(() => ({ ...SETTINGS }))()],
])('a client that %s makes of settings joins the scopes that it runs', async (_, create) => {
  const client = create()
  const scope = client.scope({ userId: 'u1' })
  await scope.run(async () => {
    await undefined
    expect(client.current()).toBe(scope)
    expect(client.identity).toEqual({ userId: 'u1' })
  })
})

test('takes a fake client of a test as it is', () => {
  const fake = { scope: () => fake } as never
  expect(toClient(fake)).toBe(fake)
})

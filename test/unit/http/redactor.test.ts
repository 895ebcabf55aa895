import { expect, it } from 'vitest'
import { REDACTED, Redactor } from '../../../src/http/redactor.ts'

const WRITE_KEY = 'käy "1"+/?x'

it.each([
  ['as it is', WRITE_KEY],
  ['in Basic authentication', Buffer.from(`${WRITE_KEY}:`).toString('base64')],
  ['in Basic authentication without padding', Buffer.from(`${WRITE_KEY}:`).toString('base64').replace(/=+$/, '')],
  ['in a URL', encodeURIComponent(WRITE_KEY)],
  ['inside a JSON string', JSON.stringify(WRITE_KEY).slice(1, -1)],
])('replaces the write key %s, wherever it appears', (_, secret) => {
  const { redact } = new Redactor(WRITE_KEY)
  expect(redact(`${secret}, twice: "${secret}"`)).toBe(`${REDACTED}, twice: "${REDACTED}"`)
})

it('leaves a text without secrets as it is', () => {
  expect(new Redactor(WRITE_KEY).redact('a "key"')).toBe('a "key"')
})

it('replaces keys from six characters on, because shorter ones occur in words', () => {
  expect(new Redactor('failed').redact('it failed')).toBe(`it ${REDACTED}`)
  expect(new Redactor('faile').redact('it failed')).toBe('it failed')
})

it('replaces tokens from six characters on', () => {
  const redactor = new Redactor(WRITE_KEY)
  redactor.add('token1')
  redactor.add('token')
  expect(redactor.redact('token1 and token')).toBe(`${REDACTED} and token`)
})

it('remembers the latest 16 tokens', () => {
  const redactor = new Redactor(WRITE_KEY)
  for (let index = 10; index < 27; index++) redactor.add(`token-${index}`)
  expect(redactor.redact('token-10 token-11 token-26')).toBe(`token-10 ${REDACTED} ${REDACTED}`)
})

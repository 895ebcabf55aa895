import { connect } from 'node:net'
import { vi } from 'vitest'

/** Far more than a server takes to start on a busy machine. */
const START_MS = 60_000

/** Orders from the server of a recipe, as soon as it is up. */
export async function placeOrder(port: number, userId: string, path = '/orders'): Promise<void> {
  const response = await vi.waitFor(
    () =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify({ userId }),
      }),
    { timeout: START_MS, interval: 50 },
  )
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status}: ${text}`)
}

/**
 * Begins an order, and answers once the server has it in flight; the function it answers with ends the order. The connection stays open
 * afterwards, as that of a proxy does, unless the client hangs up.
 */
export async function beginOrder(
  port: number,
  userId: string,
  { hangsUp = false } = {},
): Promise<() => Promise<string>> {
  const body = JSON.stringify({ userId })
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  let answer = ''
  socket.on('data', (text) => {
    answer += text
  })
  const waitFor = (status: string) =>
    vi.waitFor(
      () => {
        if (!answer.includes(`HTTP/1.1 ${status}`)) throw new Error(`no ${status} in: ${answer}`)
      },
      { timeout: START_MS, interval: 10 },
    )
  const headers = ['host: 127.0.0.1', 'content-type: application/json', `content-length: ${body.length}`]
  socket.write(`POST /orders HTTP/1.1\r\n${headers.join('\r\n')}\r\nexpect: 100-continue\r\n\r\n`)
  await waitFor('100')
  return async () => {
    socket.write(body)
    await waitFor('20')
    if (hangsUp) socket.destroy()
    return answer
  }
}

/** Waits until the server takes no more connections: its shutdown has begun. */
export async function waitUntilClosed(port: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const socket = connect(port, '127.0.0.1')
      const isOpen = await new Promise((resolve) => {
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      })
      socket.destroy()
      if (isOpen) throw new Error('still open')
    },
    { timeout: START_MS, interval: 20 },
  )
}

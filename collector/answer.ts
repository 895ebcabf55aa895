import type { FastifyReply } from 'fastify'
import type { Answer, Plan } from './plan-answer.ts'
import type { RequestRecord } from './store.ts'

/** A request in progress. */
export interface Exchange {
  readonly row: RequestRecord
  readonly reply: FastifyReply
  /** `performance.now()` when its body had arrived. */
  readonly startedMs: number
  /** Aborted once the fault has been removed that hit it. */
  readonly removed: AbortSignal | undefined
  /** Aborted once the fault has been removed that delays it. */
  readonly delayRemoved: AbortSignal | undefined
  /** Called when its row has changed. */
  onChange(): void
}

/** Carries out a plan, and notes the result in the request's row before the client can see it. */
export async function carryOut(plan: Plan, exchange: Exchange, delayMs: number): Promise<void> {
  const { row, reply } = exchange
  if (delayMs > 0 && !(await waitWhileOpen(exchange, delayMs))) return finish(exchange, 'aborted')
  switch (plan.kind) {
    case 'answer':
      return send(plan.answer, exchange)
    case 'half-answer':
      return sendHalf(plan.answer, exchange)
    case 'hang':
      row.status = 'hang'
      exchange.onChange()
      return hang(exchange)
    case 'reset':
      finish(exchange, 'reset')
      reply.hijack()
      reply.raw.socket?.resetAndDestroy()
  }
}

function send({ status, statusText, headers, body }: Answer, exchange: Exchange): void {
  const { reply } = exchange
  finish(exchange, status)
  if (statusText !== undefined) reply.raw.statusMessage = statusText
  reply.code(status).headers(headers).send(body)
}

function sendHalf({ status, statusText, headers, body }: Answer, exchange: Exchange): void {
  const { row, reply } = exchange
  row.status = status
  exchange.onChange()
  hang(exchange)
  if (statusText !== undefined) reply.raw.statusMessage = statusText
  const bytes = Buffer.from(body)
  reply.raw.writeHead(status, { 'content-length': bytes.length, ...headers })
  reply.raw.flushHeaders()
  reply.raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)))
}

/** Leaves the connection open, outside Fastify's control, until the client, the end of the fault or `close()` closes it. */
function hang(exchange: Exchange): void {
  const { row, reply, removed } = exchange
  reply.hijack()
  const cut = (): void => void reply.raw.destroy()
  removed?.addEventListener('abort', cut)
  reply.raw.once('close', () => {
    removed?.removeEventListener('abort', cut)
    finish(exchange, row.status)
  })
}

function finish({ row, startedMs, onChange }: Exchange, status: RequestRecord['status']): void {
  row.status = status
  row.durationMs = Math.round((performance.now() - startedMs) * 10) / 10
  onChange()
}

/** False as soon as the client is gone. A fault that has been removed delays nothing any more. */
function waitWhileOpen({ reply, delayRemoved }: Exchange, delayMs: number): Promise<boolean> {
  if (reply.raw.closed) return Promise.resolve(false)
  return new Promise((resolve) => {
    const settle = (isOpen: boolean): void => {
      clearTimeout(timer)
      reply.raw.off('close', onClose)
      delayRemoved?.removeEventListener('abort', onRemoved)
      resolve(isOpen)
    }
    const onClose = (): void => settle(false)
    const onRemoved = (): void => settle(true)
    const timer = setTimeout(settle, delayMs, true)
    reply.raw.once('close', onClose)
    delayRemoved?.addEventListener('abort', onRemoved)
  })
}

import type { HandOverCircumstances } from '../../src/index.ts'

/** An SQS queue and a `fetch` that signs requests, for example `(url, init) => aws.fetch(url, init)` with aws4fetch. */
export interface SqsByFetch {
  readonly queueUrl: string
  readonly fetch: (
    url: string,
    // biome-ignore lint/suspicious/noExplicitAny: the AbortSignal of the DOM, of Node and of workerd are different types
    init: { method: 'POST'; headers: Record<string, string>; body: string; signal?: any },
  ) => PromiseLike<{ readonly ok: boolean; readonly status: number; text(): PromiseLike<string> }>
}

export interface SqsMessage {
  readonly Id: string
  readonly MessageBody: string
  readonly MessageGroupId?: string
  readonly MessageDeduplicationId?: string
}

export interface SqsVisibility {
  readonly Id: string
  readonly ReceiptHandle: string
  readonly VisibilityTimeout: number
}

export interface SqsBatch<Entry> {
  QueueUrl: string
  Entries: Entry[]
}

/** The response of SQS: the entries that failed. */
export interface SqsAnswer {
  readonly Failed?:
    | readonly {
        readonly Id?: string | undefined
        readonly Code?: string | undefined
        readonly Message?: string | undefined
      }[]
    | undefined
}

/** Calls an SQS action in its JSON protocol. If SQS rejects the call, so does the promise, with the response. */
export async function callSqs<Entry>(
  { queueUrl, fetch }: SqsByFetch,
  action: 'SendMessageBatch' | 'ChangeMessageVisibilityBatch',
  input: SqsBatch<Entry>,
  signal?: HandOverCircumstances['signal'],
): Promise<SqsAnswer> {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` }
  const body = JSON.stringify(input)
  const response = await fetch(`${new URL(queueUrl).origin}/`, {
    method: 'POST',
    headers,
    body,
    ...(signal && { signal }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`SQS responded with ${response.status} to ${action}: ${text.slice(0, 300)}`)
  // The cast: SQS's protocol.
  return JSON.parse(text) as SqsAnswer
}

import { type Checks, checkFunction, checkOptions, throwInvalid } from '../../src/kit/index.ts'

/**
 * Checks the location of an SQS queue and how it is called: by a signing `fetch`, or by the AWS SDK.
 *
 * @param name the name of the argument or option
 * @param others checks of what else the queue may have
 */
export function checkQueue<Queue extends { readonly queueUrl: string }>(
  name: string,
  queue: Queue,
  bySdk: 'send' | 'changeVisibility',
  others: Checks<object> = {},
): Queue {
  // The cast: JavaScript code may pass anything.
  const given = queue as { readonly queueUrl: unknown } & Readonly<Record<string, unknown>>
  const checks = { queueUrl: checkQueueUrl, fetch: checkFunction, [bySdk]: checkFunction, ...others }
  checkOptions(given, checks as Checks<typeof given>, name)
  if (!given.fetch && !given[bySdk]) {
    throwInvalid(
      'fetch',
      `a function that signs and sends requests; with the AWS SDK, pass ${bySdk} instead`,
      undefined,
    )
  }
  return queue
}

function checkQueueUrl(name: string, url: unknown): void {
  if (typeof url !== 'string' || !URL.canParse(url)) {
    throwInvalid(name, "the URL of a queue, for example 'https://sqs.eu-west-1.amazonaws.com/…/events'", url)
  }
}

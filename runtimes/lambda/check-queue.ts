import { ValidationError } from '../../src/index.ts'
import { checkFunction, throwInvalid } from '../../src/kit/index.ts'

/**
 * Checks the location of an SQS queue and how it is called: by a signing `fetch`, or by the AWS SDK.
 *
 * @param name the name of the argument or option
 */
export function checkQueue<Queue extends { readonly queueUrl: string }>(
  name: string,
  queue: Queue,
  bySdk: 'send' | 'changeVisibility',
  others: readonly string[] = [],
): Queue {
  if (typeof queue !== 'object' || queue === null)
    throwInvalid(name, `an object: { queueUrl, fetch } or { queueUrl, ${bySdk} }`, queue)
  const names = ['queueUrl', 'fetch', bySdk, ...others]
  const unknown = Object.keys(queue).find((key) => !names.includes(key))
  if (unknown) throw new ValidationError(unknown, `is not an option of ${name}; the options are ${names.join(', ')}`)
  // The cast: JavaScript code may pass anything.
  const { queueUrl, ...ways } = queue as { queueUrl: unknown } & Record<string, unknown>
  if (typeof queueUrl !== 'string' || !URL.canParse(queueUrl)) {
    throwInvalid('queueUrl', "the URL of a queue, for example 'https://sqs.eu-west-1.amazonaws.com/…/events'", queueUrl)
  }
  for (const way of ['fetch', bySdk]) checkFunction(way, ways[way])
  if (!ways.fetch && !ways[bySdk]) {
    throwInvalid(
      'fetch',
      `a function that signs and sends requests; with the AWS SDK, pass ${bySdk} instead`,
      undefined,
    )
  }
  return queue
}

import type { ReceivedEvent, RequestRecord } from '../../collector/index.ts'

/** What the program under test wrote down, each the moment it knew: a line `accepted ID`, `delivered ID` or `failed ID CODE`. */
export interface Journal {
  accepted: Set<string>
  delivered: string[]
  failed: { messageId: string; code: string }[]
}

export function parseJournal(text: string): Journal {
  const journal: Journal = { accepted: new Set(), delivered: [], failed: [] }
  for (const [, what, messageId = '', code = ''] of text.matchAll(/^(accepted|delivered|failed) (\S+) ?(\S*)$/gm)) {
    if (what === 'accepted') journal.accepted.add(messageId)
    else if (what === 'delivered') journal.delivered.push(messageId)
    else journal.failed.push({ messageId, code })
  }
  return journal
}

/** What must not be: each list names events, and is empty when all is well. */
export interface Verdict {
  /** Neither delivered nor reported failed. */
  untold: string[]
  toldTwice: string[]
  /** Reported as delivered, and not received. */
  falselyDelivered: string[]
  /** Reported as failed, received all the same, and no answer was lost that would explain it. */
  falselyFailed: string[]
  /** Received again, though the answer to the first request was not lost. */
  sentAgain: string[]
  /** Received, and never accepted by the SDK. */
  unknown: string[]
  figures: {
    accepted: number
    delivered: number
    failed: number
    failedBy: Record<string, number>
    receivedTwice: number
    /** Requests by what was answered. */
    answers: Record<string, number>
  }
}

export function judge(journal: Journal, events: readonly ReceivedEvent[], requests: readonly RequestRecord[]): Verdict {
  const isUnheard = new Map(requests.map(({ index, status }) => [index, typeof status !== 'number' || status !== 200]))
  const received = new Map<string, ReceivedEvent[]>()
  for (const row of events) {
    const messageId = String(row.event.messageId)
    received.set(messageId, [...(received.get(messageId) ?? []), row])
  }
  const toldCounts = new Map<string, number>()
  for (const messageId of [...journal.delivered, ...journal.failed.map((failure) => failure.messageId)]) {
    toldCounts.set(messageId, (toldCounts.get(messageId) ?? 0) + 1)
  }
  const wasUnheard = (messageId: string) =>
    (received.get(messageId) ?? []).some(({ requestIndex }) => isUnheard.get(requestIndex))

  return {
    untold: [...journal.accepted].filter((messageId) => !toldCounts.has(messageId)),
    toldTwice: [...toldCounts].filter(([, count]) => count > 1).map(([messageId]) => messageId),
    falselyDelivered: journal.delivered.filter((messageId) => !received.has(messageId)),
    falselyFailed: journal.failed
      .map(({ messageId }) => messageId)
      .filter((messageId) => received.has(messageId) && !wasUnheard(messageId)),
    sentAgain: [...received].filter(([id, rows]) => rows.length > 1 && !wasUnheard(id)).map(([id]) => id),
    unknown: [...received.keys()].filter((messageId) => !journal.accepted.has(messageId)),
    figures: {
      accepted: journal.accepted.size,
      delivered: journal.delivered.length,
      failed: journal.failed.length,
      failedBy: countBy(journal.failed.map(({ code }) => code)),
      receivedTwice: [...received.values()].filter((rows) => rows.length > 1).length,
      answers: countBy(requests.map(({ status }) => String(status))),
    },
  }
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** The verdict without any complaint. */
export const CLEAN = { untold: [], toldTwice: [], falselyDelivered: [], falselyFailed: [], sentAgain: [], unknown: [] }

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Words that this project once had for itself, and the terms that every engineer knows. In tests, some have their usual meaning. */
const WORDS: readonly [word: RegExp, use: string, isAllowedInTests?: true][] = [
  [/\boutbox/i, 'batcher'],
  [/\bledger/i, 'pending tracker'],
  [/\bpassage/i, 'plugin stage'],
  [/\bbounds\b/i, 'limits, or range'],
  [/\bwaiters?\b/i, 'deadline, flush or wait'],
  [/\btellers?\b/i, 'notifier'],
  [/\bunheard\b/i, 'unhandled'],
  [/\bverdict/i, 'rejection, or decision', true],
  [/(?<!font-)\bfamil(y|ies)\b(?!:)/i, 'split group'],
  [/\bmends?\b|\bmended\b/i, 'fixes'],
  [/\bgoes first\b/i, 'takes precedence', true],
  [/, say[,.;:)\s]/, 'for example', true],
  [/, too[,.;:)\s]/, 'also, or as well', true],
  [/Nothing comes with it/i, 'zero dependencies'],
  [/\bway of an event\b/i, 'life of an event'],
  [/\bon (its|their) way\b/i, 'in flight', true],
  // One verb, one meaning: CONTRIBUTING.md, "Words".
  [/\brefus(e|es|ed|ing|als?)\b/i, 'reject, or throw', true],
  [/\b(is|on)Refus\w+|\bformatRefused\b|\brefusesCookie\b/, 'reject, or forbid'],
  [
    /\bholds? (for|at most|as well|all|every|no other|up|events of|the (body|request))\b/i,
    'contain, apply, pause or delay',
    true,
  ],
  [/\b(also|rows?|not|same) holds?\b/i, 'apply', true],
  [/\b(hold(Ms|Reason)|held(Count|Bytes|UntilMs)|isHolding)\b/, 'pause, count or block'],
  [
    /\b(handler|hook|callback|plugin|load|flush|attempt|task)(e?s)?( that| which)?( (has|have|had|does|do|did|never|must|may))*( not)? end(s|ed)?\b/i,
    'finish',
    true,
  ],
  [
    /\bend(s|ed|ing)? (the|a|an|any|every|its|their|this|that) (\w+ )?(process|wait|flush|request|event|task|capture|batch)(e?s)?\b/i,
    'terminate, cancel, complete, abort or stop',
    true,
  ],
  [
    /\b(endBySignal|endByForce|endWait|endTickSoon|endGenerations|isEndingTick)\b/,
    'terminate, cancel, close or retire',
  ],
  [/\b(gives?|gave|given|giving) up\b|\bisGivenUp\b|\bgiveUp\b/i, 'abandon, abort or time out', true],
  [/\b(Response|Lazy|Token)Answer\b|\b(asked|readAsked)Ms\b|\bisAsked\b/, 'response, result or retryAfterMs'],
  [/\b(is|are|was|be|what is) told\b|\buntold\b/i, 'reported, notified or shown', true],
  [/\bcarr(y|ies|ied) (the|an?|this|it|that) (event|request|token)?/i, 'contain, or send', true],
  [/\bfor good\b/i, 'permanently', true],
  [/\bharms? (nobody|no one)\b/i, 'affects nothing else', true],
  [/\btreatSetting\b|\bnap(Count|s)?\b|\bMAX_NAPS\b/, 'tolerate; sleep'],
]

const SKIPPED = /(^|\/)(node_modules|dist|images|\.[^/]+)\/|^docs\/api\/|vocabulary\.test\.ts$|-lock\.json$/
const READ = /\.(ts|tsx|mjs|cjs|js|md)$/

async function listFiles(): Promise<string[]> {
  const folders = ['src', 'runtimes', 'collector', 'bench', 'scripts', 'examples', 'docs', 'test']
  const inFolders = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(root, folder), { recursive: true })).map((name) => `${folder}/${name}`),
    ),
  )
  return [...inFolders.flat(), 'README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].filter(
    (name) => READ.test(name) && !SKIPPED.test(name),
  )
}

test('code, documents and tests contain no retired words', async () => {
  const files = await listFiles()
  expect(files.length).toBeGreaterThan(300)
  const complaints = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(root, file), 'utf8')
      // The README quotes names of tests between single asterisks.
      const lines = text.replace(file === 'README.md' ? /(?<!\*)\*[^*\n]+\*(?!\*)/g : /$^/g, '').split('\n')
      const words = WORDS.filter(([, , isAllowedInTests]) => !(isAllowedInTests && file.startsWith('test/')))
      return lines.flatMap((line, index) =>
        words
          .filter(([word]) => word.test(line))
          .map(([word, use]) => `${file}:${index + 1}: not "${word.exec(line)?.[0].trim()}", but ${use}`),
      )
    }),
  )
  expect(complaints.flat()).toEqual([])
})

import { tryTo } from '../../src/kit/index.ts'

/** Decodes a text that may be percent-encoded; undefined if it is malformed. */
export function decode(text: string): string | undefined {
  return text.includes('%') ? tryTo(() => decodeURIComponent(text)) : text
}

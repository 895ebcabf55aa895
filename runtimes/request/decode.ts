import { tryTo } from '../../src/kit/index.ts'

/** Decodes a text that may be percent-encoded; undefined if it is malformed. */
export const decode = (text: string): string | undefined =>
  text.includes('%') ? tryTo(() => decodeURIComponent(text)) : text

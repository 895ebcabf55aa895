/** More would not be read, and would freeze the page: a deep event of 32 KB would take 30 MB. */
const MAX_INDENT_COUNT = 1_000_000

/** Indented, unless that would be many times as long. @param {string} json */
export function prettify(json) {
  return measureIndents(json) > MAX_INDENT_COUNT ? json : JSON.stringify(JSON.parse(json), undefined, 2)
}

/** How many spaces indent the lines. @param {string} json */
function measureIndents(json) {
  let depth = 0
  let count = 0
  // Texts are skipped as a whole.
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/g)) {
    if (token === '[' || token === '{') depth++
    else if (token === ']' || token === '}') depth--
    else if (token !== ',') continue
    count += 2 * depth
  }
  return count
}

// Loaded before a sample: what the sample sends to Segment arrives at the collector, and nothing leaves the machine.
const { COLLECTOR_URL, USERS_URL } = process.env
const { fetch } = globalThis
const routes = [
  ['https://api.segment.io/', `${COLLECTOR_URL}/`],
  ['https://oauth2.segment.io/', `${COLLECTOR_URL}/`],
  ['https://jsonplaceholder.typicode.com/', `${USERS_URL}/`],
]

globalThis.fetch = (url, init) => {
  const [from, to] = routes.find(([start]) => String(url).startsWith(start)) ?? []
  if (from) return fetch(String(url).replace(from, to), init)
  if (String(url).startsWith('http://127.0.0.1:')) return fetch(url, init)
  throw new Error(`a sample asked for ${url}`)
}

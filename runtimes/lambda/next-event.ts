import { builtin } from './builtin.ts'

/**
 * Asks the Extensions API for the next event; resolves with its request id. Uses `node:http`, because `fetch` gives up
 * after five minutes, and a new connection, because a kept one may be gone after a freeze.
 */
export async function nextEvent(api: string, id: string): Promise<string> {
  const text = await new Promise<string>((resolve, reject) => {
    const url = `http://${api}/2020-01-01/extension/event/next`
    const options = { headers: { 'Lambda-Extension-Identifier': id }, agent: false }
    const asking = builtin('node:http').request(url, options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`event/next was answered ${response.statusCode}`))
      })
    })
    asking.on('error', reject)
    // Waiting for an event must not keep the process alive.
    asking.on('socket', (socket) => socket.unref())
    asking.end()
  })
  return String(JSON.parse(text).requestId)
}

import { builtin } from './builtin.ts'

/**
 * Requests the next event from the Extensions API; resolves with its request id. Uses `node:http`, because `fetch` times
 * out after five minutes, and a new connection, because a kept one may be closed after a freeze.
 */
export async function nextEvent(api: string, id: string): Promise<string> {
  const text = await new Promise<string>((resolve, reject) => {
    const url = `http://${api}/2020-01-01/extension/event/next`
    const options = { headers: { 'Lambda-Extension-Identifier': id }, agent: false }
    const request = builtin('node:http').request(url, options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`event/next responded with ${response.statusCode}`))
      })
    })
    request.on('error', reject)
    // Waiting for an event must not keep the process alive.
    request.on('socket', (socket) => socket.unref())
    request.end()
  })
  return String(JSON.parse(text).requestId)
}

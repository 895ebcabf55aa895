// The collector that run.mjs has started, and an HTTP client, for environments that have no fetch.

const http = require('node:http')

const { COLLECTOR_URL } = process.env

function request(url, method, headers, body) {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          statusText: response.statusMessage,
          headers: response.headers,
          text: async () => text,
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** What arrived with a write key. */
async function eventsOf(writeKey) {
  const response = await request(`${COLLECTOR_URL}/_/events?writeKey=${encodeURIComponent(writeKey)}`, 'GET')
  return JSON.parse(await response.text()).map(({ event }) => event)
}

const httpClient = { makeRequest: ({ url, method, headers, body }) => request(url, method, headers, body) }

module.exports = { COLLECTOR_URL, eventsOf, httpClient }

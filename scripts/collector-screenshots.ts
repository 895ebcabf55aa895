// Takes the screenshots of the README and docs/collector.md: a real collector with events of a real client, in a real Chromium.
import { fileURLToPath } from 'node:url'
import { startCollector } from '../collector/index.ts'
import { Analytics } from '../dist/index.js'
import { launchBrowser } from '../test/collector/browser.ts'

const FOLDER = fileURLToPath(new URL('../docs/images/', import.meta.url))

const collector = await startCollector({ page: true })
const browser = await launchBrowser()

async function track(): Promise<void> {
  const analytics = new Analytics({ writeKey: 'a-write-key', host: collector.url })
  const scope = (invocationId: string, userId: string) => analytics.scope({ userId, context: { invocationId } })
  const visit = scope('req-7f3a', 'ada')
  visit.page({ name: 'Home' })
  visit.track({ event: 'Product Viewed', properties: { product_id: 'p-12', price: 39.95 } })
  await visit.flush()
  const login = scope('req-8b21', 'ada')
  login.identify({ traits: { email: 'ada@example.com', createdAt: 'yesterday', plan: 'pro' } })
  login.group({ groupId: 'acme', traits: { name: 'ACME', employees: 120 } })
  await login.flush()
  const stop = collector.fail({ status: 503, times: 2 })
  const order = scope('req-9c40', 'ada')
  order.track({ event: 'Checkout Started', properties: { order_id: 'o-1', value: 79.9, currency: 'EUR' } })
  order.track({ event: 'Order Complete', properties: { orderId: 'o-1', revenue: '79.90', currency: 'EUR' } })
  await order.flush()
  stop()
  const guest = scope('req-a114', 'undefined')
  guest.track({ event: 'Coupon Applied', properties: { coupon_id: 'c-9' } })
  await analytics.closeAndFlush()
}

try {
  await track()
  const desktop = await browser.newPage({ viewport: { width: 1200, height: 720 }, colorScheme: 'light' })
  await desktop.goto(collector.url)
  await desktop.getByRole('option', { name: /Order Complete/ }).click()
  await desktop.getByText('7 events').waitFor()
  await desktop.screenshot({ path: `${FOLDER}collector.png` })
  await desktop.emulateMedia({ colorScheme: 'dark' })
  await desktop.screenshot({ path: `${FOLDER}collector-dark.png` })
  const phone = await browser.newPage({ viewport: { width: 390, height: 720 }, colorScheme: 'light' })
  await phone.goto(collector.url)
  // The count follows the list after a moment.
  await phone.getByText('7 events').waitFor()
  await phone.screenshot({ path: `${FOLDER}collector-phone.png` })
} finally {
  await browser.close()
  await collector.close()
}

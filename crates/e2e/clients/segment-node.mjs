// The client that shops' servers use, unchanged, against the server whose address and key are given.
// Exits with 0 when the client believes that everything was delivered.
import {Analytics} from '@segment/analytics-node'

const [host, writeKey] = process.argv.slice(2)
const errors = []
const analytics = new Analytics({host, writeKey, flushAt: 5, maxRetries: 0})
analytics.on('error', (error) => errors.push(error))

const timestamp = new Date('2026-01-02T03:04:05Z')
analytics.page({anonymousId: 'browser-1', properties: {path: '/product/p-1'}})
analytics.track({
  anonymousId: 'browser-1', event: 'Product Added', timestamp,
  properties: {product_id: 'p-1', price: 49.9, quantity: 2, currency: 'USD'},
})
analytics.identify({userId: 'user-1', anonymousId: 'browser-1', traits: {email: 'one@example.com'}})
analytics.group({userId: 'user-1', groupId: 'company-1', traits: {plan: 'gold'}})
analytics.alias({userId: 'user-1', previousId: 'user-0'})
analytics.screen({userId: 'user-1', name: 'Home'})
analytics.track({
  userId: 'user-1', event: 'Order Completed',
  properties: {order_id: 'order-1', revenue: 99.8, currency: 'USD'},
})
// The same order again, as a client that crashed after sending it would.
analytics.track({
  userId: 'user-1', event: 'Order Completed',
  properties: {order_id: 'order-1', revenue: 99.8, currency: 'USD'},
})
await analytics.closeAndFlush()
for (const error of errors) console.error(error)
process.exitCode = errors.length === 0 ? 0 : 1

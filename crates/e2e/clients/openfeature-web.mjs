// OpenFeature's OFREP provider for browsers, unchanged, as a shop's page uses it.
//
// Standard input is {"server", "key", "flags": [..], "contexts": [..]}. For each context standard output tells what the
// page's code would get for each flag, with the default {"default": true}, and that a poll was answered 304; and
// at last what becomes of a page that names nobody.
import {OpenFeature} from '@openfeature/web-sdk'
import {OFREPWebProvider} from '@openfeature/ofrep-web-provider'
import {text} from 'node:stream/consumers'

const {server, key, flags, contexts} = JSON.parse(await text(process.stdin))
const headers = [['X-API-Key', key]]

let onStatus = () => {}
async function watched(request, options) {
  const response = await fetch(request, options)
  onStatus(response.status)
  return response
}
/** Resolves when an answer has this status. */
const answered = (status) =>
  new Promise((resolve) => {
    onStatus = (seen) => {
      if (seen === status) resolve(status)
    }
  })

const provider = new OFREPWebProvider({
  baseUrl: server, headers, pollInterval: 20, cacheMode: 'network-first', fetchImplementation: watched,
})
await OpenFeature.setContext(contexts[0])
await OpenFeature.setProviderAndWait(provider)
const client = OpenFeature.getClient()
const pages = []
for (const context of contexts) {
  await OpenFeature.setContext(context)
  const polled = await answered(304)
  const details = {}
  for (const flag of flags) details[flag] = client.getObjectDetails(flag, {default: true})
  pages.push({details, polled})
}
await OpenFeature.close()

let refused = null
await OpenFeature.setContext('nobody', {page: {path: '/'}})
const nobody = new OFREPWebProvider({baseUrl: server, headers, pollInterval: 0})
await OpenFeature.setProviderAndWait('nobody', nobody).catch((error) => {
  refused = error.message
})
await OpenFeature.close()
console.log(JSON.stringify({pages, refused}))

import { parseArgs } from 'node:util'
import { followEventStream } from './follow-event-stream.ts'
import { followEvents } from './follow-events.ts'

/** Prints what happens to the consents of one user, or of all: `CONSENTGRAPH_API_KEY=... node main.ts [--sse] [externalId]`. */

const url = process.env['CONSENTGRAPH_URL'] ?? 'http://127.0.0.1:4000'
const key = process.env['CONSENTGRAPH_API_KEY']
const { values, positionals } = parseArgs({ options: { sse: { type: 'boolean' } }, allowPositionals: true })
const [externalId] = positionals

if (key === undefined) {
  console.error('Set CONSENTGRAPH_API_KEY to the key that the gateway printed at its start.')
  process.exitCode = 1
} else {
  const follow = values.sse === true ? followEventStream : followEvents
  const following = follow({
    url,
    credential: () => key,
    filter: externalId === undefined ? null : { user: { externalId } },
    onItem: (item) => console.log(JSON.stringify(item)),
  })
  process.once('SIGINT', () => following.stop())
  process.once('SIGTERM', () => following.stop())
  await following.ended
}

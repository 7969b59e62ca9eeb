import { test } from 'vitest'
import { expectStreamsToEnd } from './erased-streams.ts'
import { startGateway } from './gateway-process.ts'

test('the sockets and streams of a user who is being erased are ended, long before the token ends', async () => {
  await using gateway = await startGateway()
  await expectStreamsToEnd(gateway, gateway)
})

import { expect, test } from 'vitest'
import { startGateway } from '../e2e/gateway-process.ts'
import { newPhone, operationsOf } from '../e2e/operations.ts'
import { startReceiver } from '../e2e/webhook-receiver.ts'
import { eventIdsOf, webhookOperationsOf } from '../e2e/webhook-operations.ts'

/** With the embedded store a turn that died with its process is free at the restart, else after 30 s. */
const SENT_AGAIN_WITHIN_MS = 60_000

test('killed while it delivers, it loses no event, and sends what was under way again under the same id', async () => {
  await using receiver = await startReceiver()
  await using first = await startGateway()
  const [steady, slow] = ['/steady', '/slow'].map((path) => receiver.url(path))
  for (const endpointUrl of [steady, slow]) {
    await webhookOperationsOf(first).run('createWebhookEndpoint', { endpointUrl })
  }
  // Taken, and never answered: whether it arrived is not known when the process dies.
  receiver.behave('/slow', () => {})
  await operationsOf(first).begin({ psu: { phone: newPhone() } })
  const [underWay] = await receiver.until('/slow', 1)
  await operationsOf(first).begin({ psu: { phone: newPhone() } })

  await using second = await first.restart('SIGKILL')
  receiver.behave('/slow', (response) => void response.writeHead(204).end())
  await operationsOf(second).begin({ psu: { phone: newPhone() } })
  const ids = (await eventIdsOf(second)).toSorted()
  expect(ids.length).toBeGreaterThan(2)
  for (const path of ['/steady', '/slow']) {
    await expect
      .poll(() => [...new Set(receiver.received(path).map(({ id }) => id))].toSorted(), {
        timeout: SENT_AGAIN_WITHIN_MS,
        interval: 200,
      })
      .toEqual(ids)
  }
  const copies = receiver.received('/slow').filter(({ id }) => id === underWay!.id)
  expect(copies.length).toBeGreaterThanOrEqual(2)
  expect(new Set(copies.map(({ text }) => text))).toEqual(new Set([underWay!.text]))
})

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { DATABASE_FILE } from '../../src/store/embedded/files.ts'
import { sealer, temporaryDirectory } from './directory.ts'
import { newEvent, newWebhookEndpoint, put, settleConsent } from './entities.ts'

test('where the log is given another name, webhook endpoints go on where they were', async () => {
  await using directory = await temporaryDirectory()
  const store = await openEmbeddedStore({ directory: directory.path, sealer })
  const { client, consent } = await settleConsent(store)
  const events = Array.from({ length: 5 }, () => newEvent(consent))
  await put(store, ...events.map((event) => ({ kind: 'event.append', event }) as const))
  const { rows } = await store.events.page('SYSTEM', {}, 10, null)
  const endpoint = newWebhookEndpoint(client.id, { cursor: rows[1]!.cursor })
  await put(store, { kind: 'webhook.insert', endpoint })
  await store.close()

  const database = new DatabaseSync(join(directory.path, DATABASE_FILE))
  database.exec("update meta set value = 'another' where name = 'epoch'")
  database.close()

  const renamed = await openEmbeddedStore({ directory: directory.path, sealer })
  await expect(renamed.events.page('SYSTEM', {}, 10, rows[1]!.cursor)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  const [found] = await renamed.webhooks.byIds('SYSTEM', [endpoint.id])
  const untaken = await renamed.events.untaken(found!, 10)
  expect(untaken.rows.map(({ id }) => id)).toEqual(events.slice(2).map(({ id }) => id))
  await renamed.close()
})

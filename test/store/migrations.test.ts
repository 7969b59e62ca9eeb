import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { DATABASE_FILE } from '../../src/store/embedded/files.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory } from './directory.ts'
import { newClient, put } from './entities.ts'

test('a migration that arrives after later ones is run, and clients of before stay what they were', async () => {
  await using directory = await temporaryDirectory()
  const open = () => openEmbeddedStore({ directory: directory.path, sealer })
  const client = newClient({ returnTo: ['https://acme.example/done'] })
  const first = await open()
  await put(first, { kind: 'client.put', client })
  await first.close()

  const database = new DatabaseSync(join(directory.path, DATABASE_FILE))
  database.exec(`
    drop table former_keys;
    drop index clients_by_age;
    alter table clients drop column key_hint;
    alter table clients drop column disabled_at;
    alter table clients drop column version;
    delete from kysely_migration where name = '0007-clients'`)
  database.close()

  const second = await open()
  expect(await second.clients.byKeyHash(client.keyHash)).toEqual({ ...client, keyHint: null })
  await second.close()
})

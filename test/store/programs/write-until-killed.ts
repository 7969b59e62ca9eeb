/** Commits from eight callers and prints the id of each consent once it is acknowledged. Arguments: directory, client, user. */
import { writeSync } from 'node:fs'
import type { ClientId, UserId } from '../../../src/domain/ids.ts'
import { openEmbeddedStore } from '../../../src/store/embedded/open-embedded-store.ts'
import { sealer } from '../directory.ts'
import { newConsent, newEvent, newUser, next, put } from '../entities.ts'

const [directory = '', clientId, userId] = process.argv.slice(2)
const store = await openEmbeddedStore({ directory, sealer })
const user = newUser(clientId as ClientId, { id: userId as UserId })

/** A pipe may take a part of what is written. */
const print = (line: string): void => {
  const bytes = Buffer.from(`${line}\n`)
  for (let sent = 0; sent < bytes.length;) sent += writeSync(1, bytes, sent)
}

const write = async (): Promise<void> => {
  for (;;) {
    const consent = newConsent(user, { secrets: { jwt: 'x'.repeat(500) } })
    await put(store, { kind: 'consent.insert', consent }, { kind: 'event.append', event: newEvent(consent) })
    const changed = next(consent, { status: 'AUTHORIZED' })
    await put(store, { kind: 'consent.update', consent: changed }, { kind: 'event.append', event: newEvent(changed) })
    print(consent.id)
  }
}
await Promise.all(Array.from({ length: 8 }, write))

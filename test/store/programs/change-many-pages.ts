/**
 * Commits people enough to fill a few hundred pages, then at the same time two changes of most of those pages, one of which meets a
 * conflict at its end; prints all outcomes. Argument: directory.
 */
import type { Write } from '../../../src/domain/store.ts'
import { openEmbeddedStore } from '../../../src/store/embedded/open-embedded-store.ts'
import { sealer } from '../directory.ts'
import { newClient, newUser, put } from '../entities.ts'

const PEOPLE = 4_000

const [directory = ''] = process.argv.slice(2)
const store = await openEmbeddedStore({ directory, sealer })
const client = newClient()
await put(store, { kind: 'client.put', client })

const people = (): Write[] =>
  Array.from({ length: PEOPLE }, () => ({ kind: 'user.insert', user: newUser(client.id) }) as const)
const first = people()
const outcomes = [
  await store.commit(first),
  ...(await Promise.all([store.commit(people()), store.commit([...people(), ...first.slice(0, 1)])])),
]
await store.close()
console.log(JSON.stringify(outcomes))

import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../src/domain/audit.ts'
import { type ConsentId, randomIds } from '../../src/domain/ids.ts'
import type { AuthStep } from '../../src/domain/step.ts'
import type { KeyUsage } from '../../src/domain/sealing.ts'
import type { Store } from '../../src/domain/store.ts'
import { rewrapAll } from '../../src/services/key-rotation.ts'
import type { KeyRing } from '../../src/store/sealing.ts'
import { at, newConsent, newLink, newSession, newUser, newWebhookEndpoint, next, put, settle } from './entities.ts'

/** One database, opened with one ring of keys after another, or with several at once. */
export interface RotatedDatabase {
  open(ring: KeyRing): Promise<Store>
  /** Runs SQL beside the store, whose own handles may be open. */
  tamper(sql: string): Promise<void>
}

const oldKey = { id: 'old', key: randomBytes(32) }
const newKey = { id: 'new', key: randomBytes(32) }
const SECRET = { jwt: 'canary'.repeat(100) }

const STEP: AuthStep = {
  id: randomIds.next('stp'),
  kind: 'REDIRECT',
  ref: 'redirect',
  title: 'Go to the bank',
  instructions: null,
  expiresAt: null,
  fallbackUrl: null,
  url: 'https://bank.example/canary',
  popupAllowed: true,
  iframeAllowed: false,
}

/** Something in every column that is sealed. */
const fill = async (store: Store, count: number) => {
  const { client, user, ofClient } = await settle(store)
  const people = Array.from({ length: count }, () => newUser(client.id))
  const consents = people.map((person) => newConsent(person, { secrets: SECRET }))
  const sessions = consents.map((consent) =>
    newSession(consent, {
      state: SECRET,
      nextStep: STEP,
    }),
  )
  await put(store, ...people.map((one) => ({ kind: 'user.insert' as const, user: one })))
  await put(store, ...consents.map((consent) => ({ kind: 'consent.insert' as const, consent })))
  await put(store, ...sessions.map((session) => ({ kind: 'session.insert' as const, session })))
  const links = people.map((one, index) => newLink(one, { user: { ref: `ref-${one.id}-${index}`, secrets: SECRET } }))
  await put(store, ...links.map((link) => ({ kind: 'link.insert' as const, link })))
  const entries = people.map((person): AuditEntry => ({
    at: at(),
    actor: 'CLIENT',
    action: 'startAuthorization',
    requestId: null,
    clientId: client.id,
    userId: person.id,
    consentId: null,
    changes: [],
    address: { mark: randomBytes(32).toString('hex'), known: { ip: '203.0.113.7', salt: 'salt' } },
  }))
  await put(store, ...entries.map((entry) => ({ kind: 'audit.append' as const, entry })))
  const endpoint = newWebhookEndpoint(client.id)
  await put(store, { kind: 'webhook.insert', endpoint })
  return { client, user, ofClient, people, consents, sessions, links, endpoint, values: 5 * count + 1 }
}
type Filled = Awaited<ReturnType<typeof fill>>

/** Throws where a value does not open. */
const openAll = async (
  store: Store,
  filled: Filled,
  secretOf: (id: ConsentId) => unknown = () => SECRET,
): Promise<void> => {
  const ids = filled.consents.map(({ id }) => id)
  expect((await store.consents.byIds('SYSTEM', ids)).map((one) => one?.secrets)).toEqual(ids.map(secretOf))
  const sessions = await store.sessions.byIds(
    'SYSTEM',
    filled.sessions.map(({ id }) => id),
  )
  expect(sessions.map((one) => [one?.state, one?.nextStep?.kind])).toEqual(ids.map(() => [SECRET, 'REDIRECT']))
  const links = await store.links.byUsers(
    'SYSTEM',
    filled.people.map(({ id }) => id),
  )
  expect(links.flat().map((one) => one.user.secrets)).toEqual(ids.map(() => SECRET))
  const lines = await store.audit.open(1_000)
  expect(lines.map(({ address }) => address?.known?.ip)).toEqual(ids.map(() => '203.0.113.7'))
  const [endpoint] = await store.webhooks.byIds('SYSTEM', [filled.endpoint.id])
  expect(endpoint?.secrets).toEqual(filled.endpoint.secrets)
}

const rowsOf = async (store: Store): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries((await store.keys.usage()).map(({ keyId, rows }: KeyUsage) => [keyId, rows]))

/** @param atOnce whether several processes may have the database open */
export const describeRotation = (
  name: string,
  create: () => Promise<RotatedDatabase & AsyncDisposable>,
  atOnce: boolean,
): void => {
  describe(`keys on ${name}`, () => {
    let stack = new AsyncDisposableStack()
    afterEach(async () => {
      await stack.disposeAsync()
      stack = new AsyncDisposableStack()
    })

    const database = async () => {
      const made = stack.use(await create())
      const open = async (...ring: KeyRing): Promise<Store> => {
        const store = await made.open(ring)
        stack.defer(() => store.close())
        return store
      }
      return { open, tamper: made.tamper }
    }

    test('are changed with everything that is sealed, and the old one may then go', async () => {
      const { open } = await database()
      const before = await open(oldKey)
      const filled = await fill(before, 30)
      expect(await before.keys.usage()).toEqual([{ keyId: 'old', rows: filled.values, state: 'CURRENT' }])
      await before.close()

      const both = await open(newKey, oldKey)
      await openAll(both, filled)
      expect(await both.keys.usage()).toEqual([
        { keyId: 'new', rows: 0, state: 'CURRENT' },
        { keyId: 'old', rows: filled.values, state: 'OLDER' },
      ])
      await both.close()
      const refusal = `still sealed with key "old" (${filled.values})`
      await expect(open(newKey)).rejects.toMatchObject({
        code: 'INTERNAL',
        retryable: false,
        message: expect.stringContaining(refusal),
      })

      const again = await open(newKey, oldKey)
      expect(await rewrapAll(again.keys, { batchRows: 7 })).toEqual({ moved: filled.values, unreadable: 0, left: 0 })
      expect(await rowsOf(again)).toEqual({ new: filled.values, old: 0 })
      expect(await rewrapAll(again.keys)).toEqual({ moved: 0, unreadable: 0, left: 0 })
      await openAll(again, filled)
      await again.close()

      const after = await open(newKey)
      expect(await after.keys.usage()).toEqual([{ keyId: 'new', rows: filled.values, state: 'CURRENT' }])
      await openAll(after, filled)
    })

    test('that sealed nothing may go without more', async () => {
      const { open } = await database()
      await (await open(oldKey)).close()
      await (await open(newKey, oldKey)).close()
      expect(await rowsOf(await open(newKey))).toEqual({ new: 0 })
    })

    test('are changed further after an end in the midst of it', async () => {
      const { open } = await database()
      const before = await open(oldKey)
      const filled = await fill(before, 30)
      await before.close()
      const cut = await open(newKey, oldKey)
      for await (const { moved } of cut.keys.rewrap(10)) {
        expect(moved).toBe(10)
        break
      }
      expect(await rowsOf(cut)).toEqual({ new: 10, old: filled.values - 10 })
      await cut.close()
      const both = await open(newKey, oldKey)
      await openAll(both, filled)
      expect(await rewrapAll(both.keys)).toMatchObject({ moved: filled.values - 10, left: 0 })
      await openAll(both, filled)
    })

    test('leave what cannot be opened, and say how much that is', async () => {
      const { open, tamper } = await database()
      const before = await open(oldKey)
      const filled = await fill(before, 3)
      const [damaged, lost] = filled.consents
      await tamper(
        `update consents set secrets = substr(secrets, 1, 10) || 'AAAA' || substr(secrets, 15) where id = '${damaged!.id}'`,
      )
      await tamper(`update consents set secrets = 's1.gone.' || substr(secrets, 8) where id = '${lost!.id}'`)
      await before.close()
      const both = await open(newKey, oldKey)
      expect(await rewrapAll(both.keys)).toEqual({ moved: filled.values - 2, unreadable: 2, left: 1 })
      expect(await both.keys.usage()).toEqual([
        { keyId: 'new', rows: filled.values - 2, state: 'CURRENT' },
        { keyId: 'old', rows: 1, state: 'OLDER' },
        { keyId: 'gone', rows: 1, state: 'MISSING' },
      ])
    })

    test(
      'are changed under load: everything opens at each moment, and nothing is left',
      { timeout: 60_000 },
      async () => {
        const { open } = await database()
        const first = await open(oldKey, newKey)
        const filled = await fill(first, 60)
        if (!atOnce) await first.close()
        const second = await open(newKey, oldKey)
        const stores = atOnce ? [first, second] : [second]
        const versions = new Map(filled.consents.map((consent) => [consent.id, consent]))
        const stop = new AbortController()
        let turns = 0
        let written = 0

        /** Reads everything, and changes one consent after another, as requests do. */
        const work = async (store: Store): Promise<void> => {
          const mine = filled.consents.filter((_, index) => index % stores.length === stores.indexOf(store))
          for (let turn = 0; !stop.signal.aborted; turn += 1) {
            await openAll(store, filled, () => expect.anything())
            const id = mine[turn % mine.length]!.id
            const consent = next(versions.get(id)!, { secrets: { jwt: `canary ${turn}` } })
            const outcome = await store.commit([{ kind: 'consent.update', consent }])
            expect(outcome).toEqual({ committed: true })
            versions.set(id, consent)
            written += 1
            turns += 1
          }
        }
        const working = stores.map(work)
        await expect.poll(() => turns, { timeout: 20_000 }).toBeGreaterThan(10)
        let moved = 0
        for (let pass = 0; pass < 5; pass += 1) {
          for await (const batch of second.keys.rewrap(5)) {
            expect(batch.unreadable).toBe(0)
            moved += batch.moved
          }
        }
        stop.abort()
        await Promise.all(working)
        expect(written).toBeGreaterThan(10)
        expect(moved).toBeGreaterThan(filled.values / 2)
        // What a process that still sealed with the old key wrote last, once it has ended.
        if (atOnce) await first.close()
        expect(await rewrapAll(second.keys)).toMatchObject({ unreadable: 0, left: 0 })
        expect(await rowsOf(second)).toEqual({ new: filled.values, old: 0 })
        await second.close()
        await openAll(await open(newKey), filled, (id) => versions.get(id)?.secrets)
      },
    )
  })
}

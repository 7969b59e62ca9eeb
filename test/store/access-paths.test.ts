import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Scope, Store, Write } from '../../src/domain/store.ts'
import { openEmbeddedEngine } from '../../src/store/embedded/engine.ts'
import type { Engine, Statement } from '../../src/store/engine.ts'
import { createStore } from '../../src/store/store.ts'
import { sealer, temporaryDirectory, type TemporaryDirectory } from './directory.ts'
import {
  at,
  newClient,
  newConsent,
  newErasure,
  newEvent,
  newObservation,
  newRecord,
  newSession,
  newUser,
  newWebhookDelivery,
  newWebhookEndpoint,
  newWebhookMessage,
  next,
} from './entities.ts'

const ofClient: Scope = { clientId: 'cli_1', userId: null }
const ofUser: Scope = { clientId: 'cli_1', userId: 'usr_1' }
const first = { first: 20, after: null } as const
const later = { first: 20, after: { at: at(), id: 'x_1' } } as const

const reads: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  'client by id': ({ clients }) => clients.byId('cli_1'),
  'client by key': ({ clients }) => clients.byKeyHash('hash'),
  'clients by id': ({ clients }) => clients.byIds(['cli_1', 'cli_2']),
  'client with a user': ({ clients }) => clients.withUser('cli_1', { userId: 'usr_1' }),
  'client with a user by external id': ({ clients }) => clients.withUser('cli_1', { externalId: 'anna' }),
  'clients, later page': ({ clients }) => clients.page(later),
  'former key': ({ clients }) => clients.formerKey('hash'),
  'former keys of a client': ({ clients }) => clients.formerKeys('cli_1'),
  'users by id': ({ users }) => users.byIds(ofClient, ['usr_1', 'usr_2', 'usr_3']),
  'users by external id': ({ users }) => users.byExternalIds(ofClient, ['anna', 'bert']),
  'users erased since': ({ users }) => users.erasedSince(at()),
  'users, first page': ({ users }) => users.page(ofClient, first),
  'users, later page': ({ users }) => users.page(ofClient, later),
  'all users': ({ users }) => users.page('SYSTEM', later),
  'number of users': ({ users }) => users.count(ofClient),
  links: ({ links }) => links.byUsers(ofUser, ['usr_1', 'usr_2']),
  'link by its name at the provider': ({ links }) => links.byRef('FISKIL', 'ref'),
  'consents by id': ({ consents }) => consents.byIds(ofUser, ['con_1', 'con_2']),
  'consents of a client': ({ consents }) => consents.page(ofClient, {}, later),
  'consents of a user': ({ consents }) =>
    consents.page(ofUser, { provider: ['FISKIL'], status: ['AUTHORIZED'] }, later),
  'consents of a user, asked by the client': ({ consents }) => consents.page(ofClient, { userId: 'usr_1' }, first),
  'number of consents': ({ consents }) => consents.count(ofClient, { userId: 'usr_1' }),
  'all consents': ({ consents }) => consents.page('SYSTEM', {}, later),
  'consents by the id at the provider': ({ consents }) => consents.byProviderConsentIds('FISKIL', ['a', 'b']),
  'sessions by id': ({ sessions }) => sessions.byIds(ofUser, ['aus_1', 'aus_2']),
  'sessions of a user': ({ sessions }) => sessions.pageOfUser(ofClient, 'usr_1', later),
  'number of sessions': ({ sessions }) => sessions.countOfUser(ofClient, 'usr_1'),
  'session by state': ({ sessions }) => sessions.byStateHash('hash'),
  observations: ({ observations }) => observations.page(ofUser, 'con_1', 20, 5),
  'events of a client': ({ events }) => events.page(ofClient, {}, 20, null),
  'events of a user': ({ events }) => events.page(ofUser, {}, 20, null),
  'events of a user, asked by the client': ({ events }) => events.page(ofClient, { userId: 'usr_1' }, 20, null),
  'events of a consent': ({ events }) => events.page(ofUser, { consentId: 'con_1' }, 20, null),
  'all events': ({ events }) => events.page('SYSTEM', {}, 20, null),
  'newest event': ({ events }) => events.head(),
  'webhook endpoints by id': ({ webhooks }) => webhooks.byIds(ofClient, ['whe_1', 'whe_2']),
  'webhook endpoints': ({ webhooks }) => webhooks.page(ofClient, later),
  'webhook endpoint by address': ({ webhooks }) => webhooks.byUrl(ofClient, 'https://app.example/'),
  'consents that name an endpoint': ({ webhooks }) => webhooks.naming('whe_1', ['con_1', 'con_2']),
  'webhook endpoints that are on': ({ webhooks }) => webhooks.activeOf('cli_1'),
  'webhook deliveries': ({ webhooks }) => webhooks.deliveries(ofClient, 'whe_1', later),
  'webhook messages': ({ webhooks }) => webhooks.waiting('whe_1', 8),
  'idempotency key': ({ idempotency }) => idempotency.find(newRecord('cli_1', null)),
}

const user = newUser('cli_1')
const consent = newConsent(user)
const session = newSession(consent)
const endpoint = newWebhookEndpoint('cli_1')
const message = newWebhookMessage(endpoint)
const delivery = newWebhookDelivery(message)
const { id: endpointId, cursor } = endpoint
const job = { kind: 'REVOKE', subject: 'con_1' } as const

const writes: readonly Write[] = [
  { kind: 'client.update', client: next(newClient()) },
  { kind: 'formerKeys.drop', clientId: 'cli_1', before: at() },
  { kind: 'user.erase', clientId: 'cli_1', userId: 'usr_1', at: at(), erasure: newErasure() },
  { kind: 'consent.update', consent: next(consent) },
  { kind: 'consent.seen', consentId: 'con_1', at: at() },
  { kind: 'session.update', session: next(session) },
  { kind: 'observation.append', observation: newObservation('con_1') },
  { kind: 'event.append', event: newEvent(consent) },
  { kind: 'job.schedule', job, dueAt: at() },
  { kind: 'job.drop', job },
  { kind: 'job.finish', job, fence: 1, again: null },
  { kind: 'job.hasten', job, dueAt: at() },
  { kind: 'job.renew', job, fence: 1, leaseMs: 1 },
  { kind: 'webhook.update', endpoint: next(endpoint) },
  { kind: 'webhook.skip', endpointId, to: cursor },
  { kind: 'webhook.take', endpointId, from: cursor, to: cursor, messages: [message] },
  { kind: 'webhook.attempted', delivery },
  { kind: 'webhook.attempted', delivery: { ...delivery, nextAttemptAt: at() } },
  { kind: 'webhook.discard', endpointId },
  { kind: 'job.ensure', job, dueAt: at() },
]

describe('the statements of the store', () => {
  let directory: TemporaryDirectory
  let engine: Engine
  let store: Store
  let seen: Statement[] = []

  beforeAll(async () => {
    directory = await temporaryDirectory()
    engine = await openEmbeddedEngine({ directory: directory.path, lockWaitMs: 0 })
    store = await createStore(
      {
        ...engine,
        query: (statement) => {
          seen.push(statement)
          return engine.query(statement)
        },
        look: (statement) => {
          seen.push(statement)
          return engine.look(statement)
        },
        batch: (statements) => {
          seen.push(...statements)
          return engine.batch(statements)
        },
      },
      sealer,
    )
  })
  afterAll(async () => {
    await engine.close()
    await directory[Symbol.asyncDispose]()
  })

  const plansOf = async (run: () => Promise<unknown>): Promise<readonly string[]> => {
    seen = []
    await run()
    const plans = await Promise.all(
      seen.map(({ sql, parameters }) => engine.query({ sql: `explain query plan ${sql}`, parameters })),
    )
    return plans.flat().map((row) => String(row[3]))
  }
  /** A table or an index read from one end to the other; what was chosen as due is a list of few. */
  const isWalk = (step: string): boolean => /^SCAN (?!CONSTANT|due$)/.test(step)
  const isSort = (step: string): boolean => step.includes('TEMP B-TREE')

  test.each(Object.entries(reads))('read %s by an index, in its order', async (name, read) => {
    const plan = await plansOf(() => read(store))
    expect(plan.length).toBeGreaterThan(0)
    expect(plan.filter(isWalk)).toEqual([])
    // The rows of one consent at its provider are few.
    if (name !== 'consents by the id at the provider') expect(plan.filter(isSort)).toEqual([])
  })

  test.each(writes)('write $kind by an index', async (write) => {
    const plan = await plansOf(() => store.commit([write]).catch(() => undefined))
    expect(plan.filter((step) => isWalk(step) || isSort(step))).toEqual([])
  })

  const charge = { bucket: 'userStarts usr_1', count: 1, limit: 1, windowMs: 60_000 }
  test.each(Object.entries({ charge: () => store.rates.charge(charge), sweep: () => store.rates.sweep() }))(
    'rates.%s by an index',
    async (_name, run) => {
      const plan = await plansOf(async () => {
        await run()
        await run()
      })
      expect(plan.filter((step) => isWalk(step) || isSort(step))).toEqual([])
    },
  )

  test('hasten looks by an index', async () => {
    const of = { consents: ['con_1', 'con_2', 'con_3'], users: ['usr_1'] } as const
    const plan = await plansOf(() => store.jobs.hastenPolls(of, at()))
    expect(plan.filter(isWalk)).toEqual([])
  })

  test.each([
    { providers: [], places: [] },
    { providers: ['FISKIL'], places: [{ provider: 'INSURELY', institutionRef: null }] },
  ] as const)('claim jobs by an index, except for %j', async (except) => {
    const plan = await plansOf(() =>
      store.jobs.claim({ kinds: ['REVOKE', 'EXPIRE_CONSENT'], dueBefore: at(), leaseMs: 1, limit: 5, except }),
    )
    // What is due, of several kinds, is sorted: few rows.
    expect(plan.filter(isWalk)).toEqual([])
  })
})

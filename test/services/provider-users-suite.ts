import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/domain/clock.ts'
import type { Store } from '../../src/domain/store.ts'
import { createEnsureProviderUser } from '../../src/services/authorization/provider-users.ts'
import type { StoreHarness } from '../contract/store-suite.ts'
import { calling, startConnector } from '../providers/fiskil/harness.ts'
import { settle } from '../store/entities.ts'

/** What one replica and another do at once, over one store and the real connector against its simulator. */
const openScene = async (store: Store) => {
  const harness = await startConnector()
  const { connector, sandbox } = harness
  const { user } = await settle(store)
  const reports: object[] = []
  const openReplica = () => {
    const ensure = createEnsureProviderUser({
      store,
      clock: systemClock,
      report: (event, facts) => reports.push({ event, ...facts }),
    })
    return () => ensure(connector, user, calling())
  }
  // The harness has a user of its own.
  const before = sandbox.ledger.count('end-user.created')
  return {
    sandbox,
    reports,
    replicas: [openReplica(), openReplica(), openReplica()] as const,
    made: () => sandbox.ledger.entries('end-user.created').slice(before),
    forgotten: () => sandbox.ledger.entries('end-user.deleted'),
    linked: async () => (await store.links.byUsers('SYSTEM', [user.id]))[0]!.map((link) => link.user),
    [Symbol.asyncDispose]: harness[Symbol.asyncDispose],
  }
}

/** Every replica has looked before any has made one: the reply of each waits for all. */
const DELAY = { kind: 'delay', delayMs: 150, match: 'POST /v1/end-users', times: 3 } as const

export const describeProviderUsers = (name: string, open: () => Promise<StoreHarness>): void => {
  describe(`first starts of one person on several replicas, over ${name}`, () => {
    test('go on with one user at the provider; the others are forgotten there, and reported', async () => {
      await using opened = await open()
      await using scene = await openScene(opened.store)
      scene.sandbox.faults.next(DELAY)
      const users = await Promise.all(scene.replicas.map((ensure) => ensure()))
      const [kept] = await scene.linked()
      expect(users).toEqual([kept, kept, kept])
      expect(scene.made()).toHaveLength(3)
      const orphans = scene.made().flatMap(({ ids }) => (ids['endUserId'] === kept?.ref ? [] : ids['endUserId']!))
      expect(orphans).toHaveLength(2)
      expect(new Set(scene.forgotten().map(({ ids }) => ids['endUserId']))).toEqual(new Set(orphans))
      const report = { event: 'provider.user.orphaned', provider: 'FISKIL', forgotten: true }
      expect(scene.reports).toMatchObject([report, report])
    })

    test('go on too where the provider does not forget, which is reported', async () => {
      await using opened = await open()
      await using scene = await openScene(opened.store)
      const [one, two] = scene.replicas
      scene.sandbox.faults.next({ ...DELAY, times: 2 })
      scene.sandbox.faults.next({ kind: 'status', status: 400, match: 'DELETE /v1/end-users/:endUserId', times: 9 })
      const users = await Promise.all([one(), two()])
      const [kept] = await scene.linked()
      expect(users).toEqual([kept, kept])
      expect(scene.forgotten()).toEqual([])
      expect(scene.reports).toMatchObject([{ event: 'provider.user.orphaned', forgotten: false }])
    })

    test('make no second user when one is known', async () => {
      await using opened = await open()
      await using scene = await openScene(opened.store)
      const [one, two] = scene.replicas
      const first = await one()
      expect([await two(), await one()]).toEqual([first, first])
      expect(scene.made()).toHaveLength(1)
    })
  })
}

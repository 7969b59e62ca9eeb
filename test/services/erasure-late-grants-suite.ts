import { describe, expect, test } from 'vitest'
import type { StoreHarness } from '../contract/store-suite.ts'
import { type Begun, type ErasureScene, MINUTE_MS, openErasureScene } from './erasure-scene.ts'

/** Longer than any wait between two looks, and shorter than hours. */
const SOON_MS = 15_000
/** For what is due at once. */
const NOW_MS = 500

/** A code that comes, and whose exchange the bank answers when it is told to. */
const holdExchange = (scene: ErasureScene, begun: Begun) => {
  const begins = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  scene.whileExchanging(() => {
    begins.resolve()
    return gate.promise
  })
  let callback: Promise<void> = Promise.resolve()
  return {
    begin: () => {
      callback = scene.comeBack(begun)
      return begins.promise
    },
    end: () => {
      gate.resolve()
      return callback
    },
  }
}

/** A code may come until just now, and has not; the next look would be the last. */
const waitInVain = async (scene: ErasureScene): Promise<Begun> => {
  const begun = await scene.begin('ENABLE_BANKING', 10)
  await scene.request()
  await scene.proceed()
  scene.clock.advance(11 * MINUTE_MS)
  return begun
}

/** After a look that must not have been the last: the next is, once the bank has confirmed. */
const expectTakenBack = async (scene: ErasureScene, begun: Begun): Promise<void> => {
  expect(await scene.read()).toMatchObject({ erasedAt: null })
  await scene.takeBack(begun)
  await scene.proceed()
  expect(await scene.read()).toMatchObject({ erasedAt: expect.any(Date) as Date })
  expect(await scene.outcomeOf(begun)).toBe('TAKEN_BACK')
}

export const describeLateGrants = (name: string, open: () => Promise<StoreHarness>): void => {
  describe(`an erasure and who is still at the bank, over ${name}`, () => {
    test('keeps the user at a provider for as long as a grant of it may come, and forgets it then', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.link()
      const begun = await scene.begin('FISKIL', 10)
      await scene.request()
      expect(await scene.proceed()).not.toBeNull()
      expect(await scene.read()).toMatchObject({ externalId: null, erasedAt: null })
      expect(scene.asked).toEqual([])
      expect(await scene.linked()).toEqual(['FISKIL'])
      expect(await scene.erasure()).toMatchObject({ providers: [{ provider: 'FISKIL', state: 'IN_PROGRESS' }] })

      // Neither can be seen nor taken back without the provider's user.
      await scene.comeBack(begun)
      await scene.takeBack(begun)
      expect(scene.fiskil.sandbox.ledger.count('consent.granted')).toBe(1)
      expect(scene.fiskil.sandbox.ledger.count('consent.revoked')).toBe(1)
      // It has waited for just this: it looks at once.
      await scene.proceed(NOW_MS)
      expect(scene.asked).toEqual([scene.fiskil.user])
      expect(await scene.linked()).toEqual([])
      expect(await scene.read()).toMatchObject({ erasedAt: expect.any(Date) as Date })
      expect(await scene.erasure()).toMatchObject({ providers: [{ provider: 'FISKIL', state: 'COMPLETED' }] })
      expect(await scene.outcomeOf(begun)).toBe('TAKEN_BACK')
    })

    test('has the user forgotten where nothing may come, though it waits for another bank', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.link()
      const begun = await scene.begin('ENABLE_BANKING', 10)
      await scene.request()
      await scene.proceed()
      expect(scene.asked).toEqual([scene.fiskil.user])
      expect(await scene.linked()).toEqual([])
      expect(await scene.erasure()).toMatchObject({ completedAt: null })
      expect(await scene.outcomeOf(begun)).toBeNull()
    })

    test('is not over while a code is exchanged that came when it was looked at last', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.link()
      const begun = await scene.begin('ENABLE_BANKING', 10)
      scene.fiskil.sandbox.faults.next({
        kind: 'status',
        status: 503,
        match: 'DELETE /v1/end-users/:endUserId',
        times: 9,
      })
      await scene.request()
      await scene.proceed()
      scene.fiskil.sandbox.faults.clear()
      scene.clock.advance(11 * MINUTE_MS)

      // Its time was over as the look began; the bank answers after it.
      const exchange = holdExchange(scene, begun)
      scene.whileForgetting(exchange.begin)
      await scene.proceed()
      await exchange.end()
      await expectTakenBack(scene, begun)
      expect(scene.banking.sandbox.ledger.count('session.closed')).toBe(1)
      expect(await scene.consentOf(begun)).toMatchObject({ access: null, secrets: null })
    })

    test('is decided anew where a code comes between the last look and what it commits', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      const begun = await waitInVain(scene)
      scene.before('user.erase', () => scene.comeBack(begun))
      await scene.proceed()
      await expectTakenBack(scene, begun)
    })

    test('is not over where a code is exchanged between what the last look reads', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      const begun = await waitInVain(scene)
      const exchange = holdExchange(scene, begun)
      scene.afterReads(4, exchange.begin)
      scene.afterReads(5, exchange.end)
      await scene.proceed()
      await expectTakenBack(scene, begun)
    })

    test('is not over where the clock was put back after its first look', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.link()
      const begun = await scene.begin('ENABLE_BANKING', 10)
      await scene.request()
      scene.clock.advance(11 * MINUTE_MS)
      scene.whileForgetting(() => Promise.resolve(scene.clock.advance(-5 * MINUTE_MS)))
      await scene.proceed()
      expect(await scene.read()).toMatchObject({ externalId: null, erasedAt: null })
      expect(await scene.outcomeOf(begun)).toBeNull()
    })

    test('remembers that an answer was lost when nothing here says so any more', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      const lost = await scene.begin('ENABLE_BANKING', 10)
      const waiting = await scene.begin('ENABLE_BANKING', 20)
      await scene.request()
      await scene.proceed()
      scene.banking.sandbox.faults.next({ kind: 'reset-after-effect', match: 'POST /sessions', times: 9 })
      await scene.comeBack(lost)
      scene.banking.sandbox.faults.clear()
      scene.clock.advance(11 * MINUTE_MS)
      await scene.proceed()
      expect([await scene.outcomeOf(lost), await scene.outcomeOf(waiting)]).toEqual(['UNKNOWN', null])
      const [scrubbed] = await opened.store.sessions.byIds('SYSTEM', [lost.session.id])
      expect(scrubbed).toMatchObject({ problem: null, state: {} })
      scene.clock.advance(10 * MINUTE_MS)
      await scene.proceed()
      expect(await scene.read()).toMatchObject({ erasedAt: expect.any(Date) as Date })
      expect([await scene.outcomeOf(lost), await scene.outcomeOf(waiting)]).toEqual(['UNKNOWN', 'NONE_CAME'])
    })

    test('looks again at the end of the last that it waits for, and keeps what only that needs', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.link()
      const [short, long] = [await scene.begin('FISKIL', 1), await scene.begin('ENABLE_BANKING', 30)]
      await scene.request()
      expect((await scene.proceed())?.dueInMs).toBeLessThan(SOON_MS)
      expect(await scene.linked()).toEqual(['FISKIL'])
      scene.clock.advance(2 * MINUTE_MS)
      await scene.proceed()
      expect(await scene.linked()).toEqual([])
      expect([await scene.outcomeOf(short), await scene.outcomeOf(long)]).toEqual(['NONE_CAME', null])
      const [over, kept] = await opened.store.sessions.byIds('SYSTEM', [short.session.id, long.session.id])
      expect(over).toMatchObject({ state: {}, returnTo: null })
      expect(Object.keys(kept!.state)).not.toEqual([])
      expect(kept).toMatchObject({ returnTo: null })
      await scene.comeBack(long)
      await scene.takeBack(long)
      expect(await scene.proceed()).toBeNull()
      expect(await scene.outcomeOf(long)).toBe('TAKEN_BACK')
    })

    test.each(['FISKIL', 'ENABLE_BANKING'] as const)(
      'is over for a code that comes after it, from %s: that is answered, and changes nothing',
      async (provider) => {
        await using opened = await open()
        await using scene = await openErasureScene(opened.store)
        const begun = await scene.begin(provider, 10)
        await scene.request()
        scene.clock.advance(11 * MINUTE_MS)
        expect(await scene.proceed()).toBeNull()
        const commits = scene.commits.length
        await scene.comeBack(begun)
        expect(scene.commits).toHaveLength(commits)
        const [session] = await opened.store.sessions.byIds('SYSTEM', [begun.session.id])
        expect(session).toMatchObject({ status: 'CANCELLED', inFlight: null, state: {} })
        expect(scene.banking.sandbox.ledger.count('session.authorized')).toBe(0)
      },
    )

    test('looks again at that end, where it is near', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.begin('ENABLE_BANKING', 0.05)
      await scene.request()
      expect((await scene.proceed())?.dueInMs).toBeLessThanOrEqual(0.05 * MINUTE_MS)
    })
  })
}

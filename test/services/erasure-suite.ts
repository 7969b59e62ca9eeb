import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../src/domain/errors.ts'
import { nothingToRevoke } from '../../src/domain/observe.ts'
import type { StoreHarness } from '../contract/store-suite.ts'
import { newConsent, newSession, put } from '../store/entities.ts'
import { MINUTE_MS, openErasureScene } from './erasure-scene.ts'

/** Longer than any wait between two looks, and shorter than hours. */
const SOON_MS = 15_000
/** For what is due at once. */
const NOW_MS = 500
const HOUR_MS = 3_600_000
/** Of Fiskil, to forget a user. */
const REFUSAL = { kind: 'status', status: 400, match: 'DELETE /v1/end-users/:endUserId', times: 9 } as const

export const describeErasures = (name: string, open: () => Promise<StoreHarness>): void => {
  describe(`an erasure, over ${name}`, () => {
    test('writes nothing while nothing changes', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.begin('ENABLE_BANKING', 10)
      const pending = newConsent(scene.user, {
        provider: 'FISKIL',
        status: 'REVOKED',
        providerConsentId: crypto.randomUUID(),
        revocation: { ...nothingToRevoke(scene.clock.now()), state: 'PROVIDER_PENDING', confirmedAt: null },
      })
      await put(opened.store, { kind: 'consent.insert', consent: pending })
      const notes = () => scene.commits.flat().filter(({ kind }) => kind !== 'job.finish').length
      await scene.request()
      await scene.proceed()
      const known = notes()
      for (const _ of [1, 2, 3]) await scene.proceed()
      const commits = scene.commits.length
      await scene.request()
      expect(scene.commits).toHaveLength(commits)
      expect(notes()).toBe(known)
      const confirmed = { ...pending, revocation: nothingToRevoke(scene.clock.now()), version: 2 }
      await put(opened.store, { kind: 'consent.update', consent: confirmed })
      await scene.proceed()
      const emptied = notes()
      expect(emptied).toBeGreaterThan(known)
      for (const _ of [1, 2, 3]) await scene.proceed()
      expect(notes()).toBe(emptied)
    })

    test('waits for each revocation, and hours for those that a person must look at', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.link()
      const revocation = { ...nothingToRevoke(scene.clock.now()), attempts: 1, confirmedAt: null }
      const of = (state: 'PROVIDER_PENDING' | 'NEEDS_ATTENTION') =>
        newConsent(scene.user, {
          provider: 'FISKIL',
          status: 'REVOKED',
          providerConsentId: crypto.randomUUID(),
          revocation: { ...revocation, state },
        })
      const [pending, stuck] = [of('PROVIDER_PENDING'), of('NEEDS_ATTENTION')]
      const confirm = (consent: typeof pending) =>
        put(opened.store, {
          kind: 'consent.update',
          consent: { ...consent, revocation: nothingToRevoke(scene.clock.now()), version: consent.version + 1 },
        })
      await put(opened.store, { kind: 'consent.insert', consent: pending }, { kind: 'consent.insert', consent: stuck })
      await scene.request()
      expect((await scene.proceed())?.dueInMs).toBeLessThan(SOON_MS)
      await confirm(pending)
      expect((await scene.proceed())?.dueInMs).toBeGreaterThan(HOUR_MS)
      expect(await scene.erasure()).toMatchObject({ stuckConsents: 1, completedAt: null })
      expect(scene.asked).toEqual([])
      // Asked for again, the bank is told again now.
      await scene.request()
      expect(await scene.consentOf({ consent: stuck })).toMatchObject({ revocation: { state: 'PROVIDER_PENDING' } })
      expect(await scene.erasure()).toMatchObject({ stuckConsents: 0 })
      expect((await scene.proceed(NOW_MS))?.dueInMs).toBeLessThan(SOON_MS)
      await confirm(await scene.consentOf({ consent: stuck }))
      expect(await scene.proceed()).toBeNull()
      expect(await scene.erasure()).toMatchObject({ stuckConsents: 0, completedAt: expect.any(Date) as Date })
    })

    test('lets nothing begin for its person, nor who had looked them up before', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.request()
      expect(await scene.createAgain()).toMatchObject({ userErrors: [{ code: 'STATE_CONFLICT' }] })
      await expect(scene.start()).rejects.toMatchObject({ code: 'STATE_CONFLICT' })
      expect(await opened.store.consents.count('SYSTEM', { userId: scene.user.id })).toBe(0)
    })

    test('lets no provider be asked by a start that is stored just as it begins', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      const asked = scene.fiskil.watch()
      scene.before('consent.insert', scene.request)
      expect(await scene.start()).toMatchObject([{ code: 'STATE_CONFLICT' }])
      expect(asked).toEqual([])
      expect(await scene.proceed()).toBeNull()
      expect(await opened.store.consents.count('SYSTEM', { userId: scene.user.id, status: ['FAILED'] })).toBe(1)
    })

    test('looks again soon while a call to a provider is under way', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      const consent = newConsent(scene.user, { provider: 'FISKIL', status: 'FAILED' })
      const session = newSession(consent, { status: 'CANCELLED', inFlight: 'START' })
      await put(opened.store, { kind: 'consent.insert', consent }, { kind: 'session.insert', session })
      await scene.request()
      expect((await scene.proceed())?.dueInMs).toBeLessThan(SOON_MS)
      const settled = { ...session, inFlight: null, version: session.version + 1 }
      await put(opened.store, { kind: 'session.update', session: settled })
      expect(await scene.proceed()).toBeNull()
    })

    test('empties what a person has, however much it is', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      const consents = Array.from({ length: 101 }, () =>
        newConsent(scene.user, { provider: 'ENABLE_BANKING', status: 'AUTHORIZED', secrets: { token: 'of anna' } }),
      )
      const sessions = consents.map((consent) =>
        newSession(consent, { status: 'COMPLETED', returnTo: { success: 'https://app.example/anna', cancel: null } }),
      )
      await put(
        opened.store,
        ...consents.map((consent) => ({ kind: 'consent.insert', consent }) as const),
        ...sessions.map((session) => ({ kind: 'session.insert', session }) as const),
      )
      await scene.request()
      const read = () =>
        opened.store.consents.byIds(
          'SYSTEM',
          consents.map(({ id }) => id),
        )
      // At once: the rest may wait for banks.
      expect((await read()).filter((one) => one?.status !== 'REVOKED')).toEqual([])
      await scene.proceed()
      expect(await scene.read()).toMatchObject({ erasedAt: expect.any(Date) as Date })
      expect((await read()).filter((one) => one?.secrets !== null)).toEqual([])
      const left = await opened.store.sessions.byIds(
        'SYSTEM',
        sessions.map(({ id }) => id),
      )
      expect(left.filter((one) => one?.returnTo !== null)).toEqual([])
    })

    test('has a user forgotten that a start under way has made', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.request()
      await scene.link()
      expect(await scene.erasure()).toMatchObject({ providers: [] })
      expect(await scene.proceed()).toBeNull()
      expect(scene.asked).toEqual([scene.fiskil.user])
      expect(await scene.erasure()).toMatchObject({ providers: [{ provider: 'FISKIL', state: 'COMPLETED' }] })
    })

    test.each(['BEFORE', 'AFTER'])(
      'has it forgotten where the wait for its grant ends between two looks, linked %s it began',
      async (when) => {
        await using opened = await open()
        await using scene = await openErasureScene(opened.store)
        if (when === 'BEFORE') await scene.link()
        await scene.request()
        if (when === 'AFTER') await scene.link()
        await scene.begin('FISKIL', 10)
        scene.afterReads(4, () => Promise.resolve(scene.clock.advance(11 * MINUTE_MS)))
        expect(await scene.proceed()).not.toBeNull()
        expect(await scene.linked()).toEqual(['FISKIL'])
        expect(await scene.proceed()).toBeNull()
        expect(scene.asked).toEqual([scene.fiskil.user])
      },
    )

    test('asks each provider until it has forgotten, and once more never; one that cannot is told', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      const { fiskil, banking } = scene.connectors
      const refuses = { ...banking, forgetUser: () => Promise.reject(new GatewayError('PROVIDER_UNAVAILABLE')) }
      scene.configure(fiskil, refuses)
      await scene.link('FISKIL')
      await scene.link('ENABLE_BANKING')
      await scene.request()
      for (const _ of [1, 2, 3]) await scene.proceed()
      expect(scene.asked).toHaveLength(1)
      expect((await scene.erasure()).providers).toContainEqual(
        expect.objectContaining({ provider: 'ENABLE_BANKING', state: 'IN_PROGRESS', tries: 3 }),
      )
      scene.configure(fiskil, banking)
      expect(await scene.proceed()).toBeNull()
      expect(scene.asked).toHaveLength(1)
      expect((await scene.erasure()).providers).toContainEqual(
        expect.objectContaining({ provider: 'ENABLE_BANKING', state: 'NOT_SUPPORTED', lastProblem: null }),
      )
    })

    test('is told which providers cannot forget as soon as it begins', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.link('ENABLE_BANKING')
      await scene.request()
      expect((await scene.erasure()).providers).toMatchObject([{ state: 'NOT_SUPPORTED', tries: 0 }])
      expect(await scene.proceed()).toBeNull()
      expect((await scene.erasure()).providers).toMatchObject([{ state: 'NOT_SUPPORTED' }])
    })

    test('needs attention where the provider does not forget, and goes on when asked for again', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.link()
      await scene.request()
      scene.fiskil.sandbox.faults.next(REFUSAL)
      const stateNow = async () => (await scene.erasure()).providers[0]
      for (const tries of [1, 2, 3, 4, 5]) {
        await scene.proceed()
        expect(await stateNow()).toMatchObject({ state: 'IN_PROGRESS', tries })
      }
      expect((await scene.proceed())?.dueInMs).toBeGreaterThan(HOUR_MS)
      expect(await stateNow()).toMatchObject({
        state: 'NEEDS_ATTENTION',
        lastProblem: { code: expect.any(String) as string },
      })
      expect(await scene.linked()).toEqual(['FISKIL'])
      scene.fiskil.sandbox.faults.clear()
      await scene.request()
      expect(await stateNow()).toMatchObject({ state: 'IN_PROGRESS', tries: 0 })
      await scene.proceed(NOW_MS)
      expect(await stateNow()).toMatchObject({ state: 'COMPLETED', lastProblem: null })
    })

    test('is asked for again without writing over what a look under way has learned', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.link()
      const begun = await scene.begin('ENABLE_BANKING', 10)
      await scene.request()
      scene.fiskil.sandbox.faults.next(REFUSAL)
      for (const _ of [1, 2, 3, 4, 5, 6]) await scene.proceed()
      expect(await scene.erasure()).toMatchObject({ providers: [{ state: 'NEEDS_ATTENTION' }] })
      scene.fiskil.sandbox.faults.clear()
      scene.before('job.schedule', () => scene.proceed())
      await scene.request()
      expect(await scene.erasure()).toMatchObject({ providers: [{ state: 'COMPLETED' }] })
      await scene.comeBack(begun)
      await scene.takeBack(begun)
      expect(await scene.proceed()).toBeNull()
      expect(await scene.erasure()).toMatchObject({ providers: [{ state: 'COMPLETED' }] })
    })

    test('that ends while it is asked for again has ended', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.link()
      await scene.request()
      scene.fiskil.sandbox.faults.next(REFUSAL)
      for (const _ of [1, 2, 3, 4, 5, 6]) await scene.proceed()
      scene.fiskil.sandbox.faults.clear()
      scene.before('job.schedule', () => scene.proceed())
      await scene.request()
      const erased = await scene.read()
      expect(erased).toMatchObject({ erasedAt: expect.any(Date) as Date })
      // The job that was asked for finds nothing to do.
      expect(await scene.proceed()).toBeNull()
      expect(await scene.read()).toEqual(erased)
      await expect(scene.request()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })

    test('does not say that a provider cannot forget which is not configured now', async () => {
      await using opened = await open()
      await using scene = await openErasureScene(opened.store)
      await scene.link()
      scene.configure()
      await scene.request()
      const problem = {
        code: 'PROVIDER_REJECTED',
        message: expect.stringContaining('FISKIL is not configured') as string,
      }
      await scene.proceed()
      expect((await scene.erasure()).providers).toMatchObject([{ state: 'IN_PROGRESS', lastProblem: problem }])
      for (const _ of [2, 3, 4, 5, 6]) await scene.proceed()
      expect((await scene.erasure()).providers).toMatchObject([{ state: 'NEEDS_ATTENTION' }])
      expect(await scene.linked()).toEqual(['FISKIL'])
      scene.configure(scene.connectors.fiskil)
      await scene.request()
      expect(await scene.proceed()).toBeNull()
      expect(scene.asked).toEqual([scene.fiskil.user])
    })
  })
}

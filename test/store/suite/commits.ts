import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Consent } from '../../../src/domain/consent.ts'
import type { Store, Write } from '../../../src/domain/store.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import { at, newConsent, newEvent, newObservation, newSession, next, put, settle, settleConsent } from '../entities.ts'

const update = (consent: Consent) => ({ kind: 'consent.update', consent }) as const

interface Guess {
  readonly which: number
  readonly ahead: number
}

interface Change {
  readonly which: number
  readonly version: number
}

/** The versions after one commit; null where it conflicts. */
const applied = (versions: readonly number[], changes: readonly Change[]): readonly number[] | null => {
  const after = [...versions]
  for (const { which, version } of changes) {
    if (version !== after[which]! + 1) return null
    after[which] = version
  }
  return after
}

const settleThree = async (store: Store) => {
  const { user, ofClient } = await settle(store)
  const consents = Array.from({ length: 3 }, () => newConsent(user))
  await put(store, ...consents.map((consent) => ({ kind: 'consent.insert', consent }) as const))
  const ids = consents.map(({ id }) => id)
  const versionsNow = async () => (await store.consents.byIds(ofClient, ids)).map((consent) => consent?.version)
  return { consents, versionsNow }
}

const toWrites = (consents: readonly Consent[], changes: readonly Change[]): readonly Write[] =>
  changes.map(({ which, version }) => update({ ...consents[which]!, version }))

export const describeCommits = (opened: OpenedStore): void => {
  describe('commits', () => {
    test('of nothing succeed', async () => {
      expect(await opened().commit([])).toEqual({ committed: true })
    })

    test('take all of their writes or none, wherever the conflict is', async () => {
      const store = opened()
      const { consent, user, ofClient } = await settleConsent(store)
      const before = await store.events.head()
      const job = { kind: 'EXPIRE_CONSENT', subject: consent.id } as const
      const born = newConsent(user)
      const writes: readonly Write[] = [
        update(next(consent, { status: 'AUTHORIZED' })),
        { kind: 'observation.append', observation: newObservation(consent.id) },
        { kind: 'event.append', event: newEvent(consent) },
        { kind: 'consent.insert', consent: born },
        { kind: 'session.insert', session: newSession(consent) },
        { kind: 'job.schedule', job, dueAt: at(-1_000) },
        { kind: 'consent.seen', consentId: consent.id, at: at(1) },
      ]
      const conflicting = update({ ...consent, version: 9 })
      for (let position = 0; position <= writes.length; position++) {
        const outcome = await store.commit(writes.toSpliced(position, 0, conflicting))
        expect(outcome).toEqual({ committed: false, conflict: 'consent.update' })
      }
      expect(await store.consents.byIds(ofClient, [consent.id, born.id])).toEqual([{ ...consent, seenAt: null }, null])
      expect((await store.observations.page(ofClient, consent.id, 10, null)).rows).toEqual([])
      expect((await store.events.page(ofClient, {}, 10, before)).rows).toEqual([])
      expect(await store.sessions.countOfUser(ofClient, user.id)).toBe(0)
      const due = await store.jobs.claim({ kinds: ['EXPIRE_CONSENT'], dueBefore: at(-999), leaseMs: 0, limit: 1_000 })
      expect(due.map(({ subject }) => subject)).not.toContain(consent.id)
      await put(store, ...writes)
    })

    test('leave the others of their group alone when they conflict', async () => {
      const store = opened()
      const { consent, user, ofClient } = await settleConsent(store)
      const good = Array.from({ length: 20 }, () => newConsent(user))
      const outcomes = await Promise.all(
        good.flatMap((born) => [
          store.commit([{ kind: 'consent.insert', consent: born }]),
          store.commit([
            { kind: 'event.append', event: newEvent(born) },
            { kind: 'consent.insert', consent },
          ]),
        ]),
      )
      expect(outcomes.filter(({ committed }) => committed)).toHaveLength(20)
      expect(await store.consents.count(ofClient, {})).toBe(21)
    })

    test('to one consent have one winner per version, however many try', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      let current = consent
      for (let round = 0; round < 3; round++) {
        const base = current
        const outcomes = await Promise.all(
          Array.from({ length: 100 }, (_, racer) => {
            const changed = next(base, { institutionRef: `racer ${racer}` })
            return store.commit([update(changed), { kind: 'event.append', event: newEvent(changed) }])
          }),
        )
        const winners = outcomes.flatMap(({ committed }, racer) => (committed ? [racer] : []))
        expect(winners).toHaveLength(1)
        const [stored] = await store.consents.byIds(ofClient, [consent.id])
        expect(stored).toMatchObject({ version: base.version + 1, institutionRef: `racer ${winners[0]}` })
        current = stored!
      }
      const { rows } = await store.events.page(ofClient, {}, 100, null)
      expect(rows.map((event) => event.consentVersion)).toEqual([2, 3, 4])
    })

    describe('agree with a model of compare-and-set', () => {
      const guess = fc.record({ which: fc.nat(2), ahead: fc.integer({ min: 0, max: 2 }) })
      const tries = fc.array(fc.array(guess, { minLength: 1, maxLength: 3 }), { maxLength: 15 })

      test('one after another', async () => {
        const store = opened()
        const follow = async (guesses: readonly (readonly Guess[])[]): Promise<void> => {
          const { consents, versionsNow } = await settleThree(store)
          let versions: readonly number[] = [1, 1, 1]
          for (const attempt of guesses) {
            const changes = attempt.map(({ which, ahead }) => ({ which, version: versions[which]! + ahead }))
            const expected = applied(versions, changes)
            const outcome = await store.commit(toWrites(consents, changes))
            expect(outcome.committed).toBe(expected !== null)
            versions = expected ?? versions
          }
          expect(await versionsNow()).toEqual(versions)
        }
        await fc.assert(fc.asyncProperty(tries, follow), { numRuns: 50 })
      })

      test('in some order, when they come together', async () => {
        const store = opened()
        const race = async (guesses: readonly (readonly Guess[])[]): Promise<void> => {
          const { consents, versionsNow } = await settleThree(store)
          const attempts = guesses.map((attempt) => attempt.map(({ which, ahead }) => ({ which, version: 1 + ahead })))
          const outcomes = await Promise.all(attempts.map((changes) => store.commit(toWrites(consents, changes))))
          const won = attempts.filter((_, index) => outcomes[index]!.committed)
          const lost = attempts.filter((_, index) => !outcomes[index]!.committed)
          // A version is written once: of the winners that fit, whichever goes first, the others still fit later.
          const states: (readonly number[])[] = [[1, 1, 1]]
          for (const waiting = [...won]; waiting.length > 0;) {
            const index = waiting.findIndex((changes) => applied(states.at(-1)!, changes) !== null)
            expect(index, 'a winner that fits').not.toBe(-1)
            states.push(applied(states.at(-1)!, waiting.splice(index, 1)[0]!)!)
          }
          expect(await versionsNow()).toEqual(states.at(-1))
          // Each loser must have come at a time when it did not fit.
          for (const changes of lost) expect(states.map((state) => applied(state, changes))).toContain(null)
        }
        await fc.assert(fc.asyncProperty(tries, race), { numRuns: 50 })
      })
    })

    test('tell which sessions they changed', async () => {
      const store = opened()
      const { consent } = await settleConsent(store)
      const session = newSession(consent)
      const told = Promise.withResolvers<readonly string[]>()
      using _ = store.onSessions((ids) => told.resolve(ids))
      await store.commit([
        { kind: 'session.insert', session },
        { kind: 'consent.insert', consent },
      ])
      await put(store, { kind: 'session.insert', session })
      expect(await told.promise).toEqual([session.id])
    })
  })
}

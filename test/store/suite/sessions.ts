import { describe, expect, test } from 'vitest'
import type { AuthSession } from '../../../src/domain/auth-session.ts'
import type { AppLaunchChallenge, AuthStep } from '../../../src/domain/step.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import { at, newSession, next, put, settleConsent } from '../entities.ts'

const insert = (session: AuthSession) => ({ kind: 'session.insert', session }) as const
const update = (session: AuthSession) => ({ kind: 'session.update', session }) as const

const text = { ref: 'r', title: 't', instructions: null, expiresAt: at(2), fallbackUrl: null } as const
const launch: AppLaunchChallenge = {
  ...text,
  kind: 'APP_LAUNCH',
  universalLink: 'https://app.example',
  appLink: 'app:///',
  autoStartToken: 'token',
  hint: null,
}
const frame = { text: 'bankid.1', sequence: 1, validUntil: at(1) } as const
const steps: readonly AuthStep[] = [
  { ...text, id: 'stp_1', kind: 'REDIRECT', url: 'https://bank.example', popupAllowed: true, iframeAllowed: false },
  {
    ...text,
    id: 'stp_1',
    kind: 'OTP',
    channel: 'SMS',
    maskedDestination: '*** 12',
    pattern: '[0-9]{6}',
    attemptsRemaining: 1,
    canResend: true,
    resendAvailableAt: at(1),
    onWrongAnswer: 'CONSENT_IS_LOST',
  },
  { ...text, id: 'stp_1', kind: 'QR', frame, launch, hint: null, scanned: false },
  { ...text, id: 'stp_1', kind: 'QR', frame, launch: null, hint: 'open the app', scanned: true },
  { ...launch, id: 'stp_1', expiresAt: null },
  { ...text, id: 'stp_1', kind: 'DECOUPLED', hint: null },
  {
    ...text,
    id: 'stp_1',
    kind: 'SELECT_METHOD',
    methods: [{ id: 'm', name: 'n', channel: null, maskedDestination: null }],
  },
  {
    ...text,
    id: 'stp_1',
    kind: 'FORM',
    fields: [{ name: 'n', label: 'l', secret: true, required: true, template: null, options: ['a'] }],
  },
]

export const describeSessions = (opened: OpenedStore): void => {
  describe('auth sessions', () => {
    test('come back as they were stored, with every kind of step', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      let session = newSession(consent)
      await put(store, insert(session))
      expect(await store.sessions.byIds(ofClient, [session.id, 'aus_nobody'])).toEqual([session, null])
      for (const nextStep of steps) {
        session = next(session, {
          status: 'AWAITING_USER',
          nextStep,
          problem: {
            code: 'OUTCOME_UNKNOWN',
            message: 'lost',
            retryable: false,
            retryAt: at(1),
            providerCode: 'X',
            requestId: 'req_1',
          },
          updatedAt: at(3),
          expiresAt: at(4),
          returnTo: { success: 'https://acme.example/done', cancel: null },
          inFlight: 'ANSWER',
          pendingEnd: { status: 'REJECTED', reason: 'DENIED_BY_USER', raw: 'access_denied', detail: null },
          state: { session: 'upstream', nested: [{ list: [true, null] }] },
          institutionRef: 'bank-1',
        })
        await put(store, update(session))
        expect(await store.sessions.byIds(ofClient, [session.id])).toEqual([session])
      }
    })

    test('are changed only by who read the newest version', async () => {
      const store = opened()
      const { consent, ofClient } = await settleConsent(store)
      const session = newSession(consent)
      await put(store, insert(session))
      const winner = next(session, { status: 'VERIFYING' })
      await put(store, update(winner))
      expect(await store.commit([update(next(session, { status: 'FAILED' }))])).toEqual({
        committed: false,
        conflict: 'session.update',
      })
      expect(await store.commit([insert(session)])).toEqual({ committed: false, conflict: 'session.insert' })
      expect(await store.sessions.byIds(ofClient, [session.id])).toEqual([winner])
    })

    test('are found by the hash of their state, which only one of them has', async () => {
      const store = opened()
      const { consent } = await settleConsent(store)
      const session = newSession(consent, { stateHash: `hash for ${consent.id}` })
      await put(store, insert(session), insert(newSession(consent)), insert(newSession(consent)))
      expect(await store.sessions.byStateHash(`hash for ${consent.id}`)).toEqual(session)
      expect(await store.sessions.byStateHash('unknown')).toBeNull()
      const double = newSession(consent, { stateHash: session.stateHash })
      expect(await store.commit([insert(double)])).toEqual({ committed: false, conflict: 'session.insert' })
      // It is what the callback names the session by, and stays.
      const answered = next(session, { status: 'AWAITING_USER', stateHash: null })
      await put(store, { kind: 'session.update', session: answered })
      const found = await store.sessions.byStateHash(`hash for ${consent.id}`)
      expect(found).toEqual({ ...answered, stateHash: session.stateHash })
    })

    test('are paged by user, newest first', async () => {
      const store = opened()
      const { consent, user, ofClient } = await settleConsent(store)
      const sessions = [3, 2, 1].map((minutes) => newSession(consent, { createdAt: at(minutes) }))
      await put(store, ...sessions.map(insert))
      const first = await store.sessions.pageOfUser(ofClient, user.id, { first: 2, after: null })
      expect(first).toEqual({ rows: sessions.slice(0, 2), hasNextPage: true })
      const after = { at: at(2), id: sessions[1]!.id }
      const second = await store.sessions.pageOfUser(ofClient, user.id, { first: 2, after })
      expect(second).toEqual({ rows: sessions.slice(2), hasNextPage: false })
      expect(await store.sessions.countOfUser(ofClient, user.id)).toBe(3)
    })
  })
}

import { describe, expect, it } from 'vitest'
import type { Consent } from '../../../src/domain/consent.ts'
import { isFinalConsent } from '../../../src/domain/consent.ts'
import { REFUSAL_WORDS } from '../../../src/providers/fiskil/mapping.ts'
import { parseAttempt } from '../../../src/providers/fiskil/sealed.ts'
import { personAt } from '../../sandbox/fiskil-client.ts'
import { BANK, calling, startConnector } from './harness.ts'

const stillOpen = { next: { kind: 'REDIRECT' }, consent: null }
const waiting = { next: { kind: 'WAIT' }, consent: null }
const granted = { next: { kind: 'DONE' }, consent: { status: 'AUTHORIZED', reason: null, raw: 'active: true' } }

/** `error_type` by design.md. */
const endings: readonly (readonly [string, string, Consent['status'], Consent['statusReason']])[] = [
  ['leave', 'AUTH_SESSION_CANCELLED', 'REJECTED', 'CANCELLED_BY_USER'],
  ['deny', 'CONSENT_ENDUSER_DENIED', 'REJECTED', 'DENIED_BY_USER'],
  ['wrong-otp', 'CONSENT_OTP_FAILURE', 'REJECTED', 'OTP_REJECTED'],
  ['timeout', 'CONSENT_TIMEOUT', 'EXPIRED', 'SESSION_EXPIRED'],
  ['ineligible', 'CONSENT_ENDUSER_INELIGIBLE', 'FAILED', 'PROVIDER_ERROR'],
  ['bank-error', 'CONSENT_UPSTREAM_PROCESSING_ERROR', 'FAILED', 'PROVIDER_ERROR'],
  ['bank-error-old-name', 'CONSUMERDATA_PROCESSING_ERROR', 'FAILED', 'PROVIDER_ERROR'],
]

describe.each(['v1', 'v2', 'v3'] as const)('with lists of %s', (apiVersion) => {
  it('a success is a consent of the list', async () => {
    await using fiskil = await startConnector({ settings: { apiVersion } })
    const { consent, next } = await fiskil.authorize()
    expect({ consent, next }).toMatchObject(granted)
    expect(consent).toMatchObject({
      expiresAt: expect.any(Date),
      access: { permissions: ['accounts', 'balances'], balances: true, transactions: false },
    })
    expect(consent?.access?.accountIds).toHaveLength(3)
  })

  it.each(endings)('%s: %s is %s', async (outcome, word, status, reason) => {
    await using fiskil = await startConnector({ settings: { apiVersion } })
    const step = await fiskil.start()
    const ended = await fiskil.complete(step.state, await fiskil.person(step, outcome))
    expect(ended).toMatchObject({
      next: { kind: 'DONE' },
      consent: { providerConsentId: null, status, reason, raw: word, detail: expect.stringMatching(/^err_/) },
    })
    // The state remembers, for whoever lets a denial wait.
    expect(await fiskil.connector.status(ended.state, calling())).toMatchObject({ consent: { status } })
  })
})

it('every known error_type ends an attempt, and the table is whole', () => {
  expect(endings.map(([, word]) => word).toSorted((a, b) => a.localeCompare(b))).toEqual(
    REFUSAL_WORDS.toSorted((a, b) => a.localeCompare(b)),
  )
  expect(endings.every(([, , status]) => isFinalConsent(status))).toBe(true)
})

describe('what ends nothing', () => {
  it.each([
    ['leave-without-words', stillOpen],
    ['unknown-error', { next: { kind: 'REDIRECT' }, consent: { status: null, raw: 'CONSENT_MOON_PHASE' } }],
    ['session-invalid', waiting],
  ])('%s', async (outcome, expected) => {
    await using fiskil = await startConnector()
    const step = await fiskil.start()
    expect(await fiskil.complete(step.state, await fiskil.person(step, outcome))).toMatchObject(expected)
  })

  it('a bare error, whose word is kept', async () => {
    await using fiskil = await startConnector()
    const step = await fiskil.start()
    const ended = await fiskil.complete(step.state, new URLSearchParams('error=access_denied'))
    expect(ended).toMatchObject({ next: { kind: 'REDIRECT' }, consent: { status: null, raw: 'access_denied' } })
  })

  it.each([
    'error=Jane Doe has left',
    'error_type=',
    '',
    'state=x',
    'session_id=another',
    'leg=success&session_id=another',
  ])('a bare callback: ?%s', async (query) => {
    await using fiskil = await startConnector()
    const step = await fiskil.start()
    expect(await fiskil.complete(step.state, new URLSearchParams(query))).toMatchObject(stillOpen)
  })

  it('a session that has become invalid after its success', async () => {
    await using fiskil = await startConnector()
    const step = await fiskil.start()
    const done = await fiskil.complete(step.state, await fiskil.person(step, 'approve'))
    const again = await fiskil.person(step, 'approve')
    expect(again.get('error_type')).toBe('AUTH_SESSION_INVALID')
    for (const state of [step.state, done.state]) expect(await fiskil.complete(state, again)).toMatchObject(granted)
  })
})

describe('callbacks that race', () => {
  it('a success that the list does not show yet outweighs what comes after it', async () => {
    await using fiskil = await startConnector()
    const step = await fiskil.start()
    const success = new URLSearchParams({ session_id: parseAttempt(step.state).sessionId })
    const waited = await fiskil.complete(step.state, success)
    expect(waited).toMatchObject(waiting)
    for (const error_type of ['AUTH_SESSION_INVALID', 'AUTH_SESSION_CANCELLED']) {
      expect(await fiskil.complete(waited.state, new URLSearchParams({ error_type }))).toMatchObject(waiting)
    }
    await fiskil.person(step, 'close-window')
    expect(await fiskil.connector.status(waited.state, calling())).toMatchObject(granted)
  })

  it('an early denial does not outlive an approval', async () => {
    await using fiskil = await startConnector()
    const step = await fiskil.start()
    const denied = await fiskil.complete(step.state, await fiskil.person(step, 'early-denial'))
    expect(denied).toMatchObject({ consent: { status: 'REJECTED' } })
    const success = await fiskil.person(step, 'approve')
    expect(await fiskil.connector.status(denied.state, calling())).toMatchObject(granted)
    expect(await fiskil.complete(denied.state, success)).toMatchObject(granted)
  })

  it('a denial that comes after an approval is stale', async () => {
    await using fiskil = await startConnector()
    const step = await fiskil.start()
    const denial = await fiskil.person(step, 'early-denial')
    await fiskil.person(step, 'close-window')
    expect(await fiskil.complete(step.state, denial)).toMatchObject(granted)
  })

  it('words are compared without case', async () => {
    await using fiskil = await startConnector()
    const { state } = await fiskil.start()
    const denied = await fiskil.complete(state, new URLSearchParams({ error_type: 'consent_enduser_denied' }))
    expect(denied).toMatchObject({ consent: { raw: 'CONSENT_ENDUSER_DENIED' } })
  })
})

describe('nobody comes back', () => {
  it.each(['close-window', 'late', 'lose-state'])('%s: the list decides', async (outcome) => {
    await using fiskil = await startConnector()
    const step = await fiskil.start()
    expect(await fiskil.connector.status(step.state, calling())).toMatchObject(stillOpen)
    await fiskil.person(step, outcome)
    expect(await fiskil.connector.status(step.state, calling())).toMatchObject(granted)
  })

  it('walking away leaves it open; cancelling asks nothing of Fiskil', async () => {
    await using fiskil = await startConnector()
    const step = await fiskil.start()
    await fiskil.person(step, 'walk-away')
    expect(await fiskil.connector.status(step.state, calling())).toMatchObject(stillOpen)
    const before = fiskil.sandbox.calls().length
    await fiskil.connector.cancel(step.state, calling())
    await fiskil.connector.cancel({}, calling())
    expect(fiskil.sandbox.calls()).toHaveLength(before)
  })
})

describe('a new consent belongs to the session that it came after', () => {
  it('not one that was there before, nor one of another bank or person', async () => {
    await using fiskil = await startConnector()
    await fiskil.authorize()
    fiskil.clock.advance(10)
    const step = await fiskil.start()
    const elsewhere = await fiskil.start({ institutionRef: '88888' })
    await fiskil.person(elsewhere, 'approve')
    const somebodyElse = await fiskil.start({ user: await fiskil.newUser() })
    await fiskil.person(somebodyElse, 'approve')
    expect(await fiskil.connector.status(step.state, calling())).toMatchObject(stillOpen)
    const denied = await fiskil.complete(step.state, await fiskil.person(step, 'deny'))
    expect(denied).toMatchObject({ consent: { status: 'REJECTED' } })
  })

  it('the newest, where several came', async () => {
    await using fiskil = await startConnector()
    const [first, second] = [await fiskil.start(), await fiskil.start()]
    await fiskil.person(first, 'approve')
    fiskil.clock.advance(10)
    const done = await fiskil.complete(second.state, await fiskil.person(second, 'approve'))
    const [, newest] = fiskil.sandbox.ledger.entries('consent.granted')
    expect(done.consent?.providerConsentId).toBe(newest?.ids['arrangementId'])
  })

  it('although Fiskil writes whole seconds, or its clock is some seconds behind', async () => {
    await using fiskil = await startConnector()
    const now = new Date(Math.floor(fiskil.clock.now().getTime() / 1000) * 1000 + 900)
    const step = await fiskil.start({ now })
    const answer = (createdAt: Date) => {
      const consent = { arrangement_id: 'a', active: true, institution_id: BANK, created_at: createdAt.toISOString() }
      const body = { consents: [consent], links: {} }
      fiskil.sandbox.faults.next({ kind: 'status', status: 200, body, match: 'GET /v1/consent' })
    }
    answer(new Date(now.getTime() - 900))
    expect(await fiskil.connector.status(step.state, calling())).toMatchObject(granted)
    answer(new Date(now.getTime() - 9_950))
    expect(await fiskil.connector.status(step.state, calling())).toMatchObject(stillOpen)
    answer(new Date(now.getTime() - 9_950))
    const success = new URLSearchParams({ session_id: parseAttempt(step.state).sessionId })
    expect(await fiskil.complete(step.state, success)).toMatchObject(granted)
  })

  it('and one that has ended counts only after a success', async () => {
    await using fiskil = await startConnector()
    const step = await fiskil.start()
    const query = await fiskil.person(step, 'approve')
    const [entry] = fiskil.sandbox.ledger.entries('consent.granted')
    const form = { arrangement_id: entry?.ids['arrangementId'] ?? '' }
    await personAt(fiskil.sandbox).submit('/consents/end', form)
    expect(await fiskil.connector.status(step.state, calling())).toMatchObject(stillOpen)
    expect(await fiskil.complete(step.state, query)).toMatchObject({ consent: { status: 'REVOKED' } })
  })
})

it('a word in place of the flag is shown and moves nothing', async () => {
  await using fiskil = await startConnector()
  const institutionRef = 'sandbox.redirect-weird-status'
  const step = await fiskil.start({ institutionRef })
  const done = await fiskil.complete(step.state, await fiskil.person(step, 'approve'))
  expect(done).toMatchObject({ next: { kind: 'WAIT' }, consent: { status: null, raw: 'active: under_review' } })
})

it('what a callback said is kept where the list cannot be read, and status goes on from there', async () => {
  await using fiskil = await startConnector()
  for (const [outcome, status] of [
    ['deny', 'REJECTED'],
    ['approve', 'AUTHORIZED'],
  ] as const) {
    const step = await fiskil.start()
    const query = await fiskil.person(step, outcome)
    fiskil.sandbox.faults.next({
      kind: 'status',
      status: 403,
      body: { name: 'unauthorized' },
      match: 'GET /v1/consent',
    })
    const kept = await fiskil.complete(step.state, query)
    expect(kept).toMatchObject(waiting)
    expect(await fiskil.connector.status(kept.state, calling())).toMatchObject({ consent: { status } })
  }
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AnyStep, type FlowSession, SESSION } from './flow.ts'
import { type Connected, fourWays, openScene, type Scene, type Way } from './four-ways.ts'
import { newPhone, type UserError } from './operations.ts'
import type { ConsentView } from './redirect-documents.ts'
import {
  DAY_MS,
  ENABLE_BANKING,
  FISKIL,
  GRACE_MS,
  open,
  type RedirectScene,
  redirectSceneOf,
  sendWebhook,
  SESSION_MS,
  setWebhookUrl,
} from './redirect-scene.ts'

let scene: Scene
let redirects: RedirectScene

beforeAll(async () => {
  scene = await openScene()
  redirects = redirectSceneOf(scene.gateway)
})
afterAll(() => scene[Symbol.asyncDispose]())

/** In the words of the simulators: a consent was taken back by its client; and whether a renewal does that to the old one. */
const TAKEN_BACK = {
  OTP: { effect: 'consent.revoked', afterRenewal: 1 },
  REDIRECT: { effect: 'session.closed', afterRenewal: 0 },
  HOSTED: { effect: 'consent.revoked', afterRenewal: 0 },
  BANKID: { effect: 'consent.revoked', afterRenewal: 1 },
} as const satisfies Record<string, { readonly effect: string; readonly afterRenewal: number }>

const wordsOf = ({ name }: Way): { readonly effect: string; readonly afterRenewal: number } =>
  TAKEN_BACK[name as keyof typeof TAKEN_BACK]

const PERSONAL_NUMBERS = 199_001_010_000
let persons = 0

/** For a person who has nothing else under way. */
const fresh = (way: Way): Way => {
  persons += 1
  if (way.name === 'OTP') return { ...way, psu: { phone: newPhone() } }
  return way.name === 'BANKID' ? { ...way, psu: { personalNumber: String(PERSONAL_NUMBERS + persons) } } : way
}

const RENEW = `mutation ($input: RenewConsentInput!) { renewConsent(input: $input) {
  authSession { ...AnySession } consent { id renewedFrom { id } }
  userErrors { __typename ... on UserError { code path } ... on StateConflictError { consentStatus } }
} } ${SESSION}`

interface Renewal {
  readonly authSession: FlowSession | null
  readonly consent: { readonly id: string; readonly renewedFrom: { readonly id: string } | null } | null
  readonly userErrors: readonly UserError[]
}

const askRenewal = async (consentId: string, way: Way, more: object = {}): Promise<Renewal> => {
  const returnTo = { success: `${scene.gateway.url}/sandbox/return` }
  const input = { consentId, psu: way.psu, returnTo, ...more }
  return (await scene.gateway.graphql<{ renewConsent: Renewal }>(RENEW, { input })).renewConsent
}

interface Begun {
  readonly session: FlowSession & { readonly nextStep: AnyStep }
  readonly consentId: string
}

const renew = async (consentId: string, way: Way, more?: object): Promise<Begun> => {
  const { authSession, consent, userErrors } = await askRenewal(consentId, way, more)
  if (authSession === null || consent === null) throw new Error(JSON.stringify(userErrors))
  expect(consent.renewedFrom).toEqual({ id: consentId })
  const screen = scene.flow.follow(scene.live, authSession.id)
  const shown = await screen.until(({ nextStep, isFinal }) => nextStep !== null || isFinal)
  await screen.stop()
  if (shown.nextStep === null) throw new Error(JSON.stringify(shown))
  return { session: { ...shown, nextStep: shown.nextStep }, consentId: consent.id }
}

const connect = async (way: Way): Promise<Connected> => {
  const user = await redirects.newUser()
  return await scene.connect(user, fresh(way))
}

const takenBack = async ({ way, simulator }: Connected, { providerConsentId }: ConsentView): Promise<number> =>
  (await redirects.effects(simulator, wordsOf(way).effect, providerConsentId!)).length

const finish = async (way: Way, { session }: Begun): Promise<void> => {
  await scene.person.approve(session, way.psu)
  const over = await scene.untilOver(session.id)
  expect(over.consent.status).toBe('AUTHORIZED')
}

const isUntouched = async (old: Connected): Promise<void> => {
  const now = await redirects.consent(old.consentId, 0)
  expect(now).toMatchObject({ status: 'AUTHORIZED', supersededBy: null, revocation: null, primaryAction: 'NONE' })
  expect(await takenBack(old, now)).toBe(0)
}

/** Ways to back out, by the name of the way; what ends it, and how the renewal is left. */
const decline = async ({ way, simulator }: Connected, { session }: Begun): Promise<void> => {
  if (way.name === 'OTP') {
    await scene.flow.answer(session.id, session.nextStep.id, '999')
    return
  }
  const back = await scene.person.act(session, way.psu, way.name === 'BANKID' ? 'cancel' : 'deny')
  if (back === null) return
  await open(back)
  await simulator.advance(GRACE_MS)
}

describe.each(fourWays())('$name: a renewal', (given) => {
  test('takes the place of the old consent once it is authorized, and not before', async () => {
    const old = await connect(given)
    const before = await redirects.consent(old.consentId)
    const events = redirects.watch(old.consentId)
    await events.next()
    const begun = await renew(old.consentId, old.way)
    await isUntouched(old)
    await finish(old.way, begun)

    expect(await redirects.consent(begun.consentId, 0)).toMatchObject({
      status: 'AUTHORIZED',
      renewedFrom: { id: old.consentId },
      supersededBy: null,
      primaryAction: 'NONE',
    })
    const expected = wordsOf(given).afterRenewal
    const isDone = ({ status, revocation }: ConsentView): boolean =>
      status === 'REVOKED' && (expected === 0 || revocation?.state === 'CONFIRMED')
    const after = await redirects.until(old.consentId, isDone)
    expect(after).toMatchObject({
      statusReason: 'SUPERSEDED',
      supersededBy: { id: begun.consentId },
      primaryAction: 'NONE',
      ...(expected === 0 && { revocation: null }),
    })
    expect(await events.next()).toMatchObject({ from: 'AUTHORIZED', to: 'REVOKED', reason: 'SUPERSEDED' })
    await events.stop()
    expect(await takenBack(old, before)).toBe(expected)
    // The new one is alive, whatever became of the old one there.
    expect(await redirects.consent(begun.consentId, 0)).toMatchObject({ status: 'AUTHORIZED' })
  })

  test.each(['declines', 'cancels', 'leaves'])('leaves the old one alone where the person %s', async (how) => {
    const old = await connect(given)
    const begun = await renew(old.consentId, old.way)
    if (how === 'declines') await decline(old, begun)
    else if (how === 'leaves') await old.simulator.advance(SESSION_MS + 1000)
    else await redirects.run('cancelAuthorization', { authSessionId: begun.session.id })
    const ended = await redirects.until(begun.consentId, ({ status }) => /REJECTED|EXPIRED|FAILED/.test(status))
    expect(ended).toMatchObject({ renewedFrom: { id: old.consentId }, supersededBy: null })
    await isUntouched(old)
    if (how !== 'declines') return

    const second = await renew(old.consentId, old.way)
    await finish(old.way, second)
    expect(await redirects.until(old.consentId, ({ status }) => status === 'REVOKED')).toMatchObject({
      supersededBy: { id: second.consentId },
    })
  })

  test('is refused for what was superseded, revoked, or never authorized; nobody is asked', async () => {
    const old = await connect(given)
    const waiting = await renew(old.consentId, old.way)
    const refusal = async (id: string, consentStatus: string) => {
      const { result, calls } = await old.simulator.callsDuring(() => askRenewal(id, old.way))
      expect(result.userErrors).toMatchObject([
        { __typename: 'StateConflictError', path: ['input', 'consentId'], consentStatus },
      ])
      expect(calls.filter(({ method }) => method === 'POST')).toEqual([])
    }
    await refusal(waiting.consentId, 'AWAITING_AUTHORIZATION')
    await finish(old.way, waiting)
    await redirects.until(old.consentId, ({ status }) => status === 'REVOKED')
    await refusal(old.consentId, 'REVOKED')

    await scene.gateway.graphql(
      'mutation ($input: RevokeConsentInput!) { revokeConsent(input: $input) { userErrors { __typename } } }',
      { input: { consentId: waiting.consentId } },
    )
    await refusal(waiting.consentId, 'REVOKED')
  })

  test('is not known to another person', async () => {
    const old = await connect(given)
    const returnTo = { success: `${scene.gateway.url}/sandbox/return` }
    const input = { consentId: old.consentId, psu: old.way.psu, returnTo }
    const as = scene.gateway.userToken
    const { renewConsent } = await scene.gateway.graphql<{ renewConsent: Renewal }>(RENEW, { input }, { as })
    expect(renewConsent).toMatchObject({ authSession: null, consent: null, userErrors: [{ code: 'NOT_FOUND' }] })
  })

  test('works for a consent that has run out', async () => {
    const old = await connect(given)
    const { expiresAt } = await redirects.consent(old.consentId)
    const now = (await (await fetch(`${old.simulator.url}/_sandbox/clock`)).json()) as { now: string }
    await old.simulator.advance(Date.parse(expiresAt!) - Date.parse(now.now) + 1000)
    const over = await redirects.until(old.consentId, ({ status }) => status === 'EXPIRED')
    expect(over).toMatchObject({ statusReason: 'VALIDITY_ENDED', primaryAction: 'RENEW' })
    const begun = await renew(old.consentId, old.way)
    await finish(old.way, begun)
    expect(await redirects.consent(begun.consentId, 0)).toMatchObject({
      status: 'AUTHORIZED',
      renewedFrom: { id: old.consentId },
    })
    const after = await redirects.until(old.consentId, ({ supersededBy }) => supersededBy !== null)
    expect(after).toMatchObject({ status: 'EXPIRED', supersededBy: { id: begun.consentId }, primaryAction: 'NONE' })
  })

  test('asked for twice under one key is one', async () => {
    const old = await connect(given)
    const [one, two] = await Promise.all(
      [1, 2].map(() => askRenewal(old.consentId, old.way, { idempotencyKey: `renew-${old.consentId}` })),
    )
    const made = [one, two].flatMap((answer) => answer!.consent?.id ?? [])
    expect(new Set(made).size).toBe(1)
    const again = await askRenewal(old.consentId, old.way, { idempotencyKey: `renew-${old.consentId}` })
    if (again.consent !== null) expect(again.consent.id).toBe(made[0])
  })
})

const ACCOUNTS = `query ($id: ID!) { consent(id: $id, maxAgeSeconds: 100000) {
  accounts { nodes { id identity name maskedNumber } } } }`

interface Account {
  readonly id: string
  readonly identity: string
}

const accountsOf = async (id: string): Promise<readonly Account[]> =>
  (await scene.gateway.graphql<{ consent: { accounts: { nodes: readonly Account[] } } }>(ACCOUNTS, { id })).consent
    .accounts.nodes

describe.each(fourWays().filter(({ name }) => name !== 'BANKID'))('$name: the accounts', (given) => {
  test('are told from one another by identity, across a renewal', async () => {
    const old = await connect(given)
    const before = await accountsOf(old.consentId)
    const begun = await renew(old.consentId, old.way)
    await finish(old.way, begun)
    const after = await accountsOf(begun.consentId)
    const identities = (accounts: readonly Account[]) => accounts.map(({ identity }) => identity).toSorted()
    expect(before.length).toBeGreaterThan(1)
    expect(identities(before)).not.toContain(null)
    expect(new Set(identities(before)).size).toBe(before.length)
    expect(identities(after)).toEqual(identities(before))
    if (given.name === 'REDIRECT') {
      // An account that the bank has blocked has no other name.
      const named = after.filter(({ id, identity }) => id !== identity)
      expect(named.length).toBeGreaterThan(0)
      expect(named.filter(({ id }) => before.some((one) => one.id === id))).toEqual([])
    }
  })
})

describe('Enable Banking', () => {
  test('where a bank keeps one consent of a person, the new one stays alive', async () => {
    const old = await redirects.authorize({ ...ENABLE_BANKING, ref: 'SE:Sandbox One Consent' })
    const renewal = await redirects.renew(old)
    expect((await redirects.consent(old.consent.id, 0)).status).toBe('AUTHORIZED')
    await redirects.comeBack(renewal, 'approve')
    expect(await redirects.consent(old.consent.id, 0)).toMatchObject({ status: 'REVOKED', statusReason: 'SUPERSEDED' })
    expect(await redirects.consent(renewal.consent.id, 0)).toMatchObject({ status: 'AUTHORIZED' })
    expect(await redirects.effects(old.simulator, 'session.closed', old.consent.providerConsentId!)).toEqual([])
  })

  test('of two renewals that are both approved, the later takes the place of the earlier', async () => {
    const old = await redirects.authorize(ENABLE_BANKING)
    const [first, second] = [await redirects.renew(old), await redirects.renew(old)]
    await redirects.comeBack(first, 'approve')
    await redirects.comeBack(second, 'approve')
    expect(await redirects.consent(old.consent.id)).toMatchObject({ supersededBy: { id: first.consent.id } })
    expect(await redirects.consent(first.consent.id)).toMatchObject({
      status: 'REVOKED',
      statusReason: 'SUPERSEDED',
      supersededBy: { id: second.consent.id },
    })
    expect(await redirects.consent(second.consent.id, 0)).toMatchObject({ status: 'AUTHORIZED', supersededBy: null })
  })

  test('a renewal that is finished too late is taken back, and the old one lives on', async () => {
    const old = await redirects.authorize(ENABLE_BANKING)
    const renewal = await redirects.renew(old)
    const callback = await redirects.decide(renewal, 'approve')
    await redirects.run('cancelAuthorization', { authSessionId: renewal.session.id })
    await open(callback)
    const late = await redirects.until(renewal.consent.id, ({ revocation }) => revocation?.state === 'CONFIRMED')
    expect(late).toMatchObject({ status: 'REJECTED', revocation: { attempts: 1 } })
    expect(await redirects.consent(old.consent.id, 0)).toMatchObject({ status: 'AUTHORIZED', supersededBy: null })
  })

  test('asks where to send the person back to', async () => {
    const old = await redirects.authorize(ENABLE_BANKING)
    const { userErrors } = await redirects.run('renewConsent', { consentId: old.consent.id })
    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'returnTo'] }])
  })
})

describe('Fiskil', () => {
  const authorize = async () => {
    const old = await redirects.authorize(FISKIL)
    await setWebhookUrl(old.simulator, `${scene.gateway.url}/webhooks/fiskil`)
    await old.simulator.advance(DAY_MS)
    return old
  }

  const deletions = async ({ simulator }: { readonly simulator: Awaited<ReturnType<typeof authorize>>['simulator'] }) =>
    (await simulator.calls()).filter(({ method, path }) => method === 'DELETE' && path.startsWith('/v1/consent')).length

  const nowOf = async (url: string): Promise<Date> =>
    new Date(((await (await fetch(`${url}/_sandbox/clock`)).json()) as { now: string }).now)

  test('a renewal is the same arrangement: it is not authorized by being active, and nothing is deleted', async () => {
    const old = await authorize()
    const { providerConsentId } = await redirects.consent(old.consent.id)
    const before = await deletions(old)
    const renewal = await redirects.renew(old)
    const [made] = await redirects.effects(old.simulator, 'consent.granted', providerConsentId!)
    const data = {
      event: 'consent.updated',
      consent_id: providerConsentId,
      end_user_id: made!.ids['endUserId'],
      institution_id: FISKIL.ref,
    }
    const lists = async () => (await old.simulator.calls()).filter(({ path }) => path === '/v1/consent').length
    // The second time it is asked, it has made up its mind about the first.
    for (const _ of [1, 2]) {
      const asked = await lists()
      await sendWebhook(scene.gateway.url, data, { at: await nowOf(old.simulator.url) })
      while ((await lists()) === asked);
    }
    expect(await redirects.consent(renewal.consent.id, 0)).toMatchObject({ status: 'AWAITING_AUTHORIZATION' })
    expect((await redirects.consent(old.consent.id, 0)).status).toBe('AUTHORIZED')

    await redirects.decide(renewal, 'close-window')
    expect(await redirects.until(renewal.consent.id, ({ status }) => status === 'AUTHORIZED')).toMatchObject({
      providerConsentId,
    })
    expect(await redirects.until(old.consent.id, ({ status }) => status === 'REVOKED')).toMatchObject({
      statusReason: 'SUPERSEDED',
      revocation: null,
    })
    expect((await deletions(old)) - before).toBe(0)
  })

  test('is authorized by its success callback', async () => {
    const old = await authorize()
    await setWebhookUrl(old.simulator, null)
    const renewal = await redirects.renew(old)
    const { location } = await redirects.comeBack(renewal, 'approve')
    expect(location!.searchParams.get('status')).toBe('AUTHORIZED')
    const now = await redirects.consent(renewal.consent.id)
    expect(Date.parse(now.expiresAt!)).toBeGreaterThan(Date.parse(old.consent.expiresAt!))
  })

  test('a renewal that is finished too late takes nothing from the one that lives', async () => {
    const old = await authorize()
    await setWebhookUrl(old.simulator, null)
    const before = await deletions(old)
    const renewal = await redirects.renew(old)
    const callback = await redirects.decide(renewal, 'approve')
    await redirects.run('cancelAuthorization', { authSessionId: renewal.session.id })
    await open(callback)
    const late = await redirects.until(renewal.consent.id, ({ revocation }) => revocation?.state === 'CONFIRMED')
    expect(late).toMatchObject({ status: 'REJECTED', statusReason: 'CANCELLED_BY_USER', revocation: { attempts: 0 } })
    const live = await redirects.consent(old.consent.id, 0)
    expect(live).toMatchObject({ status: 'AUTHORIZED', supersededBy: null })
    expect(Date.parse(live.expiresAt!)).toBeGreaterThan(Date.parse(old.consent.expiresAt!))
    expect((await deletions(old)) - before).toBe(0)
    // Its owner can still take it back.
    await scene.gateway.graphql(
      'mutation ($input: RevokeConsentInput!) { revokeConsent(input: $input) { userErrors { __typename } } }',
      { input: { consentId: old.consent.id } },
    )
    expect((await deletions(old)) - before).toBe(1)
  })

  test('of the superseded row there is nothing left to delete', async () => {
    const old = await authorize()
    const before = await deletions(old)
    const renewal = await redirects.renew(old)
    await redirects.comeBack(renewal, 'approve')
    await scene.gateway.graphql(
      'mutation ($input: RevokeConsentInput!) { revokeConsent(input: $input) { userErrors { __typename } } }',
      { input: { consentId: old.consent.id } },
    )
    expect((await deletions(old)) - before).toBe(0)
    expect(await redirects.consent(renewal.consent.id, 0)).toMatchObject({ status: 'AUTHORIZED' })
  })

  test('what was withdrawn at the bank meanwhile begins anew', async () => {
    const old = await authorize()
    await setWebhookUrl(old.simulator, null)
    const { providerConsentId } = await redirects.consent(old.consent.id)
    const body = new URLSearchParams({ arrangement_id: providerConsentId! })
    await open(`${old.simulator.url}/consents/end`, { method: 'POST', body })
    const renewal = await redirects.renew(old)
    await redirects.comeBack(renewal, 'approve')
    const now = await redirects.consent(renewal.consent.id)
    expect(now.status).toBe('AUTHORIZED')
    expect(now.providerConsentId).not.toBe(providerConsentId)
  })
})

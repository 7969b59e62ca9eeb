import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FlowSession } from './flow.ts'
import { institution, openScene, type Scene, type Way } from './four-ways.ts'
import type { SandboxControl } from './sandbox-control.ts'

let numbers = 0
const bankId = (ref = 'se-sandbox-bankid', psu: object = {}): Way => ({
  name: ref,
  institutionId: institution('INSURELY', ref),
  psu: { personalNumber: String(198001010000 + (numbers += 1)), ...psu },
})

let scene: Scene
let sandbox: SandboxControl

beforeAll(async () => {
  scene = await openScene()
  await scene.createUser('robin')
  sandbox = (await scene.connect('robin', bankId())).simulator
})
afterAll(() => scene[Symbol.asyncDispose]())

const FACTS = /* GraphQL */ `
  query ($id: ID!, $age: Int) {
    consent(id: $id, maxAgeSeconds: $age) {
      status
      statusReason
      isFinal
      primaryAction
      providerStatus {
        raw
        detail
        recognized
      }
      source {
        outcome
      }
    }
  }
`
interface Facts {
  readonly status: string
  readonly statusReason: string | null
  readonly providerStatus: { readonly raw: string; readonly detail: string | null; readonly recognized: boolean } | null
}
const factsOf = async (id: string, age = 1000): Promise<Facts> =>
  (await scene.gateway.graphql<{ consent: Facts }>(FACTS, { id, age })).consent

interface Case {
  readonly way: Way
  /** What the person, or time, does. */
  readonly act: (begun: FlowSession) => Promise<unknown>
  readonly session: string
  readonly consent: readonly [status: string, reason: string | null]
  readonly raw: readonly [word: string, code: string | null]
}

/** Follows the session until its consent has been explained so. */
const untilExplained = async (id: string, wanted: object): Promise<void> => {
  const query =
    'query ($id: ID!) { consent(id: $id, maxAgeSeconds: 1000) { currentSession { id } explain { nodes { providerRaw to rule } } } }'
  interface Explained {
    readonly consent: {
      readonly currentSession: { readonly id: string }
      readonly explain: { readonly nodes: readonly object[] }
    }
  }
  const explained = async () => (await scene.gateway.graphql<Explained>(query, { id })).consent
  const screen = scene.flow.follow(scene.live, (await explained()).currentSession.id)
  await screen.next()
  while (!(await explained()).explain.nodes.some((row) => JSON.stringify(row) === JSON.stringify(wanted)))
    await screen.next()
  await screen.stop()
}

const press = (how: string) => (begun: FlowSession) => scene.person.act(begun, {}, how)
const nothing = async (): Promise<void> => {}

/** These move nothing but their own order: they run at once. */
const PEOPLE: Readonly<Record<string, Case>> = {
  'the person approves': {
    way: bankId(),
    act: press('approve'),
    session: 'COMPLETED',
    consent: ['AUTHORIZED', null],
    raw: ['AUTHORIZED', null],
  },
  'the person cancels': {
    way: bankId(),
    act: press('cancel'),
    session: 'CANCELLED',
    consent: ['REJECTED', 'DENIED_BY_USER'],
    raw: ['FAILED', 'AUTHENTICATION_CANCELLED'],
  },
  'somebody else signs': {
    way: bankId(),
    act: press('other-person'),
    session: 'FAILED',
    consent: ['FAILED', 'AUTHENTICATION_FAILED'],
    raw: ['FAILED', 'AUTHENTICATION_MISMATCH'],
  },
  'the bank fails': {
    way: bankId(),
    act: press('fail'),
    session: 'FAILED',
    consent: ['FAILED', 'PROVIDER_ERROR'],
    raw: ['FAILED', 'THIRD_PARTY_ERROR'],
  },
  'every second poll is one too many': {
    way: bankId('se-sandbox-bankid-429'),
    act: nothing,
    session: 'COMPLETED',
    consent: ['AUTHORIZED', null],
    raw: ['AUTHORIZED', null],
  },
  'the bank looks at it for a while, in a word of its own': {
    way: bankId('se-sandbox-bankid-weird-status'),
    act: async ({ consent }) => {
      await untilExplained(consent.id, { providerRaw: 'UNDER_REVIEW', to: null, rule: 'WORD_NOT_RECOGNIZED' })
      expect(await factsOf(consent.id)).toMatchObject({
        status: 'AWAITING_AUTHORIZATION',
        providerStatus: { raw: 'UNDER_REVIEW', recognized: false },
      })
    },
    session: 'COMPLETED',
    consent: ['AUTHORIZED', null],
    raw: ['AUTHORIZED', null],
  },
}

const TIME: Readonly<Record<string, Case>> = {
  'nobody scans the code': {
    way: bankId(),
    act: () => sandbox.advance(31_000),
    session: 'EXPIRED',
    consent: ['EXPIRED', 'SESSION_EXPIRED'],
    raw: ['FAILED', 'AUTHENTICATION_TIMEOUT'],
  },
  'the person scans and walks away': {
    way: bankId(),
    act: async ({ nextStep }) => {
      await scene.person.phone.scan(nextStep!.frame.data)
      await sandbox.advance(181_000)
    },
    session: 'EXPIRED',
    consent: ['EXPIRED', 'SESSION_EXPIRED'],
    raw: ['FAILED', 'AUTHENTICATION_TIMEOUT'],
  },
}

const play = async ({ way, act, session, consent, raw }: Case): Promise<void> => {
  const begun = await scene.begin('robin', way)
  await act(begun)
  expect(await scene.untilOver(begun.id)).toMatchObject({
    sessionStatus: session,
    nextStep: null,
    problem: null,
    consent: { status: consent[0], statusReason: consent[1] },
  })
  expect(await factsOf(begun.consent.id)).toMatchObject({
    status: consent[0],
    statusReason: consent[1],
    isFinal: consent[0] !== 'AUTHORIZED',
    primaryAction: consent[0] === 'AUTHORIZED' ? 'NONE' : 'RECONNECT',
    providerStatus: { raw: raw[0], detail: raw[1], recognized: true },
  })
}

describe('where', () => {
  test.concurrent.each(Object.entries(PEOPLE))('%s', (_, of) => play(of))
})

describe('where', () => {
  test.each(Object.entries(TIME))('%s', (_, of) => play(of))
})

test('a second order of the same person ends the first', async () => {
  const way = bankId()
  const [first, second] = [await scene.begin('robin', way), await scene.begin('robin', way)]
  expect(await scene.untilOver(first.id)).toMatchObject({
    sessionStatus: 'FAILED',
    consent: { status: 'FAILED', statusReason: 'AUTHENTICATION_FAILED' },
  })
  await scene.person.approve(second, {})
  expect(await scene.untilOver(second.id)).toMatchObject({ consent: { status: 'AUTHORIZED' } })
})

test('a bank that refuses shows no code', async () => {
  const way = bankId('se-sandbox-refuses')
  const { authSession } = await scene.flow.start('robin', way.institutionId, way.psu)
  const shown = await scene.flow.follow(scene.live, authSession!.id).rest()
  expect(shown.every(({ nextStep }) => nextStep === null)).toBe(true)
  expect(shown.at(-1)).toMatchObject({
    sessionStatus: 'FAILED',
    consent: { status: 'FAILED', statusReason: 'PROVIDER_ERROR' },
  })
})

test('withdrawn at the bank, a consent is REVOKED at the next read, and everybody is told', async () => {
  const { consentId } = await scene.connect('robin', bankId())
  const changes = scene.live.subscribe<{ consentEvents: { to: string } }, 'consentEvents'>(
    'consentEvents',
    'subscription ($id: ID!) { consentEvents(filter: { consentId: $id }) { __typename ... on ConsentStatusChanged { to reason } } }',
    { id: consentId },
  )
  await changes.next()
  const { consent } = await scene.gateway.graphql<{ consent: { providerConsentId: string } }>(
    'query ($id: ID!) { consent(id: $id) { providerConsentId } }',
    { id: consentId },
  )
  await scene.person.phone.act(consent.providerConsentId, 'withdraw')
  const { calls } = await sandbox.callsDuring(() => factsOf(consentId, 0))
  expect(calls).toHaveLength(1)
  expect(await changes.next()).toMatchObject({ to: 'REVOKED', reason: 'REVOKED_AT_INSTITUTION' })
  expect(await factsOf(consentId)).toMatchObject({
    status: 'REVOKED',
    statusReason: 'REVOKED_AT_INSTITUTION',
    primaryAction: 'NONE',
  })
})

describe('on which device', () => {
  test('on this one, the app is launched with a token, and leads back to the client', async () => {
    const begun = await scene.begin('robin', bankId(undefined, { device: 'SAME' }))
    const { nextStep } = begun
    expect(nextStep).toMatchObject({ kind: 'APP_LAUNCH', hint: 'Open the BankID app.' })
    expect(nextStep.autoStartToken).toMatch(/^[\w-]{36}$/)
    const link = new URL(nextStep.universalLink)
    expect(link.origin).toBe('https://app.bankid.com')
    expect(link.searchParams.get('autostarttoken')).toBe(nextStep.autoStartToken)
    expect(link.searchParams.get('redirect')).toBe(`${scene.gateway.url}/sandbox/return`)
    expect(nextStep.appLink).toBe(`bankid:///${link.search}`)
    await scene.person.approve(begun, {})
    expect(await scene.untilOver(begun.id)).toMatchObject({ consent: { status: 'AUTHORIZED' } })
  })

  test('on another one, there is a code and nothing to launch', async () => {
    const begun = await scene.begin('robin', bankId(undefined, { device: 'OTHER' }))
    expect(begun.nextStep).toMatchObject({ kind: 'QR', launch: null })
  })

  test('a bank that only launches has no code to show', async () => {
    const begun = await scene.begin('robin', bankId('se-sandbox-app-only'))
    expect(begun.nextStep.kind).toBe('APP_LAUNCH')
  })

  test.each([
    ['a bank that only has codes', bankId('se-sandbox-qr-only', { device: 'SAME' }), ['input', 'psu', 'device']],
    ['nobody without their number', bankId(undefined, { personalNumber: null }), ['input', 'psu', 'personalNumber']],
    ['a number that is none', bankId(undefined, { personalNumber: '8001010001' }), ['input', 'psu', 'personalNumber']],
  ])('%s is refused before anything is asked', async (_name, way, path) => {
    const { result, calls } = await sandbox.callsDuring(() => scene.flow.start('robin', way.institutionId, way.psu))
    expect(result).toMatchObject({ authSession: null, userErrors: [{ __typename: 'InvalidInputError', path }] })
    expect(calls).toEqual([])
    expect(JSON.stringify(result)).not.toContain('8001010001')
  })

  test('a bank that fails at the start leaves nothing behind', async () => {
    const way = bankId('se-sandbox-bankid-5xx')
    const before = (await sandbox.ledger('consent.created')).length
    const { authSession, userErrors } = await scene.flow.start('robin', way.institutionId, way.psu)
    expect(userErrors).toMatchObject([{ __typename: 'ProviderError' }])
    // A proxy's answer says nothing of what happened: the gateway looks, and finds nothing.
    expect(await scene.untilOver(authSession!.id)).toMatchObject({
      sessionStatus: 'FAILED',
      problem: { code: 'OUTCOME_UNKNOWN' },
      consent: { status: 'FAILED', statusReason: 'PROVIDER_ERROR' },
    })
    expect(await sandbox.ledger('consent.created')).toHaveLength(before)
  })
})

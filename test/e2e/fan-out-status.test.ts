import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Connected, fourWays, institution, openScene, type Scene } from './four-ways.ts'
import { ANYTHING } from './sandbox-control.ts'

const CONSENT = /* GraphQL */ `
  query ($id: ID!, $age: Int) {
    consent(id: $id, maxAgeSeconds: $age) {
      status
      statusReason
      isFinal
      providerConsentId
      expiresAt
      providerStatus {
        raw
        source
        recognized
      }
      source {
        outcome
        stale
        problem {
          code
          retryAt
          providerCode
        }
      }
      history {
        nodes {
          ... on ConsentStatusChanged {
            to
            reason
          }
        }
      }
      explain {
        nodes {
          providerRaw
          source
          to
          applied
          rule
        }
      }
    }
  }
`
interface Consent {
  readonly status: string
  readonly statusReason: string | null
  readonly providerConsentId: string
  readonly providerStatus: { readonly raw: string | null; readonly source: string; readonly recognized: boolean }
  readonly source: {
    readonly outcome: string
    readonly stale: boolean
    readonly problem: { readonly code: string } | null
  }
  readonly history: { readonly nodes: readonly { readonly to?: string }[] }
  readonly explain: { readonly nodes: readonly { readonly rule: string }[] }
}

let scene: Scene
const opened: Connected[] = []

beforeAll(async () => {
  scene = await openScene()
  await scene.createUser('lee')
})
afterEach(async () => {
  await Promise.all(opened.map(({ simulator }) => simulator.heal()))
})
afterAll(() => scene[Symbol.asyncDispose]())

const read = async ({ consentId: id }: Connected, age = 0): Promise<Consent> =>
  (await scene.gateway.graphql<{ consent: Consent }>(CONSENT, { id, age })).consent

const connect = async (way: Parameters<Scene['connect']>[1]): Promise<Connected> => {
  const connected = await scene.connect('lee', way)
  opened.push(connected)
  return connected
}

const post = async (url: string, form: Readonly<Record<string, string>>): Promise<void> => {
  const { status } = await fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })
  if (status >= 400) throw new Error(`${url}: ${status}`)
}

const [otp, redirect, hosted, bankId] = fourWays()

/** How a person withdraws at each bank. */
const WITHDRAW: Readonly<Record<string, (url: string, id: string) => Promise<unknown>>> = {
  REDIRECT: (url, id) => post(`${url}/consents/end`, { sessionid: id, by: 'person' }),
  HOSTED: (url, id) => post(`${url}/consents/end`, { arrangement_id: id }),
  BANKID: (_, id) => scene.person.phone.act(id, 'withdraw'),
}

describe.each([redirect, hosted, bankId])('withdrawn at the bank ($name)', (way) => {
  test('is REVOKED at the next read, told once however many read', async () => {
    const connected = await connect(way)
    const { providerConsentId } = await read(connected, 1000)
    const events = scene.live.subscribe<{ consentStatusChanged: object }, 'consentStatusChanged'>(
      'consentStatusChanged',
      'subscription ($id: ID!) { consentStatusChanged(filter: { consentId: $id }) { from to reason consent { status } } }',
      { id: connected.consentId },
    )
    // Served behind it on the same socket: the subscription above has begun.
    await scene.flow.follow(scene.live, connected.sessionId).rest()
    await WITHDRAW[way.name]!(connected.simulator.url, providerConsentId)
    const consents = await Promise.all(Array.from({ length: 20 }, () => read(connected)))
    expect(new Set(consents.map(({ status }) => status))).toEqual(new Set(['REVOKED']))
    expect(await events.next()).toEqual({
      from: 'AUTHORIZED',
      to: 'REVOKED',
      reason: 'REVOKED_AT_INSTITUTION',
      consent: { status: 'REVOKED' },
    })
    await events.stop()
    const after = await read(connected)
    expect(after).toMatchObject({ status: 'REVOKED', statusReason: 'REVOKED_AT_INSTITUTION', isFinal: true })
    expect(after.history.nodes.filter(({ to }) => to === 'REVOKED')).toHaveLength(1)
    expect(after.explain.nodes).toContainEqual(
      expect.objectContaining({ to: 'REVOKED', applied: true, rule: 'APPLIED' }),
    )
    // Nothing is left to ask.
    const { calls } = await connected.simulator.callsDuring(() => read(connected))
    expect(calls).toEqual([])
  })
})

test('ended by the bank before its time, it is EXPIRED and says by whom', async () => {
  const connected = await connect(redirect)
  const { providerConsentId } = await read(connected, 1000)
  await post(`${connected.simulator.url}/consents/end`, { sessionid: providerConsentId, by: 'bank' })
  expect(await read(connected)).toMatchObject({
    status: 'EXPIRED',
    statusReason: 'REVOKED_AT_INSTITUTION',
    providerStatus: { raw: 'EXPIRED', source: 'READ', recognized: true },
  })
})

describe.each([otp, redirect, hosted, bankId])('limited by the provider ($name)', (way) => {
  test('is what it was, and the report says so', async () => {
    const connected = await connect(way)
    const before = await read(connected)
    const headers = { 'Retry-After': '3600' }
    await connected.simulator.fault({ kind: 'status', status: 429, match: ANYTHING, times: 50, headers })
    const limited = await read(connected)
    expect(limited).toMatchObject({
      status: 'AUTHORIZED',
      providerStatus: before.providerStatus,
      source: { outcome: 'RATE_LIMITED', stale: true, problem: { code: 'PROVIDER_RATE_LIMITED' } },
    })
    expect(limited.history).toEqual(before.history)
    await connected.simulator.heal()
    expect(await read(connected)).toMatchObject({ status: 'AUTHORIZED', source: { outcome: 'LIVE', stale: false } })
  })
})

describe('banks that answer a read badly', () => {
  const bad = (suffix: string) => ({
    ...redirect,
    institutionId: institution('ENABLE_BANKING', `FI:Sandbox Redirect-${suffix}`),
  })

  test('a word that nobody knows is shown, and moves nothing', async () => {
    const connected = await connect(bad('weird-status'))
    const consent = await read(connected)
    expect(consent).toMatchObject({
      status: 'AUTHORIZED',
      providerStatus: { raw: 'UNDER_REVIEW', source: 'READ', recognized: false },
      source: { outcome: 'LIVE', stale: false },
    })
    expect(consent.explain.nodes).toContainEqual(
      expect.objectContaining({
        providerRaw: 'UNDER_REVIEW',
        source: 'READ',
        to: null,
        applied: false,
        rule: 'WORD_NOT_RECOGNIZED',
      }),
    )
  })

  test('a limit of the bank is no end, with and without a time to wait', async () => {
    const connected = await connect(bad('429'))
    for (let reads = 0; reads < 2; reads += 1) {
      expect(await read(connected)).toMatchObject({
        status: 'AUTHORIZED',
        source: {
          outcome: 'RATE_LIMITED',
          stale: true,
          problem: {
            code: 'PROVIDER_RATE_LIMITED',
            providerCode: 'ASPSP_RATE_LIMIT_EXCEEDED',
            retryAt: expect.any(String),
          },
        },
      })
    }
  })

  test('failures in JSON and in HTML are no end', async () => {
    const connected = await connect(bad('5xx'))
    for (let reads = 0; reads < 2; reads += 1) {
      expect(await read(connected)).toMatchObject({
        status: 'AUTHORIZED',
        source: { outcome: 'FAILED', stale: true },
      })
    }
  })

  test('a word where a flag should be is shown, and moves nothing', async () => {
    const way = { ...hosted, institutionId: institution('FISKIL', 'sandbox.redirect-weird-status') }
    const begun = await scene.begin('lee', way)
    await scene.person.approve(begun, way.psu)
    const { consent } = await scene.gateway.graphql<{ consent: Consent }>(CONSENT, { id: begun.consent.id, age: 1000 })
    expect(consent).toMatchObject({ status: 'AWAITING_AUTHORIZATION', providerStatus: { recognized: false } })
    expect(consent.explain.nodes).toContainEqual(expect.objectContaining({ rule: 'WORD_NOT_RECOGNIZED' }))
  })
})

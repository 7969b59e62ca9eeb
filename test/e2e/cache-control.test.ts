import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerClients } from './api-clients.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { bank, operationsOf } from './operations.ts'
import { ANYTHING, connectSandbox } from './sandbox-control.ts'
import { temporaryDirectory } from '../store/directory.ts'

const PAGE = 'https://shop.example'
const OTHER = { id: 'cli_other', apiKey: 'cg_other_key', scopes: ['consents:read'] } as const

const started = new AsyncDisposableStack()
let gateway: GatewayProcess
let consentId: string

beforeAll(async () => {
  const directory = started.use(await temporaryDirectory())
  await registerClients(directory.path, [OTHER])
  gateway = started.use(await startGateway({ dataDir: directory.path, env: { ALLOWED_ORIGINS: PAGE } }))
  const { consent } = await operationsOf(gateway).authorize({ user: { externalId: 'demo-user' } })
  consentId = consent.id
})
afterAll(() => started.disposeAsync())

const DIRECTORY = `{ institutions(first: 50) {
  totalCount edges { cursor node { id name country logoUrl psuTypes steps maxConsentSeconds requiredPsuFields } }
  nodes { provider { id displayName sandbox capabilities { steps renewal } } } pageInfo { endCursor }
} }`
const ENTITIES = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on Institution { id name } ... on User { id } ... on Consent { id }
} }`

const BANK = { __typename: 'Institution', id: bank('sandbox.otp') }
const DEMO = { __typename: 'User', externalId: 'demo-user' }

describe('what is nobody’s may be kept for minutes', () => {
  test.each([
    ['the directory of institutions', DIRECTORY, {}],
    ['the providers', '{ providers { id displayName capabilities { steps } } }', {}],
    ['an institution that another graph refers to', ENTITIES, { representations: [BANK] }],
  ])('%s', async (_, query, variables) => {
    const { headers, status } = await gateway.ask(query, variables)
    expect([status, headers.get('cache-control')]).toEqual([200, 'max-age=300'])
    expect(headers.get('vary')).toBe('Origin, Authorization')
  })

  test('and is the same for whoever asks', async () => {
    const texts = [gateway.apiKey, OTHER.apiKey, gateway.userToken].map(async (as) => {
      const { text, headers } = await gateway.ask(DIRECTORY, {}, { as })
      expect(headers.get('cache-control')).toBe('max-age=300')
      return text
    })
    expect(new Set(await Promise.all(texts)).size).toBe(1)
  })
})

describe('no cache keeps', () => {
  test.each([
    ['whether an institution can be reached', '{ institutions { nodes { id available } } }', {}],
    ['how a provider is doing', '{ providers { id health { state } } }', {}],
    ['where a list is from', '{ institutions { nodes { id } sources { outcome } } }', {}],
    ['a person', '{ user(ref: { externalId: "demo-user" }) { id } }', {}],
    ['who asks', '{ viewer { scopes } }', {}],
    ['a person beside an institution', ENTITIES, { representations: [BANK, DEMO] }],
    ['that an institution is not there', ENTITIES, { representations: [{ ...BANK, id: bank('nowhere') }] }],
    ['persons beside the directory', '{ providers { id } users { nodes { id } } }', {}],
  ])('%s', async (_, query, variables) => {
    const { headers, errors } = await gateway.ask(query, variables)
    expect([headers.get('cache-control'), errors]).toEqual(['no-store', []])
  })

  test.each([
    ['by its id', () => `{ consent(id: "${consentId}") { id institution { name } } }`],
    ['as a node', () => `{ node(id: "${consentId}") { id } }`],
    ['in a list', () => '{ consents { nodes { id } } }'],
    ['beside the directory', () => `{ providers { id } consent(id: "${consentId}") { id } }`],
  ])('a consent %s', async (_, query) => {
    const { headers, text } = await gateway.ask(query())
    expect(text).toContain(consentId)
    expect(headers.get('cache-control')).toBe('no-store')
  })

  test('a consent that another graph refers to', async () => {
    const { headers, text } = await gateway.ask(ENTITIES, {
      representations: [BANK, { __typename: 'Consent', id: consentId }],
    })
    expect(text).toContain(consentId)
    expect(headers.get('cache-control')).toBe('no-store')
  })

  test.each([
    ['no credential', null, 401],
    ['an unknown one', 'cg_live_unknown', 401],
  ])('the refusal of %s', async (_, as, expected) => {
    const { headers, status } = await gateway.ask(DIRECTORY, {}, { as })
    expect([status, headers.get('cache-control')]).toEqual([expected, 'no-store'])
  })

  test('a list that lacks what a silent provider would have said', async () => {
    await using fresh = await startGateway()
    const { sandbox } = await fresh.graphql<{ sandbox: { phoneUrl: string } }>('{ sandbox { phoneUrl } }')
    const bankId = connectSandbox(new URL(sandbox.phoneUrl).origin)
    await bankId.fault({ kind: 'reset-before', match: ANYTHING, times: 10_000 })
    const query = '{ institutions(first: 100) { nodes { id } } }'
    expect((await fresh.ask(query)).headers.get('cache-control')).toBe('no-store')
    expect((await fresh.ask(query)).headers.get('cache-control')).toBe('no-store')
    await bankId.heal()
    expect((await fresh.ask(query)).headers.get('cache-control')).toBe('max-age=300')
  })
})

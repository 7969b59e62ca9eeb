import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { bank, type Begun, type Operations, operationsOf } from './operations.ts'
import { ANYTHING, LIST, type SandboxControl } from './sandbox-control.ts'

interface List<Node> {
  readonly nodes: readonly Node[]
  readonly edges: readonly { readonly cursor: string }[]
  readonly totalCount?: number
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  readonly sources: readonly { readonly outcome: string; readonly stale: boolean; readonly problem: unknown }[]
}
/** Of any list: the fields that its query selects. */
interface Row {
  readonly id: string
  readonly name: string
  readonly consent: { readonly id: string }
}
const PAGE = 'edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'

let gateway: GatewayProcess
let sandbox: SandboxControl
let client: Operations
/** Of the user `reader`. */
let live: Begun
let revoked: Begun

beforeAll(async () => {
  gateway = await startGateway()
  sandbox = await gateway.sandbox()
  client = operationsOf(gateway)
  await client.createUser('reader')
  const user = { externalId: 'reader' }
  live = await client.authorize({ user })
  revoked = await client.authorize({ user })
  await client.revoke(revoked.consent.id)
  await client.begin({ user, target: { institutionId: bank('sandbox.otp-by-email') } })
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** Every node of a list, page by page, and how many pages that took. */
const walk = async (
  query: string,
  field: string,
  variables: object = {},
): Promise<{ nodes: readonly Row[]; pages: number }> => {
  const nodes: Row[] = []
  for (let after: string | null = null, pages = 1; ; pages += 1) {
    const page: List<Row> = (await gateway.graphql<Record<string, List<Row>>>(query, { ...variables, after }))[field]!
    nodes.push(...page.nodes)
    expect(page.edges).toHaveLength(page.nodes.length)
    if (!page.pageInfo.hasNextPage) return { nodes, pages }
    after = page.pageInfo.endCursor
  }
}

describe('institutions', () => {
  const QUERY = `query ($after: String, $search: String, $first: Int) {
    institutions(after: $after, search: $search, first: $first, provider: [OPEN_BANK_PROJECT]) {
      ${PAGE} totalCount nodes { id name steps maxConsentSeconds provider { id sandbox } } sources { outcome problem { code } }
    }
  }`

  test('page by page, each once, by name', async () => {
    const { nodes, pages } = await walk(QUERY, 'institutions', { first: 4 })
    expect(pages).toBe(3)
    expect(nodes).toHaveLength(9)
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(9)
    expect(nodes.map(({ name }) => name)).toEqual(
      nodes.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b, 'en')),
    )
  })

  test('by part of the name, without regard to case', async () => {
    const { institutions } = await gateway.graphql<{ institutions: List<object> }>(QUERY, { search: 'BY e-mail' })
    expect(institutions).toMatchObject({
      totalCount: 1,
      nodes: [
        {
          id: bank('sandbox.otp-by-email'),
          steps: ['OTP'],
          maxConsentSeconds: 3600,
          provider: { id: 'OPEN_BANK_PROJECT', sandbox: true },
        },
      ],
    })
    expect(
      (await gateway.graphql<{ institutions: List<object> }>(QUERY, { search: 'no such' })).institutions.nodes,
    ).toEqual([])
  })
})

describe('who is there', () => {
  test('an API key is a client and no person', async () => {
    const seen = await gateway.graphql('{ me { id } viewer { client { id name returnTo } user { id } scopes } }')
    expect(seen).toMatchObject({
      me: null,
      viewer: {
        client: { id: 'cli_development', returnTo: [expect.stringContaining(gateway.url)] },
        user: null,
        scopes: expect.arrayContaining(['users:write']),
      },
    })
  })

  test('a user token is a person, and does not show its client', async () => {
    const query =
      '{ me { externalId } viewer { client { id } user { externalId } scopes } users { totalCount nodes { externalId } } }'
    expect(await gateway.graphql(query, {}, { as: await client.token('reader') })).toEqual({
      me: { externalId: 'reader' },
      viewer: {
        client: null,
        user: { externalId: 'reader' },
        scopes: ['users:read', 'consents:read', 'authorizations:write'],
      },
      users: { totalCount: 1, nodes: [{ externalId: 'reader' }] },
    })
  })

  test('a known externalId is the user who has it', async () => {
    const id = await client.createUser('twice')
    expect(await client.createUser('twice')).toBe(id)
    const query = 'query ($ref: UserRef!) { user(ref: $ref) { id externalId } }'
    for (const ref of [{ id }, { externalId: 'twice' }]) {
      expect(await gateway.graphql(query, { ref })).toEqual({ user: { id, externalId: 'twice' } })
    }
    expect(await gateway.graphql(query, { ref: { externalId: 'Twice' } })).toEqual({ user: null })
  })
})

describe('a consent', () => {
  const FRESH =
    'query ($id: ID!, $age: Int) { consent(id: $id, maxAgeSeconds: $age) { status source { outcome stale problem { code } } } }'

  test('is asked for only where what is stored is too old', async () => {
    const young = await sandbox.callsDuring(() => gateway.graphql(FRESH, { id: live.consent.id, age: 1000 }))
    expect(young).toMatchObject({ calls: [], result: { consent: { source: { outcome: 'CACHED', stale: false } } } })
    const asked = await sandbox.callsDuring(() => gateway.graphql(FRESH, { id: live.consent.id, age: 0 }))
    expect(asked.result).toEqual({
      consent: { status: 'AUTHORIZED', source: { outcome: 'LIVE', stale: false, problem: null } },
    })
    expect(asked.calls).toHaveLength(1)
    const ended = await sandbox.callsDuring(() => gateway.graphql(FRESH, { id: revoked.consent.id, age: 0 }))
    expect(ended.calls).toEqual([])
  })

  test('stays as last known, and says so, where the bank is down', async () => {
    await sandbox.fault({ kind: 'status', status: 500, match: LIST, times: 20 })
    const { result } = await sandbox.callsDuring(() => gateway.graphql(FRESH, { id: live.consent.id, age: 0 }))
    await sandbox.heal()
    expect(result).toMatchObject({
      consent: {
        status: 'AUTHORIZED',
        source: { outcome: 'FAILED', stale: true, problem: { code: 'PROVIDER_UNAVAILABLE' } },
      },
    })
  })

  test('has accounts, a history and an explanation', async () => {
    const query = `query ($id: ID!) { consent(id: $id, maxAgeSeconds: 1000) {
      accounts { nodes { id identity name kind } source { outcome } }
      history { nodes { __typename consentVersion ... on ConsentStatusChanged { from to } } }
      explain { nodes { source providerRaw from to applied rule repeated } }
      institution { id } user { externalId } requestedAccess { accountIds validUntil }
      currentSession { sessionStatus }
    } }`
    const { consent } = await gateway.graphql<{ consent: object }>(query, { id: live.consent.id })
    expect(consent).toMatchObject({
      institution: { id: bank('sandbox.otp') },
      user: { externalId: 'reader' },
      accounts: {
        source: { outcome: 'LIVE' },
        nodes: [
          { id: 'sandbox.otp.current', identity: 'sandbox.otp/sandbox.otp.current', name: 'Current account' },
          { id: 'sandbox.otp.savings' },
        ],
      },
      history: {
        nodes: [
          { __typename: 'ConsentStatusChanged', from: null, to: 'INITIATED', consentVersion: 1 },
          { __typename: 'ConsentStatusChanged', from: 'INITIATED', to: 'AWAITING_AUTHORIZATION', consentVersion: 2 },
          { __typename: 'AuthStepChanged', consentVersion: 2 },
          { __typename: 'ConsentStatusChanged', from: 'AWAITING_AUTHORIZATION', to: 'AUTHORIZED', consentVersion: 3 },
        ],
      },
      explain: {
        nodes: expect.arrayContaining([
          expect.objectContaining({ source: 'START', to: 'INITIATED', rule: 'APPLIED', applied: true }),
          expect.objectContaining({ source: 'ANSWER', providerRaw: 'ACCEPTED', to: 'AUTHORIZED', applied: true }),
        ]),
      },
    })
  })

  test('shows no open authorization once it is decided', async () => {
    const query = 'query ($id: ID!) { consent(id: $id, maxAgeSeconds: 1000) { currentSession { sessionStatus } } }'
    expect(await gateway.graphql(query, { id: live.consent.id })).toEqual({ consent: { currentSession: null } })
  })
})

describe('lists', () => {
  test('the consents of a person, with one call for all that are live', async () => {
    const query = `query ($age: Int, $first: Int, $after: String) { user(ref: { externalId: "reader" }) {
      consents(maxAgeSeconds: $age, first: $first, after: $after) { ${PAGE} totalCount nodes { id status } sources { provider { id } outcome stale } }
      authSessions { totalCount nodes { sessionStatus } }
    } }`
    const { result, calls } = await sandbox.callsDuring(() => gateway.graphql(query, { age: 0 }))
    expect(calls).toHaveLength(1)
    expect(result).toMatchObject({
      user: {
        consents: {
          totalCount: 3,
          nodes: [{ status: 'AWAITING_AUTHORIZATION' }, { status: 'REVOKED' }, { status: 'AUTHORIZED' }],
          sources: [{ provider: { id: 'OPEN_BANK_PROJECT' }, outcome: 'LIVE', stale: false }],
        },
        authSessions: {
          totalCount: 3,
          nodes: [{ sessionStatus: 'AWAITING_USER' }, { sessionStatus: 'COMPLETED' }, { sessionStatus: 'COMPLETED' }],
        },
      },
    })
    await sandbox.fault({ kind: 'reset-before', match: ANYTHING, times: 20 })
    const dark = await gateway.graphql(query, { age: 0 })
    await sandbox.heal()
    expect(dark).toMatchObject({
      user: { consents: { nodes: [{}, {}, {}], sources: [{ outcome: 'FAILED', stale: true }] } },
    })
  })

  test('consents by state, institution, provider and end', async () => {
    const query = `query ($filter: ConsentFilter, $first: Int, $after: String) {
      consents(filter: $filter, first: $first, after: $after) { ${PAGE} totalCount nodes { id status } sources { outcome } }
    }`
    const found = async (filter: object): Promise<readonly string[]> =>
      (await walk(query, 'consents', { filter, first: 1 })).nodes.map(({ id }) => id)
    expect(await found({ status: ['AUTHORIZED'] })).toEqual([live.consent.id])
    expect(await found({ status: ['AUTHORIZED', 'REVOKED'] })).toEqual([revoked.consent.id, live.consent.id])
    expect(await found({ status: [] })).toEqual([])
    expect(await found({ institutionId: bank('sandbox.otp'), provider: ['OPEN_BANK_PROJECT'] })).toHaveLength(2)
    expect(await found({ provider: ['FISKIL'] })).toEqual([])
    expect(await found({ revocationState: ['CONFIRMED'] })).toEqual([revoked.consent.id])
    expect(await found({ expiresBefore: new Date().toISOString() })).toEqual([])
    expect(await found({ expiresBefore: new Date(Date.now() + 7_200_000).toISOString() })).toHaveLength(3)
  })

  test('events page by page, in the order of the history, each once', async () => {
    const query = `query ($filter: ConsentStreamFilter, $first: Int, $after: String) {
      consentEvents(filter: $filter, first: $first, after: $after) { ${PAGE} nodes { id cursor consentVersion consent { id } } }
    }`
    const all = await walk(query, 'consentEvents', { first: 3 })
    const { user } = await gateway.graphql<{ user: { id: string } }>('{ user(ref: { externalId: "reader" }) { id } }')
    const ofUser = await walk(query, 'consentEvents', { first: 100, filter: { user: { id: user.id } } })
    expect(all.pages).toBeGreaterThan(3)
    expect(all.nodes.map(({ id }) => id)).toEqual(ofUser.nodes.map(({ id }) => id))
    expect(new Set(all.nodes.map(({ id }) => id)).size).toBe(all.nodes.length)
    const one = await walk(query, 'consentEvents', { first: 2, filter: { consentId: live.consent.id } })
    expect(one.nodes.map(({ id }) => id)).toEqual(
      all.nodes.filter(({ consent }) => consent.id === live.consent.id).map(({ id }) => id),
    )
    expect((await walk(query, 'consentEvents', { first: 2, filter: { provider: [] } })).nodes).toEqual([])
  })

  test('anything by its id, several at once, in the order asked', async () => {
    const { user } = await gateway.graphql<{ user: { id: string } }>('{ user(ref: { externalId: "reader" }) { id } }')
    const ids = [
      bank('sandbox.otp'),
      live.consent.id,
      live.session.id,
      user.id,
      'con_unknown',
      'nonsense',
      live.consent.id,
    ]
    const query =
      'query ($ids: [ID!]!, $id: ID!) { node(id: $id) { __typename id } nodes(ids: $ids) { __typename id } }'
    expect(await gateway.graphql(query, { ids, id: live.session.id })).toEqual({
      node: { __typename: 'AuthSession', id: live.session.id },
      nodes: [
        { __typename: 'Institution', id: ids[0] },
        { __typename: 'Consent', id: ids[1] },
        { __typename: 'AuthSession', id: ids[2] },
        { __typename: 'User', id: ids[3] },
        null,
        null,
        { __typename: 'Consent', id: ids[6] },
      ],
    })
  })
})

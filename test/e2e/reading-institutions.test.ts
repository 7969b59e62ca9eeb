import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { ANYTHING, connectSandbox, type SandboxControl } from './sandbox-control.ts'

const INSTITUTIONS = /* GraphQL */ `
  query (
    $search: String
    $country: CountryCode
    $provider: [ProviderId!]
    $psuType: PsuType
    $first: Int
    $after: String
  ) {
    institutions(
      search: $search
      country: $country
      provider: $provider
      psuType: $psuType
      first: $first
      after: $after
    ) {
      totalCount
      nodes {
        id
        name
        country
        psuTypes
        steps
        maxConsentSeconds
        requiredPsuFields
        available
        provider {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      sources {
        provider {
          id
        }
        outcome
        stale
        observedAt
        problem {
          code
        }
      }
    }
  }
`

interface Institution {
  readonly id: string
  readonly name: string
  readonly country: string | null
  readonly psuTypes: readonly string[]
  readonly steps: readonly string[]
  readonly requiredPsuFields: readonly string[]
  readonly available: boolean
  readonly provider: { readonly id: string }
}
interface Source {
  readonly provider: { readonly id: string }
  readonly outcome: string
  readonly problem: { readonly code: string } | null
}
interface List {
  readonly totalCount: number | null
  readonly nodes: readonly Institution[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  readonly sources: readonly Source[]
}

const PROVIDERS = ['ENABLE_BANKING', 'FISKIL', 'INSURELY', 'OPEN_BANK_PROJECT']
const DEAD = { kind: 'reset-before', match: ANYTHING, times: 10_000 }

let gateway: GatewayProcess
/** The simulator of the BankID provider: its address is the phone's. */
let bankId: SandboxControl

beforeAll(async () => {
  gateway = await startGateway()
  const { sandbox } = await gateway.graphql<{ sandbox: { phoneUrl: string } }>('{ sandbox { phoneUrl } }')
  bankId = connectSandbox(new URL(sandbox.phoneUrl).origin)
})
afterAll(() => gateway[Symbol.asyncDispose]())

const list = async (variables: object = {}): Promise<List> =>
  (await gateway.graphql<{ institutions: List }>(INSTITUTIONS, { first: 100, ...variables })).institutions

const outcomes = ({ sources }: List): Readonly<Record<string, string>> =>
  Object.fromEntries(sources.map(({ provider, outcome }) => [provider.id, outcome]))

const providersIn = ({ nodes }: List): readonly string[] =>
  [...new Set(nodes.map(({ provider }) => provider.id))].toSorted()

test('a provider that is down at the first look is named, and the others are listed', async () => {
  await bankId.fault(DEAD)
  const found = await list()
  expect(outcomes(found)).toEqual({
    ENABLE_BANKING: 'LIVE',
    FISKIL: 'LIVE',
    INSURELY: 'FAILED',
    OPEN_BANK_PROJECT: 'LIVE',
  })
  expect(found.sources.find(({ outcome }) => outcome === 'FAILED')?.problem).toEqual({ code: 'PROVIDER_UNAVAILABLE' })
  expect(providersIn(found)).toEqual(PROVIDERS.filter((id) => id !== 'INSURELY'))
  // Nobody knows how many there are.
  expect(found.totalCount).toBeNull()
  await bankId.heal()
})

test('once heard, a list is there, and is served while its provider is down', async () => {
  const healed = await list()
  expect(outcomes(healed)).toMatchObject({ INSURELY: 'LIVE', FISKIL: 'CACHED' })
  expect(providersIn(healed)).toEqual(PROVIDERS)
  expect(healed.totalCount).toBe(healed.nodes.length)

  await bankId.fault(DEAD)
  const { result: dark, calls } = await bankId.callsDuring(() => list())
  expect(calls).toEqual([])
  expect(dark.nodes).toEqual(healed.nodes)
  expect(outcomes(dark)).toEqual(Object.fromEntries(PROVIDERS.map((id) => [id, 'CACHED'])))
  await bankId.heal()
})

describe('one list over all providers', () => {
  test('goes page by page, each institution once, by name', async () => {
    const all = await list()
    const walked: Institution[] = []
    for (let after: string | null = null, more = true; more;) {
      const page: List = await list({ first: 7, after })
      expect(page.nodes.length).toBeLessThanOrEqual(7)
      expect(page.totalCount).toBe(all.totalCount)
      walked.push(...page.nodes)
      after = page.pageInfo.endCursor
      more = page.pageInfo.hasNextPage
    }
    expect(walked).toEqual(all.nodes)
    expect(new Set(walked.map(({ id }) => id)).size).toBe(all.totalCount)
    const names = walked.map(({ name }) => name)
    expect(names).toEqual(names.toSorted((a, b) => a.localeCompare(b, 'en')))
  })

  test('finds a part of a name at every provider, without regard to case and accents', async () => {
    const found = await list({ search: '  sändbox ' })
    expect(found.nodes).toEqual((await list()).nodes.filter(({ name }) => /sandbox/i.test(name)))
    expect(providersIn(found)).toEqual(PROVIDERS)
  })

  test('tells equal names apart by their country', async () => {
    const { nodes } = await list({ search: 'mock aspsp' })
    expect(nodes.map(({ name, country }) => [name, country])).toEqual(
      expect.arrayContaining(['DE', 'FI', 'SE'].map((country) => ['Mock ASPSP', country])),
    )
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length)
  })

  test('of a country leaves out those whose country is not known', async () => {
    const { nodes } = await list({ country: 'SE' })
    expect(nodes.length).toBeGreaterThan(0)
    expect(new Set(nodes.map(({ country }) => country))).toEqual(new Set(['SE']))
    expect(providersIn({ nodes } as List)).toEqual(['ENABLE_BANKING', 'INSURELY'])
    expect((await list({ country: 'BR' })).nodes).toEqual([])
  })

  test('for a kind of PSU', async () => {
    const business = await list({ psuType: 'BUSINESS', provider: ['ENABLE_BANKING'] })
    expect(business.nodes.map(({ name }) => name)).toContain('Sandbox Business')
    expect(business.nodes.every(({ psuTypes }) => psuTypes.includes('BUSINESS'))).toBe(true)
    const personal = await list({ psuType: 'PERSONAL' })
    expect(personal.nodes.map(({ name }) => name)).not.toContain('Sandbox Business')
    expect(providersIn(personal)).toEqual(PROVIDERS)
  })

  test('of some providers, or of none', async () => {
    const some = await list({ provider: ['FISKIL', 'INSURELY'] })
    expect(providersIn(some)).toEqual(['FISKIL', 'INSURELY'])
    expect(Object.keys(outcomes(some)).toSorted()).toEqual(['FISKIL', 'INSURELY'])
    expect(await list({ provider: [] })).toMatchObject({ nodes: [], totalCount: 0, sources: [] })
  })

  test('says of each what it asks of the person, and whether it is there', async () => {
    const { nodes } = await list()
    const named = (name: string, of?: string): Institution =>
      nodes.find((one) => one.name === name && (of === undefined || one.provider.id === of))!
    expect(named('Sandbox BankID', 'INSURELY')).toMatchObject({
      steps: expect.arrayContaining(['QR', 'APP_LAUNCH']),
      requiredPsuFields: ['personalNumber'],
    })
    expect(named('Sandbox Bank (OTP by SMS)')).toMatchObject({ steps: ['OTP'], maxConsentSeconds: 3600 })
    expect(named('Sandbox PSU Headers')).toMatchObject({ requiredPsuFields: ['ipAddress', 'userAgent'] })
    expect(named('Sandbox 90 Days')).toMatchObject({ maxConsentSeconds: 7_776_000, steps: ['REDIRECT'] })
    for (const down of ['Sandbox BankID (down)', 'Sandbox Outage']) expect(named(down).available).toBe(false)
  })
})

test('a provider that is switched off is said to be, and is not among the others', async () => {
  await using smaller = await startGateway({ env: { FISKIL_ENABLED: 'false' } })
  const { institutions } = await smaller.graphql<{ institutions: List }>(INSTITUTIONS, { provider: ['FISKIL'] })
  expect(institutions).toMatchObject({
    nodes: [],
    sources: [{ provider: { id: 'FISKIL' }, outcome: 'NOT_CONFIGURED' }],
  })
  const { institutions: rest } = await smaller.graphql<{ institutions: List }>(INSTITUTIONS, { first: 100 })
  expect(providersIn(rest)).toEqual(PROVIDERS.filter((id) => id !== 'FISKIL'))
})

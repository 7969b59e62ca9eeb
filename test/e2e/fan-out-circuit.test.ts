import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OF_USER } from './flow-documents.ts'
import { type Connected, fourWays, institution, openScene, type Scene } from './four-ways.ts'
import { ANYTHING } from './sandbox-control.ts'

const USER = { user: { externalId: 'sam' } }
/** Above what opens a circuit. */
const FAILURES = 10

const HEALTH = '{ providers { id health { state circuit checkedAt retryAt p95Millis errorRate } } }'
interface Health {
  readonly state: string
  readonly circuit: string
  readonly checkedAt: string | null
  readonly retryAt: string | null
  readonly errorRate: number | null
}

let scene: Scene
let connected: readonly Connected[]

beforeAll(async () => {
  scene = await openScene()
  const unasked = await healthOf()
  expect(Object.values(unasked).map(({ state, circuit }) => [state, circuit])).toEqual(
    Array.from({ length: 4 }, () => ['UNKNOWN', 'CLOSED']),
  )
  await scene.createUser('sam')
  connected = await Promise.all(fourWays().map((way) => scene.connect('sam', way)))
})
afterAll(() => scene[Symbol.asyncDispose]())

const healthOf = async (): Promise<Readonly<Record<string, Health>>> => {
  const { providers } = await scene.gateway.graphql<{ providers: readonly { id: string; health: Health }[] }>(HEALTH)
  return Object.fromEntries(providers.map(({ id, health }) => [id, health]))
}

interface Source {
  readonly provider: { readonly id: string }
  readonly outcome: string
  readonly stale: boolean
  readonly problem: { readonly code: string } | null
}
const sourcesOf = async ({ gateway }: Pick<Scene, 'gateway'> = scene): Promise<readonly Source[]> =>
  (await gateway.graphql<{ user: { consents: { sources: readonly Source[] } } }>(OF_USER, USER)).user.consents.sources

const PROVIDERS = {
  OTP: 'OPEN_BANK_PROJECT',
  REDIRECT: 'ENABLE_BANKING',
  HOSTED: 'FISKIL',
  BANKID: 'INSURELY',
} as const

describe.each(Object.entries(PROVIDERS))('a provider that has been failing (%s)', (name, id) => {
  test('is left alone until it may have recovered, and the others do not notice', async () => {
    const { simulator } = connected.find(({ way }) => way.name === name)!
    await simulator.fault({ kind: 'status', status: 503, match: ANYTHING, times: 10_000 })
    for (let reads = 0; reads < FAILURES; reads += 1) await sourcesOf()

    const health = await healthOf()
    expect(health[id]).toMatchObject({ state: expect.stringMatching(/DOWN|DEGRADED/), checkedAt: expect.any(String) })
    expect(health[id]!.circuit).not.toBe('CLOSED')
    expect(health[id]!.errorRate).toBeGreaterThan(0)
    for (const other of Object.values(PROVIDERS)) {
      if (other !== id) expect(health[other]).toMatchObject({ circuit: 'CLOSED', retryAt: null })
    }

    // One call at a time probes; the others are refused without a call.
    const probes = await simulator.callsDuring(() => Promise.all(Array.from({ length: 20 }, () => sourcesOf())))
    expect(probes.calls.length).toBeLessThanOrEqual(1)
    const sources = probes.result.flat()
    const refused = sources.filter(({ outcome }) => outcome === 'CIRCUIT_OPEN')
    expect(refused.length).toBeGreaterThan(0)
    expect(new Set(refused.map(({ provider }) => provider.id))).toEqual(new Set([id]))
    for (const source of refused)
      expect(source).toMatchObject({ stale: true, problem: { code: 'PROVIDER_UNAVAILABLE' } })
    const others = sources.filter(({ provider }) => provider.id !== id)
    expect(new Set(others.map(({ outcome }) => outcome))).toEqual(new Set(['LIVE']))

    await simulator.heal()
    const outcome = async () => (await sourcesOf()).find(({ provider }) => provider.id === id)?.outcome
    await expect.poll(outcome, { timeout: 10_000 }).toBe('LIVE')
    expect(await healthOf()).toMatchObject({ [id]: { circuit: 'CLOSED', retryAt: null } })
  })
})

test('a provider that hangs costs a reader its deadline a few times, and then next to nothing', async () => {
  const deadlineMs = 500
  await using impatient = await openScene({ env: { READ_DEADLINE_MS: String(deadlineMs) } })
  await impatient.createUser('sam')
  const [, redirect, hosted] = fourWays()
  await impatient.connect('sam', redirect)
  const { simulator } = await impatient.connect('sam', hosted)
  await simulator.fault({ kind: 'delay', delayMs: 30_000, match: ANYTHING, times: 10_000 })
  await expect
    .poll(async () => (await sourcesOf(impatient)).map(({ outcome }) => outcome).toSorted(), { timeout: 15_000 })
    .toEqual(['CIRCUIT_OPEN', 'LIVE'])
  const reads = 20
  const startedAt = performance.now()
  for (let read = 0; read < reads; read += 1) await sourcesOf(impatient)
  expect(performance.now() - startedAt).toBeLessThan((reads * deadlineMs) / 2)
})

describe('one bank that is down behind a provider that works', () => {
  const DOWN = institution('ENABLE_BANKING', 'FI:Sandbox Down')

  test('is left alone by itself: the other banks of the provider are asked as before', async () => {
    const { simulator } = connected.find(({ way }) => way.name === 'REDIRECT')!
    for (let starts = 0; starts < FAILURES; starts += 1) {
      const { authSession, userErrors } = await scene.flow.start('sam', DOWN)
      expect(userErrors).toMatchObject([{ __typename: 'ProviderError' }])
      expect(authSession).toMatchObject({ sessionStatus: 'FAILED', consent: { status: 'FAILED' } })
    }
    const { result, calls } = await simulator.callsDuring(() => scene.flow.start('sam', DOWN))
    expect(calls.length).toBeLessThanOrEqual(1)
    expect(result.userErrors).toMatchObject([{ __typename: 'ProviderError' }])
    // Asked less often than somebody tried.
    expect((await simulator.ledger('authorization.refused')).length).toBeLessThan(FAILURES)

    expect(await healthOf()).toMatchObject({ ENABLE_BANKING: { circuit: 'CLOSED' } })
    const [, redirect] = fourWays()
    await scene.connect('sam', redirect)
    expect((await sourcesOf()).find(({ provider }) => provider.id === 'ENABLE_BANKING')?.outcome).toBe('LIVE')
  })
})

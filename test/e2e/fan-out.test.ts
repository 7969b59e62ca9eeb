import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { OF_USER } from './flow-documents.ts'
import { type Connected, fourWays, openScene, type Scene } from './four-ways.ts'
import { ANYTHING } from './sandbox-control.ts'

const DEADLINE_MS = 2000
/** What a machine with much to do may take on top: what is held is that the slow provider's four seconds are not waited for. */
const GENEROUS_MS = 1500
const SLOW_MS = 30_000
const MANY = 10_000
const USER = { user: { externalId: 'reader' } }

interface Source {
  readonly provider: { readonly id: string }
  readonly outcome: string
  readonly stale: boolean
  readonly problem: { readonly code: string } | null
}
interface Read {
  readonly user: {
    readonly consents: {
      readonly totalCount: number
      readonly nodes: readonly {
        readonly id: string
        readonly status: string
        readonly provider: { readonly id: string }
      }[]
      readonly sources: readonly Source[]
    }
  }
}

let scene: Scene
let connected: readonly Connected[]

beforeAll(async () => {
  scene = await openScene()
  await scene.createUser('reader')
  connected = await Promise.all(fourWays().map((way) => scene.connect('reader', way)))
})
afterEach(async () => {
  await Promise.all(connected.map(({ simulator }) => simulator.heal()))
})
afterAll(() => scene[Symbol.asyncDispose]())

const read = async (): Promise<Read['user']['consents']> =>
  (await scene.gateway.graphql<Read>(OF_USER, USER)).user.consents

const FAULTS = {
  DEAD: { kind: 'reset-before' },
  SLOW: { kind: 'delay', delayMs: SLOW_MS },
  NONSENSE: { kind: 'malformed' },
} as const

/** What each of them is reported as. */
const REPORTED = {
  DEAD: { outcome: 'FAILED', stale: true, problem: { code: 'PROVIDER_UNAVAILABLE' } },
  SLOW: { outcome: 'TIMEOUT', stale: true, problem: { code: 'PROVIDER_TIMEOUT' } },
  NONSENSE: { outcome: 'FAILED', stale: true, problem: { code: 'PROVIDER_CONTRACT_VIOLATION' } },
  WELL: { outcome: 'LIVE', stale: false, problem: null },
} as const

const ROLES = ['DEAD', 'SLOW', 'NONSENSE', 'WELL'] as const

describe.each([0, 1, 2, 3])('with one provider dead, one slow and one that talks nonsense, turned by %s', (turn) => {
  test('the fourth answers in time, and the three are named and shown as last known', async () => {
    const roles = connected.map((of, index) => ({ of, role: ROLES[(index + turn) % 4]! }))
    await Promise.all(
      roles.map(async ({ of, role }) => {
        if (role !== 'WELL') await of.simulator.fault({ ...FAULTS[role], match: ANYTHING, times: MANY })
      }),
    )
    const startedAt = performance.now()
    const consents = await read()
    expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS + GENEROUS_MS)

    expect(consents.totalCount).toBe(4)
    expect(consents.nodes.map(({ status }) => status)).toEqual(Array(4).fill('AUTHORIZED'))
    const providerOf = new Map(consents.nodes.map(({ id, provider }) => [id, provider.id]))
    expect(consents.sources).toHaveLength(4)
    for (const { of, role } of roles) {
      const source = consents.sources.find(({ provider }) => provider.id === providerOf.get(of.consentId))
      expect(source, `${of.way.name} is ${role}`).toMatchObject(REPORTED[role])
    }
  })
})

test('healed, all four answer again', async () => {
  const consents = await read()
  expect(consents.sources.map(({ outcome, stale }) => ({ outcome, stale }))).toEqual(
    Array.from({ length: 4 }, () => ({ outcome: 'LIVE', stale: false })),
  )
})

test('with all four dead, everything is there as last known', async () => {
  await Promise.all(connected.map(({ simulator }) => simulator.fault({ ...FAULTS.DEAD, match: ANYTHING, times: MANY })))
  const consents = await read()
  expect(consents.nodes.map(({ status }) => status)).toEqual(Array(4).fill('AUTHORIZED'))
  expect(consents.sources).toHaveLength(4)
  for (const source of consents.sources) expect(source).toMatchObject(REPORTED.DEAD)
})

test('a fault is no observation: the history and the explanation hold only what was said', async () => {
  for (const { consentId } of connected) {
    const { consent } = await scene.gateway.graphql<{ consent: { explain: { nodes: readonly { to: string }[] } } }>(
      'query ($id: ID!) { consent(id: $id, maxAgeSeconds: 1000) { explain { nodes { to rule } } } }',
      { id: consentId },
    )
    expect(new Set(consent.explain.nodes.map(({ to }) => to))).toEqual(
      new Set(['INITIATED', 'AWAITING_AUTHORIZATION', 'AUTHORIZED']),
    )
  }
})

test('a dead provider is not waited for by a reader who accepts what is stored', async () => {
  const [dead] = connected
  await dead!.simulator.fault({ ...FAULTS.SLOW, match: ANYTHING, times: MANY })
  const { result, calls } = await dead!.simulator.callsDuring(() =>
    scene.gateway.graphql<Read>(OF_USER.replace('maxAgeSeconds: 0', 'maxAgeSeconds: 100000'), USER),
  )
  expect(calls).toEqual([])
  expect(result.user.consents.sources.map(({ outcome, stale }) => ({ outcome, stale }))).toEqual(
    Array.from({ length: 4 }, () => ({ outcome: 'CACHED', stale: false })),
  )
})

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Connected, fourWays, openScene, reopen, type Scene } from './four-ways.ts'
import { ANYTHING } from './sandbox-control.ts'

const DEADLINE_MS = 2000
const GENEROUS_MS = 1500
const SLOW = { kind: 'delay', delayMs: 30_000, match: ANYTHING, times: 10_000 }
const DEAD = { kind: 'reset-before', match: ANYTHING, times: 10_000 }

const ACCOUNTS = /* GraphQL */ `
  query ($id: ID!, $age: Int) {
    consent(id: $id, maxAgeSeconds: $age) {
      accounts {
        nodes {
          id
          identity
          name
        }
        source {
          outcome
          stale
          observedAt
          problem {
            code
          }
        }
      }
    }
  }
`
const EVERYTHING = /* GraphQL */ `
  query {
    user(ref: { externalId: "holder" }) {
      consents(maxAgeSeconds: 0) {
        nodes {
          status
          institution {
            name
          }
          accounts {
            source {
              outcome
            }
          }
        }
        sources {
          outcome
        }
      }
    }
  }
`

interface Accounts {
  readonly nodes: readonly { readonly id: string; readonly name: string | null }[]
  readonly source: { readonly outcome: string; readonly stale: boolean; readonly observedAt: string | null }
}
interface Everything {
  readonly user: {
    readonly consents: {
      readonly nodes: readonly { readonly status: string; readonly institution: { readonly name: string } | null }[]
      readonly sources: readonly { readonly outcome: string }[]
    }
  }
}

let scene: Scene
let connected: readonly Connected[]
const way = (name: string): Connected => connected.find((one) => one.way.name === name)!

beforeAll(async () => {
  scene = await openScene()
  await scene.createUser('holder')
  connected = await Promise.all(fourWays().map((one) => scene.connect('holder', one)))
})
afterEach(async () => {
  await Promise.all(connected.map(({ simulator }) => simulator.heal()))
})
afterAll(() => scene[Symbol.asyncDispose]())

const accountsOf = async ({ consentId: id }: Connected, age = 1000): Promise<Accounts> =>
  (await scene.gateway.graphql<{ consent: { accounts: Accounts } }>(ACCOUNTS, { id, age })).consent.accounts

describe.each(['OTP', 'REDIRECT', 'HOSTED'])('the accounts under a consent (%s)', (name) => {
  test('are asked for once in a while, and shown as last listed where the provider is down', async () => {
    const of = way(name)
    const first = await accountsOf(of)
    expect(first.nodes.length).toBeGreaterThan(0)
    expect(first.source).toMatchObject({ outcome: 'LIVE', stale: false })

    const again = await of.simulator.callsDuring(() => accountsOf(of))
    expect(again.calls).toEqual([])
    expect(again.result).toMatchObject({ nodes: first.nodes, source: { outcome: 'CACHED', stale: false } })
    expect(again.result.source.observedAt).toBe(first.source.observedAt)

    await of.simulator.advance(3 * 60_000)
    await of.simulator.fault(DEAD)
    expect(await accountsOf(of)).toMatchObject({
      nodes: first.nodes,
      source: {
        outcome: 'FAILED',
        stale: true,
        observedAt: first.source.observedAt,
        problem: { code: 'PROVIDER_UNAVAILABLE' },
      },
    })
    const dark = await of.simulator.callsDuring(() => accountsOf(of, 0))
    // The read of the consent is tried more than once; that of the accounts, after it, not at all.
    expect(dark.calls.some(({ path }) => /accounts/.test(path))).toBe(false)
    expect(dark.result).toMatchObject({ nodes: first.nodes, source: { outcome: 'FAILED', stale: true } })

    await of.simulator.heal()
    expect((await accountsOf(of)).source).toMatchObject({ outcome: 'LIVE', stale: false })
  })
})

test('a provider without accounts has an empty list, and is not asked', async () => {
  const of = way('BANKID')
  const { result, calls } = await of.simulator.callsDuring(() => accountsOf(of))
  expect(result).toMatchObject({ nodes: [], source: { outcome: 'CACHED', stale: false } })
  expect(calls).toEqual([])
})

test('consents, their accounts and their banks cost a reader one deadline, not one each', async () => {
  await way('OTP').simulator.advance(3 * 60_000)
  await Promise.all(connected.map(({ simulator }) => simulator.fault(SLOW)))
  const startedAt = performance.now()
  const { user } = await scene.gateway.graphql<Everything>(EVERYTHING)
  expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS + GENEROUS_MS)
  expect(user.consents.nodes.map(({ status }) => status)).toEqual(Array(4).fill('AUTHORIZED'))
  expect(user.consents.nodes.every(({ institution }) => institution !== null)).toBe(true)
  expect(user.consents.sources.map(({ outcome }) => outcome)).toEqual(Array(4).fill('TIMEOUT'))
})

test('so it is where the lists of banks were never heard; what is missing is said', async () => {
  scene = await reopen(scene, 'SIGKILL')
  const [otp, , , bankId] = connected
  const simulators = [otp, bankId].map((of) => scene.person.simulatorOf(of!.step))
  await Promise.all(simulators.map((simulator) => simulator.fault(SLOW)))
  const startedAt = performance.now()
  const { data, errors } = await scene.gateway.ask<Everything>(EVERYTHING)
  expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS + GENEROUS_MS)
  expect(data?.user.consents.nodes.map(({ status }) => status)).toEqual(Array(4).fill('AUTHORIZED'))
  expect(data?.user.consents.nodes.filter(({ institution }) => institution === null)).toHaveLength(2)
  expect(errors.map(({ path, extensions }) => `${path?.at(-1)} ${extensions.code}`)).toEqual(
    Array(2).fill('institution PROVIDER_TIMEOUT'),
  )
  connected = []
})

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { OF_USER } from './flow-documents.ts'
import { type Connected, fourWays, institution, openScene, type Scene, type Way } from './four-ways.ts'
import { newPhone } from './operations.ts'
import type { SandboxCall, SandboxControl } from './sandbox-control.ts'

const USER = { user: { externalId: 'many' } }

/** A second and a third institution of each provider, where a person may well have consents too. */
const MORE: readonly Way[] = [
  { name: 'OTP', institutionId: institution('OPEN_BANK_PROJECT', 'sandbox.otp'), psu: { phone: newPhone() } },
  { name: 'OTP', institutionId: institution('OPEN_BANK_PROJECT', 'sandbox.otp'), psu: { phone: newPhone() } },
  { name: 'REDIRECT', institutionId: institution('ENABLE_BANKING', 'SE:Mock ASPSP'), psu: {} },
  { name: 'REDIRECT', institutionId: institution('ENABLE_BANKING', 'FI:Sandbox 90 Days'), psu: {} },
  { name: 'HOSTED', institutionId: institution('FISKIL', '88888'), psu: {} },
  { name: 'HOSTED', institutionId: institution('FISKIL', 'sandbox.degraded'), psu: {} },
  {
    name: 'BANKID',
    institutionId: institution('INSURELY', 'se-demo-psd2'),
    psu: { personalNumber: '197501011234' },
  },
  {
    name: 'BANKID',
    institutionId: institution('INSURELY', 'se-sandbox-qr-only'),
    psu: { personalNumber: '197601011234' },
  },
]

let scene: Scene
let connected: readonly Connected[]
const NAMES = ['OTP', 'REDIRECT', 'HOSTED', 'BANKID'] as const
const simulatorOf = (name: string): SandboxControl => connected.find(({ way }) => way.name === name)!.simulator

beforeAll(async () => {
  scene = await openScene()
  await scene.createUser('many')
  connected = await Promise.all([...fourWays(), ...MORE].map((way) => scene.connect('many', way)))
})
afterEach(async () => {
  await Promise.all(NAMES.map((name) => simulatorOf(name).heal()))
})
afterAll(() => scene[Symbol.asyncDispose]())

/** The calls that each provider gets during the work. */
const callsOf = async (work: () => Promise<unknown>): Promise<Readonly<Record<string, readonly SandboxCall[]>>> => {
  const before = await Promise.all(NAMES.map(async (name) => (await simulatorOf(name).calls()).length))
  await work()
  const after = await Promise.all(NAMES.map((name) => simulatorOf(name).calls()))
  return Object.fromEntries(NAMES.map((name, index) => [name, after[index]!.slice(before[index])]))
}

interface Read {
  readonly user: {
    readonly consents: {
      readonly totalCount: number
      readonly sources: readonly { readonly outcome: string }[]
    }
  }
}
const read = async (age = 0): Promise<Read['user']['consents']> => {
  const query = OF_USER.replace('maxAgeSeconds: 0', `maxAgeSeconds: ${age}`)
  return (await scene.gateway.graphql<Read>(query, USER)).user.consents
}
const LIVE = Array(4).fill('LIVE')
const outcomesOf = ({ sources }: Read['user']['consents']): readonly string[] => sources.map(({ outcome }) => outcome)

const counts = (calls: Readonly<Record<string, readonly SandboxCall[]>>): object =>
  Object.fromEntries(Object.entries(calls).map(([name, made]) => [name, made.length]))

describe('a list of twelve consents at four providers', () => {
  test('costs one call where the provider lists, and one each where it does not', async () => {
    const consents = await read()
    expect(consents.totalCount).toBe(12)
    expect(outcomesOf(consents)).toEqual(LIVE)
    expect(counts(await callsOf(() => read()))).toEqual({ OTP: 1, REDIRECT: 3, HOSTED: 1, BANKID: 1 })
  })

  test('costs nothing where what is stored is young enough', async () => {
    await read()
    expect(counts(await callsOf(() => read(1000)))).toEqual({ OTP: 0, REDIRECT: 0, HOSTED: 0, BANKID: 0 })
  })

  test('is asked for again once it is too old', async () => {
    await read()
    await simulatorOf('OTP').advance(60_000)
    expect(counts(await callsOf(() => read(120)))).toEqual({ OTP: 0, REDIRECT: 0, HOSTED: 0, BANKID: 0 })
    expect(counts(await callsOf(() => read(30)))).toEqual({ OTP: 1, REDIRECT: 3, HOSTED: 1, BANKID: 1 })
  })

  test('costs a hundred readers at once what it costs one', async () => {
    // Long enough for all of them to arrive while the first is being answered.
    const busy = { kind: 'delay', delayMs: 1500, match: '/*', times: 3 }
    await Promise.all(NAMES.map((name) => simulatorOf(name).fault(busy)))
    const calls = await callsOf(async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, () => read()))
      expect(answers.map(outcomesOf)).toEqual(Array(100).fill(LIVE))
    })
    expect(counts(calls)).toEqual({ OTP: 1, REDIRECT: 3, HOSTED: 1, BANKID: 1 })
  })

  test('asks only those whose consents are wanted', async () => {
    const query = `query { user(ref: { externalId: "many" }) {
      consents(maxAgeSeconds: 0, filter: { provider: [FISKIL] }) { totalCount sources { provider { id } outcome } }
    } }`
    const calls = await callsOf(async () => {
      expect(await scene.gateway.graphql(query)).toEqual({
        user: { consents: { totalCount: 3, sources: [{ provider: { id: 'FISKIL' }, outcome: 'LIVE' }] } },
      })
    })
    expect(counts(calls)).toEqual({ OTP: 0, REDIRECT: 0, HOSTED: 1, BANKID: 0 })
  })
})

test('a reader who goes away does not take the answer from those who wait', async () => {
  const busy = { kind: 'delay', delayMs: 1500, match: '/*', times: 3 }
  await Promise.all(NAMES.map((name) => simulatorOf(name).fault(busy)))
  const leaving = new AbortController()
  const left = scene.gateway.ask(OF_USER, USER, { signal: leaving.signal }).catch((error: unknown) => error)
  const stayed = read()
  leaving.abort()
  expect(await left).toBeInstanceOf(Error)
  expect(outcomesOf(await stayed)).toEqual(LIVE)
})

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { PROVIDER_IDS, type ProviderId } from '../../src/domain/provider-id.ts'
import { OF_USER } from '../e2e/flow-documents.ts'
import { fourWays } from '../e2e/four-ways.ts'
import type { GatewayProcess } from '../e2e/gateway-process.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { openCampaign } from './campaign.ts'
import { NETWORK_FAULTS, type NetworkFault } from './fault-proxy.ts'
import { type FourBanks, openFourBanks } from './four-banks.ts'

/** Each fault at one provider, or at each. */
const ROUNDS = { short: NETWORK_FAULTS.length, long: NETWORK_FAULTS.length * PROVIDER_IDS.length }
const READ_DEADLINE_MS = 700
/** Of a machine that is busy: what hangs without a deadline hangs for a minute. */
const ANSWERED_WITHIN_MS = 10_000
/** A circuit opens after less. */
const MOST_READS = 40
const HEALED_WITHIN_MS = 30_000
/** Kept for the next call. */
const IDLE_CONNECTIONS = 4
const EXIT_WITHIN_MS = 20_000

const NO_FORCE = pathToFileURL(join(import.meta.dirname, 'programs/no-force.ts')).href

interface Read {
  readonly nodes: readonly { readonly id: string; readonly status: string }[]
  readonly sources: readonly {
    readonly provider: { readonly id: ProviderId }
    readonly outcome: string
    readonly stale: boolean
    readonly problem: { readonly code: string } | null
  }[]
}

const readAll = async (gateway: GatewayProcess): Promise<Read> =>
  (await gateway.graphql<{ user: { consents: Read } }>(OF_USER, { user: { externalId: 'sam' } })).user.consents

const versionsOf = async (gateway: GatewayProcess) =>
  (
    await gateway.graphql<{ user: { consents: { nodes: readonly { id: string }[] } } }>(
      '{ user(ref: { externalId: "sam" }) { consents(maxAgeSeconds: 100000) { nodes { id status version } } } }',
    )
  ).user.consents.nodes.toSorted((a, b) => a.id.localeCompare(b.id))

const circuitsOf = async (gateway: GatewayProcess): Promise<ReadonlyMap<ProviderId, string>> => {
  const { providers } = await gateway.graphql<{
    providers: readonly { readonly id: ProviderId; readonly health: { readonly circuit: string } }[]
  }>('{ providers { id health { circuit } } }')
  return new Map(providers.map(({ id, health }) => [id, health.circuit]))
}

const openFilesOf = ({ pid }: GatewayProcess): number => readdirSync(`/proc/${pid}/fd`).length

/** What a source may say of a provider that is not reached. */
const PROBLEMS = /^PROVIDER_(UNAVAILABLE|TIMEOUT|CONTRACT_VIOLATION)$/

/** Reads while the network fails, until a circuit opens: each answer names the provider, and the others as they are. */
const readUntilOpen = async (gateway: GatewayProcess, failing: ProviderId): Promise<number> => {
  for (let reads = 1; reads <= MOST_READS; reads += 1) {
    const startedAt = performance.now()
    const { nodes, sources } = await readAll(gateway)
    expect(performance.now() - startedAt).toBeLessThan(ANSWERED_WITHIN_MS)
    expect(nodes).toHaveLength(PROVIDER_IDS.length)
    for (const { provider, outcome, stale, problem } of sources) {
      if (provider.id !== failing) expect({ provider, outcome }).toEqual({ provider, outcome: 'LIVE' })
      else {
        expect(outcome).not.toBe('LIVE')
        expect({ stale, code: problem?.code }).toEqual({ stale: true, code: expect.stringMatching(PROBLEMS) as string })
      }
    }
    const circuits = await circuitsOf(gateway)
    for (const [id, circuit] of circuits) if (id !== failing) expect([id, circuit]).toEqual([id, 'CLOSED'])
    // Its own, or that of the bank behind it: a call that names one speaks against both, and the bank's opens first.
    if (circuits.get(failing) !== 'CLOSED' || sources.some(({ outcome }) => outcome === 'CIRCUIT_OPEN')) return reads
  }
  throw new Error(`${failing} was asked ${MOST_READS} times, and its circuit has not opened`)
}

const playFault = async ({ scene, networks }: FourBanks, fault: NetworkFault, failing: ProviderId): Promise<number> => {
  const { gateway } = scene
  const network = networks[failing]
  const before = await versionsOf(gateway)
  network.fail(fault)
  const reads = await readUntilOpen(gateway, failing)
  expect(network.struck).toBeGreaterThan(0)
  expect(await versionsOf(gateway)).toEqual(before)
  // Whatever was given up is let go, though the other side still holds it.
  await expect.poll(() => network.open, { timeout: HEALED_WITHIN_MS }).toBeLessThanOrEqual(IDLE_CONNECTIONS)

  network.heal()
  const outcomes = async () => (await readAll(gateway)).sources.map(({ outcome }) => outcome)
  await expect.poll(outcomes, { timeout: HEALED_WITHIN_MS, interval: 250 }).toEqual(PROVIDER_IDS.map(() => 'LIVE'))
  expect((await circuitsOf(gateway)).get(failing)).toBe('CLOSED')
  expect(await versionsOf(gateway)).toEqual(before)
  return reads
}

test(
  'a network that fails changes no consent, is named, is left alone, and leaves nothing behind',
  { timeout: 1_800_000 },
  async (context) => {
    const { rounds, isLong, random } = openCampaign(context, ROUNDS)
    await using directory = await temporaryDirectory()
    await using banks = await openFourBanks(directory.path, {
      READ_DEADLINE_MS: String(READ_DEADLINE_MS),
      NODE_OPTIONS: `--import=${NO_FORCE}`,
    })
    const { scene, networks } = banks
    const { gateway } = scene
    await scene.createUser('sam')
    for (const way of fourWays()) await scene.connect('sam', way)
    expect((await readAll(gateway)).sources.map(({ outcome }) => outcome)).toEqual(PROVIDER_IDS.map(() => 'LIVE'))
    const filesBefore = openFilesOf(gateway)

    const first = Math.floor(random() * PROVIDER_IDS.length)
    for (let round = 0; round < rounds; round += 1) {
      const fault = NETWORK_FAULTS[round % NETWORK_FAULTS.length]!
      const turn = first + (round % NETWORK_FAULTS.length) + Math.floor(round / NETWORK_FAULTS.length)
      const failing = PROVIDER_IDS[turn % PROVIDER_IDS.length]!
      const reads = await playFault(banks, fault, failing)
      if (isLong) console.log(`${fault} at ${failing}: the circuit opened by read ${reads}`)
    }

    for (const { open } of Object.values(networks)) expect(open).toBeLessThanOrEqual(IDLE_CONNECTIONS)
    const mayHold = filesBefore + PROVIDER_IDS.length * IDLE_CONNECTIONS
    await expect.poll(() => openFilesOf(gateway), { timeout: HEALED_WITHIN_MS }).toBeLessThanOrEqual(mayHold)
    const stillThere = delay(EXIT_WITHIN_MS, 'still running')
    expect(await Promise.race([gateway.stop('SIGTERM'), stillThere])).toEqual({ code: 0, signal: null })
  },
)

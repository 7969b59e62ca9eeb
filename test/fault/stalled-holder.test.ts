import { describe, expect, test } from 'vitest'
import { createInsurelySandbox, type InsurelySandbox } from '../../src/sandbox/insurely/server.ts'
import { INSURELY_SANDBOX_SEED } from '../../src/sandbox/insurely/seed.ts'
import { flowOf, type FlowSession } from '../e2e/flow.ts'
import { institution } from '../e2e/four-ways.ts'
import type { GatewayProcess } from '../e2e/gateway-process.ts'
import type { LiveStream } from '../e2e/live-client.ts'
import { operationsOf, type Payload } from '../e2e/operations.ts'
import { REVOKE } from '../e2e/sandbox-control.ts'
import { hasPostgres } from '../store/postgres-server.ts'
import { openCampaign } from './campaign.ts'
import { openReplicaSet, type ReplicaSet } from './replica-set.ts'

/** Each stalls one replica for longer than its leases: half a minute. */
const STALLS = { short: 1, long: 10 }
const CONSENTS = 4
/** A stalled one is believed dead after its lease of 30 s, and the next turn of another finds its work. */
const TAKEN_OVER_WITHIN_MS = 90_000
/** The bank keeps the calls of the first holder so long, which is longer than its deadline for them. */
const HELD_MS = 20_000

interface HistoryItem {
  readonly consentVersion: number
  readonly to?: string
  readonly revocation?: { readonly state: string }
}

const historyOf = async (gateway: GatewayProcess, id: string): Promise<readonly HistoryItem[]> => {
  const query = `query ($id: ID!) { consent(id: $id, maxAgeSeconds: 100000) { history(first: 50) { nodes {
    consentVersion ... on ConsentStatusChanged { to } ... on ConsentRevocationProgressed { revocation { state } } } } } }`
  const { consent } = await gateway.graphql<{ consent: { history: { nodes: readonly HistoryItem[] } } }>(query, { id })
  return consent.history.nodes
}

const openInsurely = async (): Promise<InsurelySandbox & AsyncDisposable> => {
  const sandbox = await createInsurelySandbox()
  return Object.assign(sandbox, { [Symbol.asyncDispose]: () => sandbox.close() })
}

/** As the app on a person's phone does that was opened from the screen. */
const approve = async (sandbox: InsurelySandbox, { nextStep }: FlowSession): Promise<void> => {
  const post = async (path: string, form: Record<string, string>): Promise<{ readonly orderRef: string }> => {
    const answer = await fetch(`${sandbox.phoneUrl}/${path}`, { method: 'POST', body: new URLSearchParams(form) })
    expect(answer.status).toBe(200)
    return (await answer.json()) as { orderRef: string }
  }
  const { orderRef } = await post('open', { autoStartToken: nextStep!.launch!.autoStartToken })
  await post(`orders/${orderRef}/approve`, {})
}

/** Until there is a code on it. */
const untilShown = (screen: LiveStream<FlowSession>): Promise<FlowSession> =>
  screen.until(({ nextStep }) => nextStep?.kind === 'QR')

const withInsurely = (sandbox: InsurelySandbox): Readonly<Record<string, string>> => ({
  INSURELY_ENABLED: 'true',
  INSURELY_BASE_URL: sandbox.url,
  INSURELY_API_KEY: INSURELY_SANDBOX_SEED.apiKey,
  INSURELY_VERSION: INSURELY_SANDBOX_SEED.version,
})

const BANK_ID = institution('INSURELY', 'se-sandbox-bankid')
let people = 0
/** Of a person of their own: two orders of one person exclude each other. */
const startBankId = (gateway: GatewayProcess): Promise<Payload> =>
  operationsOf(gateway).start({
    target: { institutionId: BANK_ID },
    psu: { personalNumber: String(199001010000 + (people += 1)) },
  })

describe.skipIf(!hasPostgres)('work that a replica holds', () => {
  test('is seen on the screens of another: each new code of a BankID, and its end', async () => {
    await using insurely = await openInsurely()
    await using set = await openReplicaSet({ count: 2, env: withInsurely(insurely) })
    const [here, there] = set.gateways as [GatewayProcess, GatewayProcess]
    const { authSession } = await startBankId(here)
    const screen = flowOf(there).follow(there.live(), authSession!.id)
    const seen = new Map<string, number>()
    let shown = await untilShown(screen)
    for (; seen.size < 4; shown = await untilShown(screen)) {
      seen.set(shown.nextStep!.frame.data, shown.nextStep!.frame.sequence)
    }
    const sequences = [...seen.values()]
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b))
    await approve(insurely, shown)
    expect((await screen.rest()).at(-1)).toMatchObject({
      sessionStatus: 'COMPLETED',
      consent: { status: 'AUTHORIZED' },
    })
  })
})

/** Revocations whose first try failed, and that the one replica is trying again now: the bank holds its answers back. */
const holdRevocations = async (set: ReplicaSet, holder: GatewayProcess): Promise<readonly string[]> => {
  const { faults } = set.bank.sandbox
  const client = operationsOf(holder)
  const ids: string[] = []
  for (let count = 0; count < CONSENTS; count += 1) ids.push((await client.authorize()).consent.id)
  faults.next({ kind: 'status', status: 503, match: REVOKE, times: CONSENTS })
  for (const id of ids) await client.revoke(id)
  let held = 0
  const arrives = Promise.withResolvers<void>()
  faults.clear()
  faults.next({
    kind: 'delay',
    delayMs: HELD_MS,
    at: 'request',
    times: CONSENTS,
    match: ({ path }) => {
      if (!path.endsWith('/revoke')) return false
      if ((held += 1) === CONSENTS) arrives.resolve()
      return true
    },
  })
  await arrives.promise
  return ids
}

describe.skipIf(!hasPostgres)('a replica that stops for longer than its leases, and comes back', () => {
  test(
    'finds its work done by another, once, and its late results refused',
    { timeout: 1_800_000 },
    async (context) => {
      const { rounds } = openCampaign(context, STALLS)
      await using insurely = await openInsurely()
      await using set = await openReplicaSet({ count: 1, env: withInsurely(insurely) })
      for (let round = 0; round < rounds; round += 1) {
        // The only one, so that it is the one that holds everything.
        const holder = set.gateways[round]!
        const ids = await holdRevocations(set, holder)
        const { authSession: waiting } = await startBankId(holder)
        const shown = await untilShown(flowOf(holder).follow(holder.live(), waiting!.id))
        process.kill(holder.pid, 'SIGSTOP')
        await approve(insurely, shown)
        const other = await set.add()

        const screen = flowOf(other).follow(other.live(), waiting!.id)
        const { providerConsentIds } = await confirmed(other, ids)
        const end = (await screen.rest()).at(-1)
        expect(end).toMatchObject({ sessionStatus: 'COMPLETED', consent: { status: 'AUTHORIZED' } })
        const before = await Promise.all(ids.map((id) => historyOf(other, id)))

        process.kill(holder.pid, 'SIGCONT')
        // It ends when all that it was at has come to an end.
        expect(await holder.stop('SIGTERM')).toEqual({ code: 0, signal: null })
        expect(await Promise.all(ids.map((id) => historyOf(other, id)))).toEqual(before)
        for (const history of before) {
          expect(history.filter(({ revocation }) => revocation?.state === 'CONFIRMED')).toHaveLength(1)
          expect(history.filter(({ to }) => to === 'REVOKED')).toHaveLength(1)
        }
        for (const consentId of providerConsentIds) {
          expect(set.bank.sandbox.ledger.count('consent.revoked', { consentId })).toBe(1)
        }
        const { id: consentId } = end!.consent
        const ended = (await historyOf(other, consentId)).filter(({ to }) => to === 'AUTHORIZED')
        expect(ended).toHaveLength(1)
      }
    },
  )
})

const confirmed = async (
  gateway: GatewayProcess,
  ids: readonly string[],
): Promise<{ readonly providerConsentIds: readonly string[] }> => {
  const client = operationsOf(gateway)
  const read = () => Promise.all(ids.map((id) => client.consent(id, 100_000)))
  await expect
    .poll(async () => (await read()).map((consent) => consent!.revocation!.state), {
      timeout: TAKEN_OVER_WITHIN_MS,
      interval: 500,
    })
    .toEqual(ids.map(() => 'CONFIRMED'))
  return { providerConsentIds: (await read()).map((consent) => consent!.providerConsentId!) }
}

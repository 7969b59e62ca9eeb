import { expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { type Begun, bank, newPhone, operationsOf, type Payload } from '../e2e/operations.ts'
import { openOwnBank, type OwnBank } from '../e2e/own-bank.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { openCampaign, quantile } from './campaign.ts'

/** Each round sends four mutations and kills the gateway at a random moment between the request and the last commit. */
const ROUNDS = { short: 25, long: 200 }
/** A mutation takes 10 to 60 ms where nothing is slowed down. */
const LATEST_KILL_MS = 70
const SLOWEST_BANK_MS = 25
const NAMED_WITHIN_MS = 60_000
/** After this a key whose first request died is answered again. */
const KEY_WAIT_MS = 40_000

type Name = 'startAuthorization' | 'answerChallenge' | 'resendChallenge' | 'cancelAuthorization' | 'revokeConsent'

/** A mutation that was sent, and what was answered: null where the process died first. */
interface Sent {
  readonly name: Name
  readonly input: Readonly<Record<string, unknown>>
  readonly phone: string
  readonly payload: Payload | null
}

const send = async (gateway: GatewayProcess, name: Name, phone: string, input: object): Promise<Sent> => {
  const keyed = { ...input, idempotencyKey: `${name}-${phone}` }
  const payload = await operationsOf(gateway)
    .run(name, keyed)
    // The connection died with the process.
    .catch((): null => null)
  return { name, input: keyed, phone, payload }
}

const START = { user: { externalId: 'demo-user' }, target: { institutionId: bank('sandbox.otp') } }

/** Tells a round's starts apart for the bank, which takes no name for a consent. */
const startInput = (phone: string, round: number, index: number) => ({
  ...START,
  psu: { phone },
  providerOptions: { openBankProject: { validFrom: new Date(Date.now() + (round * 2 + index + 1) * 1000) } },
})

/** Prepares, sends, kills. */
const playRound = async (gateway: GatewayProcess, provider: OwnBank, round: number, random: () => number) => {
  const client = operationsOf(gateway)
  const prepare = async (index: number): Promise<Begun> => {
    const phone = newPhone()
    return { ...(await client.begin(startInput(phone, round, index))), phone }
  }
  const [answered, changed, live] = [await prepare(1), await prepare(2), await prepare(3)]
  await client.answer(live, '123')

  for (let slow = 0; slow < 3; slow += 1) {
    const at = random() < 0.5 ? 'request' : 'reply'
    provider.sandbox.faults.next({ kind: 'delay', delayMs: random() * SLOWEST_BANK_MS, at })
  }
  const stepOf = ({ session, step }: Begun) => ({ authSessionId: session.id, stepId: step.id })
  const started = newPhone()
  const running = [
    send(gateway, 'startAuthorization', started, startInput(started, round, 0)),
    send(gateway, 'answerChallenge', answered.phone, { ...stepOf(answered), answer: { otp: '123' } }),
    random() < 0.5
      ? send(gateway, 'resendChallenge', changed.phone, stepOf(changed))
      : send(gateway, 'cancelAuthorization', changed.phone, { authSessionId: changed.session.id }),
    send(gateway, 'revokeConsent', live.phone, { consentId: live.consent.id }),
  ]
  await new Promise((resolve) => setTimeout(resolve, random() * LATEST_KILL_MS))
  await gateway.stop('SIGKILL')
  provider.sandbox.faults.clear()
  return Promise.all(running)
}

/** What was acknowledged is there after the restart, and nobody has begun to change it. */
const expectKept = async (gateway: GatewayProcess, sent: readonly Sent[]): Promise<void> => {
  const client = operationsOf(gateway)
  for (const { payload } of sent) {
    if (payload === null) continue
    if (payload.consent != null) {
      const consent = await client.consent(payload.consent.id)
      expect(consent?.version).toBeGreaterThanOrEqual(payload.consent.version)
      expect(consent?.status).toBe(payload.consent.status)
    }
    if (payload.authSession != null) {
      const session = await client.session(payload.authSession.id)
      expect(session?.version).toBeGreaterThanOrEqual(payload.authSession.version)
      expect(session?.sessionStatus).toBe(payload.authSession.sessionStatus)
    }
  }
}

interface Seen {
  readonly id: string
  readonly sessionStatus: string
  readonly consent: {
    readonly id: string
    readonly status: string
    readonly version: number
    readonly providerConsentId: string | null
    readonly revocation: { readonly state: string } | null
    readonly history: { readonly nodes: readonly { readonly consentVersion: number; readonly to?: string }[] }
  }
}

const sessionsOf = async (gateway: GatewayProcess): Promise<readonly Seen[]> => {
  const seen: Seen[] = []
  for (let after: string | null = null; ;) {
    const page: { user: { authSessions: { nodes: Seen[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } } =
      await gateway.graphql(
        `query ($after: String) { user(ref: { externalId: "demo-user" }) { authSessions(first: 25, after: $after) {
          pageInfo { hasNextPage endCursor }
          nodes { id sessionStatus consent {
            id status version providerConsentId revocation { state }
            history(first: 20) { nodes { consentVersion ... on ConsentStatusChanged { to } } }
          } }
        } } }`,
        { after },
      )
    const { nodes, pageInfo } = page.user.authSessions
    seen.push(...nodes)
    if (!pageInfo.hasNextPage) return seen
    after = pageInfo.endCursor
  }
}

const isNamed = ({ sessionStatus, consent }: Seen): boolean =>
  sessionStatus !== 'PENDING' && sessionStatus !== 'VERIFYING' && consent.revocation?.state !== 'PROVIDER_PENDING'

test(
  'a gateway that is killed at any moment loses nothing it acknowledged, and does nothing twice',
  { timeout: 2_400_000 },
  async (context) => {
    const { rounds, isLong, random } = openCampaign(context, ROUNDS)
    await using directory = await temporaryDirectory()
    await using provider = await openOwnBank(directory.path)
    const others = { ENABLE_BANKING_ENABLED: 'false', FISKIL_ENABLED: 'false', INSURELY_ENABLED: 'false' }
    const options = {
      dataDir: `${directory.path}/data`,
      env: { ...provider.env, ...others, PROVIDER_CALL_DEADLINE_MS: '2000' },
    }
    const sent: Sent[] = []
    const readyMs: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = performance.now()
      await using gateway = await startGateway(options)
      readyMs.push(performance.now() - startedAt)
      await expectKept(gateway, sent.slice(-4))
      sent.push(...(await playRound(gateway, provider, round, random)))
    }

    await using gateway = await startGateway(options)
    await expectKept(gateway, sent.slice(-4))
    await expect
      .poll(async () => (await sessionsOf(gateway)).filter((session) => !isNamed(session)), {
        timeout: NAMED_WITHIN_MS,
        interval: 1000,
      })
      .toEqual([])

    const { ledger, inbox } = provider.sandbox
    const sessions = await sessionsOf(gateway)
    const owned = new Map(sessions.map(({ consent }) => [consent.providerConsentId, consent]))

    // The log of each consent is whole, and ends where the consent stands.
    for (const { consent } of sessions) {
      const { nodes } = consent.history
      expect(nodes.map(({ consentVersion }) => consentVersion)).toEqual(
        nodes.map(({ consentVersion }) => consentVersion).toSorted((a, b) => a - b),
      )
      expect(nodes.at(-1)?.consentVersion).toBe(consent.version)
      expect(nodes.flatMap(({ to }) => to ?? []).at(-1)).toBe(consent.status)
    }

    // Nothing was answered twice, and nothing is open at the bank that is not open here.
    expect(ledger.entries('challenge.ignored')).toEqual([])
    for (const { ids } of ledger.entries('consent.created')) {
      const consentId = ids['consentId']!
      const answers = ledger.entries('challenge.answered', { consentId })
      expect(answers.length).toBeLessThanOrEqual(1)
      if (ledger.count('consent.revoked', { consentId }) > 0) continue
      if (answers.length === 1) expect(owned.get(consentId)).toMatchObject({ status: 'AUTHORIZED' })
    }

    // The same request again, with the same key: as the first time, and no second consent at the bank.
    const client = operationsOf(gateway)
    for (const { name, input, phone, payload } of sent) {
      const made = inbox.messages({ to: phone }).length
      const known = payload !== null || sessions.some(({ id }) => id === input['authSessionId']) || made > 0
      const isResend = name === 'resendChallenge'
      let again: Payload | null = null
      await expect
        .poll(async () => (again = await client.run(name, input)).userErrors.map(({ code }) => code), {
          timeout: KEY_WAIT_MS,
          interval: 1000,
        })
        .not.toContain('IDEMPOTENCY_IN_PROGRESS')
      if (payload !== null) {
        expect(again).toMatchObject({ userErrors: payload.userErrors })
        if (payload.authSession != null) expect(again).toMatchObject({ authSession: { id: payload.authSession.id } })
      }
      if (known && !isResend) expect(inbox.messages({ to: phone })).toHaveLength(Math.max(made, 1))
      expect(inbox.messages({ to: phone }).length).toBeLessThanOrEqual(isResend ? 2 : 1)
    }

    const acknowledged = sent.filter(({ payload }) => payload !== null).length
    // The kills came neither all before nor all after the answers.
    expect(acknowledged).toBeGreaterThan(sent.length / 10)
    expect(acknowledged).toBeLessThan((sent.length * 9) / 10)
    if (isLong) {
      const [middle, slowest] = [quantile(readyMs.slice(1), 0.5), quantile(readyMs.slice(1), 0.99)].map(Math.round)
      console.log(`${rounds} kills, ${acknowledged} of ${sent.length} mutations acknowledged, none lost`)
      console.log(`ready again after p50 ${middle} ms, p99 ${slowest} ms, from the start of the process`)
    }
  },
)

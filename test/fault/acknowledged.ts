import { expect } from 'vitest'
import type { GatewayProcess } from '../e2e/gateway-process.ts'
import { type Begun, bank, newPhone, operationsOf, type Payload } from '../e2e/operations.ts'
import { openOwnBank, type OwnBank } from '../e2e/own-bank.ts'

const SLOWEST_BANK_MS = 25
const NAMED_WITHIN_MS = 60_000
/** After this a key whose first request died is answered again. */
const KEY_WAIT_MS = 40_000

/** A bank that outlives the gateway, and what a gateway needs to know it and no other. */
export interface OneBank extends AsyncDisposable {
  readonly provider: OwnBank
  readonly dataDir: string
  readonly env: Readonly<Record<string, string>>
  /** How many messages were ever sent to a phone. To be called while they are in the inbox, which forgets old ones. */
  readonly countMessages: (phone?: string) => number
}

export const openOneBank = async (directory: string): Promise<OneBank> => {
  const provider = await openOwnBank(directory)
  const others = { ENABLE_BANKING_ENABLED: 'false', FISKIL_ENABLED: 'false', INSURELY_ENABLED: 'false' }
  // One person starts more than anybody would.
  const limits = { RATE_LIMIT_USER_STARTS: '0', RATE_LIMIT_USER_ANSWERS: '0', RATE_LIMIT_USER_RESENDS: '0' }
  const received = new Map<string, number>()
  let lastId = 0
  return {
    provider,
    dataDir: `${directory}/data`,
    env: { ...provider.env, ...others, ...limits, PROVIDER_CALL_DEADLINE_MS: '2000' },
    countMessages: (phone = '') => {
      for (const { id, to } of provider.sandbox.inbox.messages({ afterId: lastId })) {
        lastId = id
        received.set(to, (received.get(to) ?? 0) + 1)
      }
      return received.get(phone) ?? 0
    },
    [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose](),
  }
}

type Name = 'startAuthorization' | 'answerChallenge' | 'resendChallenge' | 'cancelAuthorization' | 'revokeConsent'

/** A mutation that was sent, and what was answered: null where that was an error or nothing. */
export interface Sent {
  readonly name: Name
  readonly input: Readonly<Record<string, unknown>>
  readonly phone: string
  readonly payload: Payload | null
  /** Why there is no payload. */
  readonly lost: string | null
}

const send = async (gateway: GatewayProcess, name: Name, phone: string, input: object): Promise<Sent> => {
  const keyed = { ...input, idempotencyKey: `${name}-${phone}` }
  try {
    const payload = await operationsOf(gateway).run(name, keyed)
    return { name, input: keyed, phone, payload, lost: null }
  } catch (error) {
    return { name, input: keyed, phone, payload: null, lost: String(error) }
  }
}

const START = { user: { externalId: 'demo-user' }, target: { institutionId: bank('sandbox.otp') } }

/** Tells a round's starts apart for the bank, which takes no name for a consent. */
const startInput = (phone: string, round: number, index: number) => ({
  ...START,
  psu: { phone },
  providerOptions: { openBankProject: { validFrom: new Date(Date.now() + (round * 2 + index + 1) * 1000) } },
})

export interface Round {
  readonly number: number
  readonly random: () => number
  /** The fault, while the mutations are under way: most have been answered after `withinMs` on this machine today. */
  readonly strike: (withinMs: number) => Promise<void>
}

/** Prepares, sends four mutations, strikes. Resolves with what became of them. */
export const playRound = async (
  gateway: GatewayProcess,
  { provider, countMessages }: OneBank,
  { number: round, random, strike }: Round,
): Promise<readonly Sent[]> => {
  countMessages()
  const client = operationsOf(gateway)
  const prepare = async (index: number): Promise<Begun> => {
    const phone = newPhone()
    return { ...(await client.begin(startInput(phone, round, index))), phone }
  }
  const startedAt = performance.now()
  const [answered, changed, live] = [await prepare(1), await prepare(2), await prepare(3)]
  const preparedMs = performance.now() - startedAt
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
  await strike(SLOWEST_BANK_MS + preparedMs)
  provider.sandbox.faults.clear()
  return await Promise.all(running)
}

/** What was acknowledged is there after the restart, and nobody has begun to change it. */
export const expectKept = async (gateway: GatewayProcess, sent: readonly Sent[]): Promise<void> => {
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

/** Nothing is left under way: each session and each revocation has been given a name. */
const expectNamed = async (gateway: GatewayProcess): Promise<void> => {
  await expect
    .poll(async () => (await sessionsOf(gateway)).filter((session) => !isNamed(session)), {
      timeout: NAMED_WITHIN_MS,
      interval: 1000,
    })
    .toEqual([])
}

/** The log of each consent is whole, and ends where the consent stands. */
const expectWholeLogs = (sessions: readonly Seen[]): void => {
  for (const { consent } of sessions) {
    const { nodes } = consent.history
    expect(nodes.map(({ consentVersion }) => consentVersion)).toEqual(
      nodes.map(({ consentVersion }) => consentVersion).toSorted((a, b) => a - b),
    )
    expect(nodes.at(-1)?.consentVersion).toBe(consent.version)
    expect(nodes.flatMap(({ to }) => to ?? []).at(-1)).toBe(consent.status)
  }
}

/** Nothing was answered twice, and nothing is open at the bank that is not open here. */
const expectSameAtBank = ({ sandbox: { ledger } }: OwnBank, sessions: readonly Seen[]): void => {
  const owned = new Map(sessions.map(({ consent }) => [consent.providerConsentId, consent]))
  expect(ledger.entries('challenge.ignored')).toEqual([])
  for (const { ids } of ledger.entries('consent.created')) {
    const consentId = ids['consentId']!
    const answers = ledger.entries('challenge.answered', { consentId })
    expect(answers.length).toBeLessThanOrEqual(1)
    if (ledger.count('consent.revoked', { consentId }) > 0) continue
    if (answers.length === 1) expect(owned.get(consentId)).toMatchObject({ status: 'AUTHORIZED' })
  }
}

/** The same requests again, with the same keys: as the first time, and no second consent at the bank. */
const expectSameAgain = async (
  gateway: GatewayProcess,
  { countMessages }: OneBank,
  sessions: readonly Seen[],
  sent: readonly Sent[],
): Promise<void> => {
  const client = operationsOf(gateway)
  for (const { name, input, phone, payload } of sent) {
    const made = countMessages(phone)
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
    if (known && !isResend) expect(countMessages(phone)).toBe(Math.max(made, 1))
    expect(countMessages(phone)).toBeLessThanOrEqual(isResend ? 2 : 1)
  }
}

/** After the last round, with nothing broken any more: whatever was sent has one end, here and at the bank. */
export const expectWhole = async (gateway: GatewayProcess, oneBank: OneBank, sent: readonly Sent[]): Promise<void> => {
  await expectNamed(gateway)
  const sessions = await sessionsOf(gateway)
  expectWholeLogs(sessions)
  expectSameAtBank(oneBank.provider, sessions)
  await expectSameAgain(gateway, oneBank, sessions, sent)
}

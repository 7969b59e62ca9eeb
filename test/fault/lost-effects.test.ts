import { describe, expect, test } from 'vitest'
import { fourWays, openScene, reopen, type Scene, type Way } from '../e2e/four-ways.ts'
import { newPhone } from '../e2e/operations.ts'
import { connectSandbox, type SandboxControl } from '../e2e/sandbox-control.ts'

/** The schema's promise, and what a busy machine adds. */
const NAMED_WITHIN_MS = 75_000

type Call = 'start' | 'answer' | 'complete' | 'cancel' | 'revoke' | 'renew' | 'erase'

/** One call that changes something at a provider, and how what it was for ends where its answer never comes. */
interface Row {
  readonly way: keyof typeof ENDS_AT
  readonly call: Call
  readonly route: string
  /** In the words of the simulator. */
  readonly effect: string
  readonly ends: readonly string[]
}

const OBP_CREATE = 'POST /obp/v3.1.0/banks/:bankId/my/consents/:method'
const OBP_ANSWER = 'POST /obp/v3.1.0/banks/:bankId/consents/:id/challenge'
const OBP_REVOKE = 'GET /obp/v3.1.0/banks/:bankId/my/consents/:id/revoke'

/** Found at the provider, and gone on with. */
const FOUND = 'AWAITING_USER AWAITING_AUTHORIZATION'
/** As FOUND; nobody scans the code in this test, and the bank does not wait for long. */
const ORDERED = 'EXPIRED EXPIRED'
/** It cannot be found there; nothing of it is alive. */
const FAILED = 'FAILED OUTCOME_UNKNOWN FAILED'
const REVOKED = 'COMPLETED REVOKED CONFIRMED'
const CANCELLED = 'CANCELLED REJECTED CONFIRMED'
const ERASED = 'COMPLETED'

/** Every call with an effect that the connectors make. Neighbours are of different providers, so that no circuit opens. */
const ROWS: readonly Row[] = [
  { way: 'OTP', call: 'start', route: OBP_CREATE, effect: 'consent.created', ends: [FOUND] },
  { way: 'REDIRECT', call: 'start', route: 'POST /auth', effect: 'authorization.started', ends: [FAILED] },
  { way: 'HOSTED', call: 'start', route: 'POST /v1/end-users', effect: 'end-user.created', ends: [FAILED] },
  {
    way: 'BANKID',
    call: 'start',
    route: 'POST /users',
    effect: 'user.created',
    // A person there and no consent of theirs, where what the process had in mind died with it.
    ends: [FOUND, ORDERED, FAILED],
  },
  { way: 'OTP', call: 'answer', route: OBP_ANSWER, effect: 'challenge.answered', ends: ['COMPLETED AUTHORIZED'] },
  { way: 'REDIRECT', call: 'complete', route: 'POST /sessions', effect: 'session.authorized', ends: [FAILED] },
  { way: 'HOSTED', call: 'start', route: 'POST /v1/auth/session', effect: 'session.created', ends: [FAILED] },
  { way: 'BANKID', call: 'start', route: 'POST /consents', effect: 'consent.created', ends: [FOUND, ORDERED] },
  { way: 'OTP', call: 'cancel', route: OBP_REVOKE, effect: 'consent.revoked', ends: [CANCELLED] },
  { way: 'REDIRECT', call: 'revoke', route: 'DELETE /sessions/:id', effect: 'session.closed', ends: [REVOKED] },
  { way: 'HOSTED', call: 'revoke', route: 'DELETE /v1/consent/:id', effect: 'consent.revoked', ends: [REVOKED] },
  { way: 'BANKID', call: 'cancel', route: 'DELETE /consents/:id', effect: 'consent.revoked', ends: [CANCELLED] },
  { way: 'OTP', call: 'revoke', route: OBP_REVOKE, effect: 'consent.revoked', ends: [REVOKED] },
  { way: 'REDIRECT', call: 'renew', route: 'POST /auth', effect: 'authorization.started', ends: [FAILED] },
  { way: 'HOSTED', call: 'renew', route: 'POST /v1/auth/session', effect: 'session.created', ends: [FAILED] },
  { way: 'BANKID', call: 'revoke', route: 'DELETE /consents/:id', effect: 'consent.revoked', ends: [REVOKED] },
  { way: 'OTP', call: 'renew', route: OBP_CREATE, effect: 'consent.created', ends: [FOUND] },
  { way: 'HOSTED', call: 'erase', route: 'DELETE /v1/end-users/:id', effect: 'end-user.deleted', ends: [ERASED] },
  { way: 'BANKID', call: 'renew', route: 'POST /consents', effect: 'consent.created', ends: [FOUND, ORDERED] },
  { way: 'BANKID', call: 'erase', route: 'DELETE /users/:id', effect: 'user.anonymized', ends: [ERASED] },
]

/**
 * How often each effect is there when all is over: once for each row that needs it, once more for a renewal. A call that
 * was sent twice would show here, however late.
 */
const ENDS_AT = {
  OTP: { 'consent.created': 6, 'challenge.answered': 3, 'challenge.ignored': 0 },
  REDIRECT: { 'authorization.started': 5, 'session.authorized': 3, 'session.closed': 1 },
  // The scout is one of the end users.
  HOSTED: { 'end-user.created': 6, 'session.created': 5, 'consent.granted': 3, 'end-user.deleted': 1 },
  BANKID: { 'user.created': 6, 'consent.created': 7, 'user.anonymized': 1 },
} as const satisfies Readonly<Record<string, Readonly<Record<string, number>>>>

let persons = 0
const wayOf = ({ way: name }: Row): Way => {
  const way = fourWays().find((one) => one.name === name)!
  persons += 1
  if (name === 'OTP') return { ...way, psu: { phone: newPhone() } }
  return name === 'BANKID' ? { ...way, psu: { personalNumber: String(199_001_020_000 + persons) } } : way
}

/** A simulator has another address after a restart. Redirects lead to it; what a start of ours makes there is not counted. */
const openSimulators = () => {
  const ownAttempts = new Set<string>()
  const simulatorOf = async (scene: Scene, { name }: Pick<Way, 'name'>): Promise<SandboxControl> => {
    const way = fourWays().find((one) => one.name === name)!
    const { sandbox } = await scene.gateway.graphql<{ sandbox: { inboxUrl: string; phoneUrl: string } }>(
      '{ sandbox { inboxUrl phoneUrl } }',
    )
    if (name === 'OTP') return connectSandbox(new URL(sandbox.inboxUrl).origin)
    if (name === 'BANKID') return connectSandbox(new URL(sandbox.phoneUrl).origin)
    const { nextStep } = await scene.begin(SCOUT, way)
    for (const attempt of new URL(nextStep.url).searchParams.values()) ownAttempts.add(attempt)
    return scene.person.simulatorOf(nextStep)
  }
  return {
    simulatorOf,
    count: async (simulator: SandboxControl, effect: string): Promise<number> =>
      (await simulator.ledger(effect)).filter(({ ids }) => !Object.values(ids).some((id) => ownAttempts.has(id)))
        .length,
  }
}
type Simulators = ReturnType<typeof openSimulators>

/** Has an end user at each provider that has those, before anything is counted. */
const SCOUT = 'scout'

const change = (scene: Scene, name: string, input: object): Promise<unknown> => {
  const type = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input!`
  return scene.gateway.graphql(
    `mutation ($input: ${type}) { ${name}(input: $input) { userErrors { __typename ... on UserError { code message } } } }`,
    { input },
  )
}

/** All that comes before the call, and then the call. */
const prepare = async (scene: Scene, { call }: Row, way: Way, user: string): Promise<() => Promise<unknown>> => {
  if (call === 'start') return () => scene.flow.start(user, way.institutionId, way.psu)
  if (call === 'revoke' || call === 'renew' || call === 'erase') {
    const { consentId } = await scene.connect(user, way)
    if (call === 'erase') return () => change(scene, 'deleteUser', { user: { externalId: user } })
    if (call === 'revoke') return () => change(scene, 'revokeConsent', { consentId })
    const returnTo = { success: `${scene.gateway.url}/sandbox/return` }
    return () => change(scene, 'renewConsent', { consentId, psu: way.psu, returnTo })
  }
  const begun = await scene.begin(user, way)
  if (call === 'cancel') return () => change(scene, 'cancelAuthorization', { authSessionId: begun.id })
  if (call === 'answer') return () => scene.person.act(begun, way.psu)
  const back = await scene.person.act(begun, way.psu)
  return () => fetch(back!, { redirect: 'manual' })
}

interface Subject {
  readonly sessionStatus: string
  readonly problem: { readonly code: string } | null
  readonly consent: { readonly status: string; readonly revocation: { readonly state: string } | null }
}

/** What the call was about, in a few words. */
const stateOf = async (scene: Scene, id: string, { call }: Row): Promise<string> => {
  const { user } = await scene.gateway.graphql<{
    user: { erasure: { erasureState: string } | null; authSessions: { nodes: readonly Subject[] } }
  }>(
    `query ($user: UserRef!) { user(ref: $user) { erasure { erasureState } authSessions(first: 1) { nodes {
      sessionStatus problem { code } consent { status revocation { state } }
    } } } }`,
    { user: { id } },
  )
  if (call === 'erase') return user.erasure?.erasureState ?? 'nothing'
  const [subject] = user.authSessions.nodes
  if (subject === undefined) return 'nothing'
  const { sessionStatus, problem, consent } = subject
  const words = [sessionStatus, problem?.code, consent.status, consent.revocation?.state]
  return words.filter((word) => word != null).join(' ')
}

/** Loses the answer to a call after it took effect; resolves with the scene as it goes on. */
type Loss = (scene: Scene, row: Row, call: () => Promise<unknown>, simulators: Simulators) => Promise<Scene>

const untilEffect = async ({ effect }: Row, before: number, simulator: SandboxControl, { count }: Simulators) =>
  await expect.poll(() => count(simulator, effect), { timeout: 20_000, interval: 20 }).toBe(before + 1)

const reset: Loss = async (scene, row, call, simulators) => {
  const simulator = await simulators.simulatorOf(scene, { name: row.way })
  const before = await simulators.count(simulator, row.effect)
  await simulator.fault({ kind: 'reset-after-effect', match: row.route })
  // What the caller is told is tested elsewhere.
  await call().catch(() => null)
  await untilEffect(row, before, simulator, simulators)
  return scene
}

const killBoth: Loss = async (scene, row, call, simulators) => {
  const simulator = await simulators.simulatorOf(scene, { name: row.way })
  const before = await simulators.count(simulator, row.effect)
  await simulator.fault({ kind: 'delay', delayMs: 60_000, at: 'reply', match: row.route })
  // The process is killed before it answers.
  const calling = call().catch(() => null)
  await untilEffect(row, before, simulator, simulators)
  const next = await reopen(scene, 'SIGKILL')
  await calling
  return next
}

describe.each([
  ['the connection is cut', reset],
  ['both processes are killed', killBoth],
] as const)('a call that took effect, and before its answer %s', (_, lose) => {
  test('has one effect, and what it was for is named within a minute', { timeout: 900_000 }, async () => {
    await using stack = new AsyncDisposableStack()
    let scene = stack.use(await openScene())
    const simulators = openSimulators()
    await scene.createUser(SCOUT)
    const lost: { readonly row: Row; readonly id: string }[] = []
    for (const [index, row] of ROWS.entries()) {
      const user = `person-${index}`
      const id = await scene.createUser(user)
      const call = await prepare(scene, row, wayOf(row), user)
      scene = await lose(scene, row, call, simulators)
      stack.use(scene)
      lost.push({ row, id })
    }
    for (const { row, id } of lost) {
      const { way, call, route, ends } = row
      await expect
        .poll(async () => ({ way, call, route, state: await stateOf(scene, id, row) }), {
          timeout: NAMED_WITHIN_MS,
          interval: 250,
        })
        .toEqual({ way, call, route, state: expect.toBeOneOf([...ends]) as string })
    }
    for (const [name, totals] of Object.entries(ENDS_AT)) {
      const simulator = await simulators.simulatorOf(scene, { name })
      const effects = Object.keys(totals).map(async (effect) => [effect, await simulators.count(simulator, effect)])
      // The process that had made the person died before it came to their consent.
      const fewer = name === 'BANKID' && lose === killBoth ? { 'consent.created': 6 } : {}
      expect({ name, ...Object.fromEntries(await Promise.all(effects)) }).toEqual({ name, ...totals, ...fewer })
    }
  })
})

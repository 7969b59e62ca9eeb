import { randomIds } from '../../src/domain/ids.ts'
import type { ProviderConnector, ProviderUser, SessionStep } from '../../src/domain/provider.ts'
import type { AwaitedGrant, UserErasure } from '../../src/domain/erasure.ts'
import type { AuthSession } from '../../src/domain/auth-session.ts'
import type { Consent } from '../../src/domain/consent.ts'
import type { ProviderId } from '../../src/domain/provider-id.ts'
import type { Store, User, Write } from '../../src/domain/store.ts'
import type { Viewer } from '../../src/domain/viewer.ts'
import { createAttempts } from '../../src/services/authorization/attempts.ts'
import { createCompleting } from '../../src/services/authorization/complete.ts'
import { createLaunch, hashState } from '../../src/services/authorization/launch.ts'
import type { ServiceContext } from '../../src/services/context.ts'
import { createErasures } from '../../src/services/erasure.ts'
import { createIdempotency } from '../../src/services/idempotency.ts'
import { createRevocations } from '../../src/services/revocation.ts'
import { createUsers } from '../../src/services/users.ts'
import { startConnector as startEnableBanking } from '../providers/enable-banking/harness.ts'
import { startConnector as startFiskil } from '../providers/fiskil/harness.ts'
import { newConsent, newLink, newSession, put, settle } from '../store/entities.ts'
import { connected, contextOf } from './service-context.ts'

export const MINUTE_MS = 60_000
const RETURN_TO = { success: 'https://app.example/anna', cancel: null }

type Meanwhile = () => Promise<unknown>

/** An authorization that the person is at their bank for. */
export interface Begun {
  readonly consent: Consent
  readonly session: AuthSession
  readonly step: SessionStep
}

/** One person whose erasure is looked at step by step, over one store and real connectors against their simulators. */
export const openErasureScene = async (opened: Store) => {
  const stack = new AsyncDisposableStack()
  const fiskil = stack.use(await startFiskil())
  const banking = stack.use(await startEnableBanking())
  const { clock } = banking
  const { client, user } = await settle(opened, { externalId: `anna-${crypto.randomUUID()}` })
  const viewer: Viewer = { client, user: null, keyHash: null, scopes: new Set(), expiresAt: null }

  // What happens in between; each once.
  const between = new Map<string, Meanwhile>()
  const run = async (moment: string): Promise<void> => {
    const meanwhile = between.get(moment)
    between.delete(moment)
    await meanwhile?.()
  }
  let reads = 0
  const counted =
    <Asked extends readonly unknown[], Answer>(read: (...asked: Asked) => Promise<Answer>) =>
    async (...asked: Asked): Promise<Answer> => {
      const answer = await read(...asked)
      reads += 1
      await run(`read ${reads}`)
      return answer
    }
  const commits: (readonly Write[])[] = []
  const store: Store = {
    ...opened,
    consents: { ...opened.consents, page: counted(opened.consents.page) },
    sessions: { ...opened.sessions, pageOfUser: counted(opened.sessions.pageOfUser) },
    links: { ...opened.links, byUsers: counted(opened.links.byUsers) },
    commit: async (writes) => {
      for (const { kind } of writes) await run(kind)
      commits.push(writes)
      return await opened.commit(writes)
    },
  }
  const asked: ProviderUser[] = []
  const forgetful: ProviderConnector = {
    ...fiskil.connector,
    forgetUser: async (providerUser, call) => {
      asked.push(providerUser)
      await run('forgetting')
      await fiskil.connector.forgetUser?.(providerUser, call)
    },
  }
  const patient: ProviderConnector = {
    ...banking.connector,
    complete: async (state, query) => {
      await run('exchanging')
      return await banking.complete(state, query)
    },
  }
  const createGateway = (...connectors: readonly ProviderConnector[]) => {
    const context: ServiceContext = {
      ...contextOf(store, [], { publicUrl: () => 'http://localhost:4000' }),
      clock,
      connectors: connected(...connectors),
    }
    const revocations = createRevocations(context)
    const attempts = createAttempts(context)
    const users = createUsers(context, createIdempotency(store, [Buffer.alloc(32, 3)]))
    return {
      revocations,
      users,
      launch: createLaunch(context, attempts),
      erasures: createErasures(context, users, revocations),
      completing: createCompleting(context, attempts, { onSession: () => ({ [Symbol.dispose]: () => {} }) }),
    }
  }
  let gateway = createGateway(forgetful, patient)

  const read = async (): Promise<User> => (await opened.users.byIds('SYSTEM', [user.id]))[0]!
  const erasure = async (): Promise<UserErasure> => (await read()).erasure!

  /** The person is at the bank for so long at most. */
  const begin = async (connector: 'FISKIL' | 'ENABLE_BANKING', minutes: number): Promise<Begun> => {
    const state = crypto.randomUUID()
    const step = connector === 'FISKIL' ? await fiskil.start({ state }) : await banking.start({ state })
    const consent = newConsent(user, {
      provider: connector,
      institutionRef: connector === 'FISKIL' ? 'sandbox.redirect' : 'FI:Sandbox Redirect',
      status: 'AWAITING_AUTHORIZATION',
    })
    const session = newSession(consent, {
      status: 'VERIFYING',
      state: step.state,
      stateHash: hashState(state),
      returnTo: RETURN_TO,
      expiresAt: new Date(clock.now().getTime() + minutes * MINUTE_MS),
    })
    await put(
      opened,
      { kind: 'consent.insert', consent: { ...consent, currentSessionId: session.id } },
      { kind: 'session.insert', session },
    )
    return { consent, session, step }
  }

  const comeBack = async ({ session, step }: Begun): Promise<void> => {
    const [harness, name] =
      session.provider === 'FISKIL' ? ([fiskil, 'fiskil'] as const) : ([banking, 'enableBanking'] as const)
    const query = await harness.person(step, 'approve')
    await gateway.completing.callback(name, query, randomIds.next('req'))
  }

  /** One look of the job, if it is due by then; null where it is not, and once it is over. */
  const proceed = async (dueWithinMs = 1000 * MINUTE_MS): Promise<{ readonly dueInMs: number } | null> => {
    const claim = (dueBefore: Date) =>
      opened.jobs.claim({ kinds: ['ERASE_USER'], dueBefore, leaseMs: 60_000, limit: 100 })
    const job = (await claim(new Date(Date.now() + dueWithinMs))).find(({ subject }) => subject === user.id)
    if (job === undefined) return null
    let next: Date | null = null
    await gateway.erasures.proceed(user.id, {
      requestId: randomIds.next('req'),
      finish: { kind: 'job.finish', job, fence: job.fence, again: null },
      again: (at) => {
        next = at
        return { kind: 'job.finish', job, fence: job.fence, again: at }
      },
      dueAt: job.dueAt,
      attempts: job.attempts,
      lastTry: false,
    })
    return next === null ? null : { dueInMs: (next as Date).getTime() - Date.now() }
  }

  return {
    store: opened,
    user,
    clock,
    fiskil,
    banking,
    commits,
    asked,
    begin,
    comeBack,
    proceed,
    read,
    erasure,
    outcomeOf: async ({ consent: { id } }: Begun): Promise<AwaitedGrant['outcome'] | undefined> =>
      (await erasure()).awaited.find(({ consentId }) => consentId === id)?.outcome,
    consentOf: async ({ consent: { id } }: Pick<Begun, 'consent'>): Promise<Consent> =>
      (await opened.consents.byIds('SYSTEM', [id]))[0]!,
    linked: async () => (await opened.links.byUsers('SYSTEM', [user.id]))[0]!.map(({ provider }) => provider),
    link: (provider: ProviderId = 'FISKIL'): Promise<void> =>
      put(opened, { kind: 'link.insert', link: newLink(user, { provider, user: fiskil.user }) }),
    request: () =>
      gateway.erasures.request(viewer, { id: user.id }, randomIds.next('req'), {
        touched: { userId: null, consentId: null, authSessionId: null },
        claim: () => [],
      }),
    createAgain: () => gateway.users.create(viewer, { externalId: user.externalId! }, randomIds.next('req')),
    /** At Fiskil, by somebody who had looked up the person before. */
    start: () =>
      gateway.launch(
        { ...viewer, client: { ...client, returnTo: [RETURN_TO.success] } },
        {
          user,
          target: { connector: forgetful, institution: null },
          input: {
            access: { accountIds: null, balances: true, transactions: true, validity: null, permissions: [] },
            psu: fiskil.request().psu,
            returnTo: RETURN_TO,
            supportedSteps: ['REDIRECT'],
            providerOptions: null,
          },
          renews: null,
          webhookEndpointId: null,
        },
        randomIds.next('req'),
        { touched: { userId: null, consentId: null, authSessionId: null }, claim: () => [] },
      ),
    /** One try of what takes the consent back. */
    takeBack: ({ consent }: Begun) => gateway.revocations.attempt(consent.id, null, randomIds.next('req')),
    connectors: { fiskil: forgetful, banking: patient },
    /** Starts it anew with these. */
    configure: (...connectors: readonly ProviderConnector[]) => {
      gateway = createGateway(...connectors)
    },
    /** Right before a commit of this kind. */
    before: (kind: Write['kind'], meanwhile: Meanwhile) => between.set(kind, meanwhile),
    /** Before Fiskil is told. */
    whileForgetting: (meanwhile: Meanwhile) => between.set('forgetting', meanwhile),
    /** Before Enable Banking is told the code. */
    whileExchanging: (meanwhile: Meanwhile) => between.set('exchanging', meanwhile),
    /** After so many reads from now. Those of one look: consents, sessions, consents, links; of the last: sessions, consents, links. */
    afterReads: (count: number, meanwhile: Meanwhile) => between.set(`read ${reads + count}`, meanwhile),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

export type ErasureScene = Awaited<ReturnType<typeof openErasureScene>>

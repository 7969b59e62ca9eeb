import { createHmac } from 'node:crypto'
import { toInstitutionId } from '../../src/domain/institution.ts'
import type { ProviderId } from '../../src/domain/provider-id.ts'
import { FISKIL_SANDBOX_SEED } from '../../src/sandbox/fiskil/seed.ts'
import { type AskOptions, type GatewayOptions, type GatewayProcess, startGateway } from './gateway-process.ts'
import {
  CONSENT,
  type ConsentView,
  EVENTS,
  EXPLAIN,
  type Explained,
  MUTATIONS,
  type Payload,
  type RedirectStep,
  SESSION,
  type SessionView,
  type StreamItem,
} from './redirect-documents.ts'
import { connectSandbox, type LedgerEntry, type SandboxControl } from './sandbox-control.ts'

/** A provider that redirects, and what its simulator calls things. */
export interface Bank {
  readonly name: string
  readonly provider: ProviderId
  readonly ref: string
  /** Of its callback address. */
  readonly path: string
  readonly finish: string
  /** Names the attempt, in the link and in the form. */
  readonly key: string
  /** Of the ledger: a live consent was made; the client took it back. */
  readonly granted: string
  readonly takenBack: string
}

export const ENABLE_BANKING: Bank = {
  name: 'Enable Banking',
  provider: 'ENABLE_BANKING',
  ref: 'FI:Sandbox Redirect',
  path: 'enableBanking',
  finish: '/ais/finish',
  key: 'sessionid',
  granted: 'session.authorized',
  takenBack: 'session.closed',
}

export const FISKIL: Bank = {
  name: 'Fiskil',
  provider: 'FISKIL',
  ref: 'sandbox.redirect',
  path: 'fiskil',
  finish: '/auth/finish',
  key: 'sess_id',
  granted: 'consent.granted',
  takenBack: 'consent.revoked',
}

/** What a browser gets from an address, before it goes on. */
export interface Opened {
  readonly status: number
  /** Where it would go next. */
  readonly location: URL | null
  readonly headers: Headers
  readonly text: string
}

/** Opens an address as a browser does that follows redirects by hand. */
export const open = async (address: URL | string, init: RequestInit = {}): Promise<Opened> => {
  const response = await fetch(address, { redirect: 'manual', headers: { accept: 'text/html' }, ...init })
  const location = response.headers.get('location')
  return {
    status: response.status,
    location: location === null ? null : new URL(location, address),
    headers: response.headers,
    text: await response.text(),
  }
}

export interface Begun {
  readonly bank: Bank
  readonly user: string
  readonly session: SessionView
  readonly consent: ConsentView
  readonly step: RedirectStep
  readonly simulator: SandboxControl
  /** The attempt's name at the simulator. */
  readonly attempt: string
}

export interface RedirectScene extends AsyncDisposable {
  readonly gateway: GatewayProcess
  readonly returnTo: { readonly success: string; readonly cancel: string }
  run(name: keyof typeof MUTATIONS, input: object, options?: AskOptions): Promise<Payload>
  newUser(): Promise<string>
  /** Starts for a new user, or the one named; with what `input` changes. */
  start(bank: Bank, input?: object): Promise<Payload & { readonly user: string }>
  /** Starts, and insists on the link. */
  begin(bank: Bank, input?: object): Promise<Begun>
  renew(old: Begun, input?: object): Promise<Begun>
  /** What the person does at the bank; where it sends them. */
  decide(begun: Begun, outcome: string): Promise<URL>
  /** And opens that address. */
  comeBack(begun: Begun, outcome: string): Promise<Opened>
  authorize(bank: Bank, input?: object): Promise<Begun>
  session(id: string): Promise<SessionView & { readonly consent: ConsentView }>
  /** As stored; `age` 0 asks the provider. */
  consent(id: string, age?: number): Promise<ConsentView>
  explain(id: string): Promise<readonly Explained[]>
  /** Waits for the consent to become so, event by event. */
  until(id: string, isSo: (consent: ConsentView) => boolean): Promise<ConsentView>
  /** The items of its stream, the snapshot first. */
  watch(id: string): ReturnType<ReturnType<GatewayProcess['live']>['subscribe']>
  /** Effects that bear this id in any role. */
  effects(simulator: SandboxControl, effect: string, id: string): Promise<readonly LedgerEntry[]>
  restart(signal: NodeJS.Signals): Promise<RedirectScene>
}

const toBegun = (bank: Bank, user: string, { authSession, consent, userErrors }: Payload): Begun => {
  const step = authSession?.nextStep
  if (authSession === null || consent === null || step?.url === undefined) throw new Error(JSON.stringify(userErrors))
  const link = new URL(step.url)
  const attempt = link.searchParams.get(bank.key)
  if (attempt === null) throw new Error(`${step.url} names no attempt`)
  return { bank, user, session: authSession, consent, step, simulator: connectSandbox(link.origin), attempt }
}

let users = 0

export const redirectSceneOf = (gateway: GatewayProcess): RedirectScene => {
  const live = gateway.live()
  const returnTo = {
    success: `${gateway.url}/sandbox/return?app=1&x=a%20b`,
    cancel: `${gateway.url}/sandbox/return?cancelled=1`,
  }

  const run: RedirectScene['run'] = async (name, input, options) =>
    (await gateway.graphql<{ answer: Payload }>(MUTATIONS[name], { input }, options)).answer

  const newUser = async (): Promise<string> => {
    const externalId = `person-${(users += 1)}`
    await gateway.graphql(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { userErrors { __typename } } }',
      { input: { externalId } },
    )
    return externalId
  }

  const start: RedirectScene['start'] = async (bank, { user: given, ...input }: { user?: string } = {}) => {
    const user = given ?? (await newUser())
    const target = { institutionId: toInstitutionId({ provider: bank.provider, ref: bank.ref }) }
    const payload = await run('startAuthorization', { user: { externalId: user }, target, returnTo, ...input })
    return { ...payload, user }
  }

  const begin: RedirectScene['begin'] = async (bank, input) => {
    const started = await start(bank, input)
    return toBegun(bank, started.user, started)
  }

  const decide: RedirectScene['decide'] = async ({ bank, step, attempt }, outcome) => {
    const form = new URLSearchParams({ [bank.key]: attempt, outcome, institution_id: bank.ref })
    const { location, text } = await open(new URL(bank.finish, step.url), { method: 'POST', body: form })
    const address = location?.href ?? /<a href="([^"]+)">Go back/.exec(text)?.[1]?.replaceAll('&amp;', '&')
    return new URL(address ?? 'about:blank')
  }

  const comeBack: RedirectScene['comeBack'] = async (begun, outcome) => await open(await decide(begun, outcome))

  const consent: RedirectScene['consent'] = async (id, age = 1_000_000) =>
    (await gateway.graphql<{ consent: ConsentView }>(CONSENT, { id, age })).consent

  const watch: RedirectScene['watch'] = (id) =>
    live.subscribe<{ consentEvents: StreamItem }, 'consentEvents'>('consentEvents', EVENTS, { id })

  return {
    gateway,
    returnTo,
    run,
    newUser,
    start,
    begin,
    decide,
    comeBack,
    consent,
    watch,
    renew: async (old, input = {}) =>
      toBegun(old.bank, old.user, await run('renewConsent', { consentId: old.consent.id, returnTo, ...input })),
    authorize: async (bank, input) => {
      const begun = await begin(bank, input)
      await comeBack(begun, 'approve')
      const now = await consent(begun.consent.id)
      if (now.status !== 'AUTHORIZED') throw new Error(JSON.stringify(now))
      return { ...begun, consent: now }
    },
    session: async (id) =>
      (await gateway.graphql<{ authSession: SessionView & { consent: ConsentView } }>(SESSION, { id })).authSession,
    explain: async (id) =>
      (await gateway.graphql<{ consent: { explain: { nodes: readonly Explained[] } } }>(EXPLAIN, { id })).consent
        .explain.nodes,
    until: async (id, isSo) => {
      const items = watch(id)
      for (;;) {
        await items.next()
        const now = await consent(id)
        if (isSo(now)) {
          await items.stop()
          return now
        }
      }
    },
    effects: async (simulator, effect, id) =>
      (await simulator.ledger(effect)).filter(({ ids }) => Object.values(ids).includes(id)),
    restart: async (signal) => redirectSceneOf(await gateway.restart(signal)),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  }
}

export const openRedirectScene = async (options?: GatewayOptions): Promise<RedirectScene> =>
  redirectSceneOf(await startGateway(options))

export const GRACE_MS = 120_000
export const SESSION_MS = 900_000
export const DAY_MS = 86_400_000

/** A message as Fiskil sends it, signed over its bytes or over what `signed` makes of them. */
export const sendWebhook = (
  gatewayUrl: string,
  data: Readonly<Record<string, unknown>>,
  {
    id = crypto.randomUUID(),
    at = new Date(),
    signed = (body: string) => body,
    indent = 0,
  }: { id?: string; at?: Date; signed?: (body: string) => string; indent?: number } = {},
): Promise<Opened> => {
  const message = { delivery_attempt: 1, publish_time: at.toISOString(), message_id: id, data }
  const body = JSON.stringify(message, null, indent)
  const key = Buffer.from(FISKIL_SANDBOX_SEED.webhookSecret, 'base64')
  const signature = createHmac('sha256', key).update(signed(body)).digest('base64')
  return open(`${gatewayUrl}/webhooks/fiskil`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-fiskil-signature': signature },
    body,
  })
}

/** Where the simulator of Fiskil sends its messages; null stops them. */
export const setWebhookUrl = async (simulator: SandboxControl, url: string | null): Promise<void> => {
  await fetch(`${simulator.url}/console/webhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url }),
  })
}

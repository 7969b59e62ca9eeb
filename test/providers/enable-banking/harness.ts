import { createMovableClock } from '../../../src/sandbox/clock.ts'
import type { EnableBankingSandboxOptions } from '../../../src/sandbox/enable-banking/server.ts'
import { createEnableBankingSandbox } from '../../../src/sandbox/enable-banking/server.ts'
import type { SimulatorRequest } from '../../../src/sandbox/request.ts'
import type { Secrets } from '../../../src/domain/consent.ts'
import type { GatewayError } from '../../../src/domain/errors.ts'
import type { CallContext, ConsentKey, PsuContext, SessionStep, StartRequest } from '../../../src/domain/provider.ts'
import type { EnableBankingCredential } from '../../../src/providers/enable-banking/config.ts'
import {
  createEnableBankingConnector,
  ENABLE_BANKING_UPSTREAM,
} from '../../../src/providers/enable-banking/connector.ts'
import { createUpstream } from '../../../src/upstream/upstream.ts'
import { callback, press } from '../../sandbox/enable-banking-client.ts'

export const DAY_MS = 86_400_000

export const calling = (timeoutMs = 10_000): CallContext => ({
  signal: AbortSignal.timeout(timeoutMs),
  deadline: new Date(Date.now() + timeoutMs),
  requestId: 'req_test',
})

export const psu = (fields: Partial<PsuContext> = {}): PsuContext => ({
  type: 'PERSONAL',
  device: 'ANY',
  locale: null,
  email: null,
  phone: null,
  personalNumber: null,
  ipAddress: null,
  userAgent: null,
  referer: null,
  accept: null,
  acceptCharset: null,
  acceptEncoding: null,
  acceptLanguage: null,
  geoLocation: null,
  ...fields,
})

/** Rejections as values. */
export const caught = (promise: Promise<unknown>): Promise<GatewayError> =>
  promise.then(
    () => {
      throw new Error('it resolved')
    },
    (error: unknown) => error as GatewayError,
  )

export interface HarnessOptions extends EnableBankingSandboxOptions {
  readonly credential?: EnableBankingCredential
}

/** The connector over real HTTP against the simulator. */
export async function startConnector({ credential, ...options }: HarnessOptions = {}) {
  const clock = createMovableClock()
  const sandbox = await createEnableBankingSandbox({ clock, redirectUrls: [callback], ...options })
  const upstream = createUpstream({ ...ENABLE_BANKING_UPSTREAM, baseUrl: sandbox.url })
  const connector = createEnableBankingConnector({
    upstream,
    credential: credential ?? { kind: 'KEY', ...sandbox.credential },
    clock,
  })

  const request = (fields: Partial<StartRequest> = {}): StartRequest => ({
    sessionId: 'aus_1',
    consentId: 'con_1',
    userId: 'usr_1',
    user: null,
    institutionRef: 'FI:Sandbox Redirect',
    access: {
      permissions: [],
      accountIds: null,
      balances: true,
      transactions: false,
      validFrom: null,
      validUntil: null,
    },
    validUntil: new Date(clock.now().getTime() + 90 * DAY_MS),
    now: clock.now(),
    psu: psu(),
    supportedSteps: ['REDIRECT'],
    callbackUrl: callback,
    state: 'state-of-ours',
    returnTo: { success: 'http://localhost:3000/done', cancel: null },
    options: null,
    renews: null,
    ...fields,
  })

  const start = async (fields: Partial<StartRequest> = {}): Promise<SessionStep> => {
    const asked = request(fields)
    return await connector.start(asked, connector.prepare(asked), calling())
  }

  /** Where the person is sent back to after pressing a button at the bank. */
  const person = async (step: SessionStep, outcome: string): Promise<URLSearchParams> => {
    const url = step.next.kind === 'REDIRECT' ? step.next.url : ''
    return (await press(url, outcome))?.searchParams ?? new URLSearchParams()
  }

  const complete = (state: Secrets, query: URLSearchParams): Promise<SessionStep> => {
    if (connector.complete === undefined) throw new Error('no callback')
    return connector.complete(state, query, calling())
  }

  /** Started, approved and exchanged. */
  const authorize = async (fields: Partial<StartRequest> = {}): Promise<SessionStep & { readonly key: ConsentKey }> => {
    const started = await start(fields)
    const done = await complete(started.state, await person(started, 'approve'))
    const key: ConsentKey = {
      consentId: 'con_1',
      providerConsentId: done.consent?.providerConsentId ?? '',
      institutionRef: fields.institutionRef ?? 'FI:Sandbox Redirect',
      secrets: done.consent?.secrets ?? null,
      user: null,
    }
    return { ...done, key }
  }

  /** Every request from now on, as the simulator sees it. */
  const watch = (): readonly SimulatorRequest[] => {
    const seen: SimulatorRequest[] = []
    sandbox.faults.next({ kind: 'delay', delayMs: 0, match: (sent) => seen.push(sent) < 0 })
    return seen
  }

  return {
    sandbox,
    clock,
    upstream,
    connector,
    request,
    start,
    person,
    complete,
    authorize,
    watch,
    [Symbol.asyncDispose]: async () => {
      await upstream.close()
      await sandbox.close()
    },
  }
}

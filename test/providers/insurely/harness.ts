import { expect } from 'vitest'
import type { Secrets } from '../../../src/domain/consent.ts'
import type { GatewayError } from '../../../src/domain/errors.ts'
import type {
  CallContext,
  ConsentKey,
  ProviderUser,
  PsuContext,
  SessionStep,
  StartRequest,
} from '../../../src/domain/provider.ts'
import type { AppLaunchChallenge, QrChallenge } from '../../../src/domain/step.ts'
import { createInsurelyConnector, INSURELY_UPSTREAM } from '../../../src/providers/insurely/connector.ts'
import { createMovableClock } from '../../../src/sandbox/clock.ts'
import { INSURELY_SANDBOX_SEED } from '../../../src/sandbox/insurely/seed.ts'
import { createInsurelySandbox, type InsurelySandboxOptions } from '../../../src/sandbox/insurely/server.ts'
import { createUpstream } from '../../../src/upstream/upstream.ts'

export const DAY_MS = 86_400_000
export const PERSONAL_NUMBER = '198507159876'

export const calling = (timeoutMs = 10_000): CallContext => ({
  signal: AbortSignal.timeout(timeoutMs),
  deadline: new Date(Date.now() + timeoutMs),
  requestId: 'req_test',
})

export const psu = (fields: Partial<PsuContext> = {}): PsuContext => ({
  type: 'PERSONAL',
  device: 'OTHER',
  locale: null,
  email: null,
  phone: null,
  personalNumber: PERSONAL_NUMBER,
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

export const thrown = (work: () => unknown): GatewayError => {
  try {
    work()
  } catch (error) {
    return error as GatewayError
  }
  throw new Error('it returned')
}

export const toRequest = (now: Date, fields: Partial<StartRequest> = {}): StartRequest => ({
  sessionId: 'aus_1',
  consentId: 'con_1',
  userId: 'usr_1',
  user: null,
  institutionRef: 'se-sandbox-bankid',
  access: {
    permissions: [],
    accountIds: null,
    balances: true,
    transactions: false,
    validFrom: now,
    validUntil: null,
  },
  validUntil: new Date(now.getTime() + 90 * DAY_MS),
  now,
  psu: psu(),
  supportedSteps: ['REDIRECT', 'OTP', 'QR', 'APP_LAUNCH'],
  callbackUrl: 'https://gateway.example/callback/insurely',
  state: 'state',
  returnTo: { success: 'https://app.example/done', cancel: null },
  options: null,
  renews: null,
  ...fields,
})

export const qrOf = ({ next }: SessionStep): QrChallenge => {
  if (next.kind !== 'QR') throw new Error(`a QR step was expected, not ${next.kind}`)
  return next
}

export const appOf = ({ next }: SessionStep): AppLaunchChallenge => {
  if (next.kind !== 'APP_LAUNCH') throw new Error(`an app launch was expected, not ${next.kind}`)
  return next
}

/** The connector over real HTTP against the simulator. */
export async function startConnector(options: InsurelySandboxOptions & { readonly apiKey?: string } = {}) {
  const { apiKey = INSURELY_SANDBOX_SEED.apiKey, ...rules } = options
  const startedAt = new Date()
  // Stands still at the real time, so that a test says what happens when and sessions are fresh.
  const clock = createMovableClock({ now: () => startedAt })
  const sandbox = await createInsurelySandbox({ clock, ...rules })
  const upstream = createUpstream({ ...INSURELY_UPSTREAM, baseUrl: sandbox.url })
  const createConnector = () =>
    createInsurelyConnector({
      upstream,
      apiKey,
      version: INSURELY_SANDBOX_SEED.version,
      webhookSecret: INSURELY_SANDBOX_SEED.webhookSecret,
      clock,
    })
  const connector = createConnector()
  const { ledger } = sandbox

  let made: Promise<ProviderUser> | undefined
  const user = () => (made ??= connector.ensureUser!('usr_1', calling()))

  /** With whatever this process knows of institutions. */
  const start = async (fields: Partial<StartRequest> = {}): Promise<SessionStep> => {
    const request = toRequest(clock.now(), { user: await user(), ...fields })
    return await connector.start(request, connector.prepare(request), calling())
  }
  const status = (state: Secrets) => connector.status(state, calling())

  /** Started, and past INITIATED. */
  const open = async (institutionRef = 'se-sandbox-bankid', fields: Partial<StartRequest> = {}) => {
    const started = await start({ institutionRef, ...fields })
    clock.advance(300)
    return await status(started.state)
  }

  const authorize = async () => {
    const opened = await open('se-sandbox-approves')
    clock.advance(5000)
    const ended = await status(opened.state)
    expect(ended).toMatchObject({ next: { kind: 'DONE' }, consent: { status: 'AUTHORIZED' } })
    return await keyOf(ended)
  }

  const keyOf = async ({ consent }: SessionStep): Promise<ConsentKey> => ({
    consentId: 'con_1',
    providerConsentId: consent?.providerConsentId ?? '',
    institutionRef: 'se-sandbox-approves',
    secrets: consent?.secrets ?? null,
    user: await user(),
  })

  const phone = async (path: string, form: Record<string, string> = {}): Promise<{ orderRef: string }> => {
    const answer = await fetch(`${sandbox.phoneUrl}/${path}`, { method: 'POST', body: new URLSearchParams(form) })
    expect(answer.status).toBe(200)
    return (await answer.json()) as { orderRef: string }
  }

  const calls = (route: string) => sandbox.calls().filter((one) => one.route === route).length

  return {
    sandbox,
    ledger,
    clock,
    connector,
    createConnector,
    user,
    start,
    status,
    open,
    authorize,
    keyOf,
    phone,
    calls,
    [Symbol.asyncDispose]: async () => {
      await upstream.close()
      await sandbox.close()
    },
  }
}

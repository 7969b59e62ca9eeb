import { GatewayError } from '../../../src/domain/errors.ts'
import { randomIds } from '../../../src/domain/ids.ts'
import type { Secrets } from '../../../src/domain/consent.ts'
import type {
  CallContext,
  ConsentKey,
  ProviderConnector,
  PsuContext,
  SessionStep,
  StartRequest,
} from '../../../src/domain/provider.ts'
import type { OtpChallenge } from '../../../src/domain/step.ts'
import type { OpenBankProjectSettings } from '../../../src/providers/open-bank-project/config.ts'
import { connectProviders } from '../../../src/providers/registry.ts'
import { createMovableClock, type MovableClock } from '../../../src/sandbox/clock.ts'
import { OBP_SANDBOX_SEED } from '../../../src/sandbox/open-bank-project/seed.ts'
import {
  createObpSandbox,
  type ObpSandbox,
  type ObpSandboxOptions,
} from '../../../src/sandbox/open-bank-project/server.ts'
import type { Upstream } from '../../../src/upstream/upstream.ts'

export const PHONE = '+15550100'
export const BANK = 'sandbox.otp'
export const GENERATIONS = ['2024', '2026'] as const

export const callFor = (ms = 10_000, signal?: AbortSignal): CallContext => ({
  signal: signal ?? AbortSignal.timeout(ms),
  deadline: new Date(Date.now() + ms),
  requestId: randomIds.next('req'),
})

export const nobody: PsuContext = {
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
}

export interface Wish extends Partial<Omit<StartRequest, 'psu' | 'access'>> {
  readonly psu?: Partial<PsuContext>
  readonly access?: Partial<StartRequest['access']>
}

export const toRequest = (wish: Wish = {}, now: Date = new Date()): StartRequest => ({
  sessionId: randomIds.next('aus'),
  consentId: randomIds.next('con'),
  userId: randomIds.next('usr'),
  user: null,
  institutionRef: BANK,
  validUntil: new Date(now.getTime() + 3_600_000),
  now,
  supportedSteps: ['REDIRECT', 'OTP'],
  callbackUrl: 'https://gateway.example/callback/openBankProject',
  state: 'state',
  returnTo: null,
  options: null,
  renews: null,
  ...wish,
  psu: { ...nobody, phone: PHONE, ...wish.psu },
  access: {
    permissions: [],
    accountIds: null,
    balances: true,
    transactions: true,
    validFrom: now,
    validUntil: null,
    ...wish.access,
  },
})

export interface Bench extends AsyncDisposable {
  readonly sandbox: ObpSandbox
  readonly clock: MovableClock
  readonly connector: ProviderConnector
  readonly upstream: Upstream
  start(wish?: Wish): Promise<SessionStep>
  /** Starts and answers rightly. */
  authorize(wish?: Wish): Promise<SessionStep>
  /** Requests that reached the server, by path ending. */
  countCalls(ending: string): number
}

export const connect = (
  baseUrl: string,
  settings: Partial<OpenBankProjectSettings> = {},
): { readonly connector: ProviderConnector; readonly upstream: Upstream } => {
  const { username, password, consumerKey, consumerId } = OBP_SANDBOX_SEED
  const [connection] = connectProviders({
    openBankProject: {
      baseUrl,
      username,
      password,
      consumerKey,
      consumerId,
      maxTtlSeconds: 3600,
      psd2Cert: null,
      ...settings,
    },
  })
  if (connection === undefined) throw new Error('not connected')
  return connection
}

export const startBench = async (
  options: ObpSandboxOptions = {},
  settings: Partial<OpenBankProjectSettings> = {},
): Promise<Bench> => {
  const clock = createMovableClock()
  const sandbox = await createObpSandbox({ clock, slowDelayMs: 0, ...options })
  const { connector, upstream } = connect(sandbox.url, settings)
  const start: Bench['start'] = (wish) => {
    const request = toRequest(wish, clock.now())
    return connector.start(request, connector.prepare(request), callFor())
  }
  return {
    sandbox,
    clock,
    connector,
    upstream,
    start,
    authorize: async (wish) => {
      const step = await start(wish)
      return await connector.answer(step.state, toAnswer(step), callFor())
    },
    countCalls: (ending) => sandbox.calls().filter(({ path }) => path.endsWith(ending)).length,
    [Symbol.asyncDispose]: async () => {
      await upstream.close()
      await sandbox.close()
    },
  }
}

export const toOtp = (step: SessionStep): OtpChallenge => {
  if (step.next.kind !== 'OTP') throw new Error(`not an OTP step: ${step.next.kind}`)
  return step.next
}

export const toAnswer = (step: SessionStep, otp: string = OBP_SANDBOX_SEED.otp) =>
  ({ kind: 'OTP', stepRef: toOtp(step).ref, otp }) as const

export const toKey = (step: SessionStep, secrets: Secrets | null | undefined = step.consent?.secrets): ConsentKey => ({
  consentId: randomIds.next('con'),
  providerConsentId: step.consent?.providerConsentId ?? '',
  institutionRef: BANK,
  secrets: secrets ?? null,
  user: null,
})

/** The error that it must end with. */
export const faultOf = async (work: Promise<unknown> | (() => unknown)): Promise<GatewayError> => {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('it was expected to fail')
}

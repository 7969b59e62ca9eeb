import type { ConsentAccess, ProviderStatus, Revocation, Secrets } from '../../domain/consent.ts'
import type { UserErasure } from '../../domain/erasure.ts'
import type { ConsentEventBody } from '../../domain/event.ts'
import type { ProblemReport } from '../../domain/problem.ts'
import type { AuthStep } from '../../domain/step.ts'
import type { IdempotentResult } from '../../domain/idempotency.ts'
import type { UserFault } from '../../domain/user-fault.ts'
import type { WebhookSecrets } from '../../domain/webhook.ts'

/** A value as JSON gives it back: instants are ISO strings. Where one is not turned back, the types say so. */
type Stored<Value> = Value extends Date
  ? string
  : Value extends object
    ? { readonly [Name in keyof Value]: Stored<Value[Name]> }
    : Value

export const toDocument = (value: unknown): string => JSON.stringify(value)

/** Only for what this store wrote. */
export const parseDocument = <Value>(text: string): Stored<Value> => JSON.parse(text) as Stored<Value>

export const parseIdempotentResult = (text: string): IdempotentResult => {
  const stored = parseDocument<IdempotentResult>(text)
  return { ...stored, userErrors: stored.userErrors.map(reviveFault) }
}

/** JSON by its type: holds no instants. */
export const parseSecrets = (text: string): Secrets => JSON.parse(text) as Secrets

export const parseWebhookSecrets = (text: string): WebhookSecrets => {
  const stored = parseDocument<WebhookSecrets>(text)
  return { ...stored, former: stored.former.map((one) => ({ ...one, until: new Date(one.until) })) }
}

export const mapNullable = <From, To>(value: From | null, map: (value: From) => To): To | null =>
  value === null ? null : map(value)

export const toMillis = (instant: Date | null): number | null => (instant === null ? null : instant.getTime())

export const toInstant = (value: number | string | null): Date | null => (value === null ? null : new Date(value))

export const parseAccess = (text: string): ConsentAccess => {
  const stored = parseDocument<ConsentAccess>(text)
  return { ...stored, validFrom: toInstant(stored.validFrom), validUntil: toInstant(stored.validUntil) }
}

export const parseErasure = (text: string): UserErasure => {
  const stored = parseDocument<UserErasure>(text)
  return {
    ...stored,
    requestedAt: new Date(stored.requestedAt),
    completedAt: toInstant(stored.completedAt),
    // Not in what an earlier version wrote.
    awaited: ((stored.awaited as typeof stored.awaited | undefined) ?? []).map((one) => ({
      ...one,
      until: new Date(one.until),
    })),
    providers: stored.providers.map((one) => ({ ...one, lastProblem: mapNullable(one.lastProblem, reviveProblem) })),
  }
}

export const parseProblem = (text: string): ProblemReport => reviveProblem(parseDocument<ProblemReport>(text))

export const parseProviderStatus = (text: string): ProviderStatus =>
  reviveProviderStatus(parseDocument<ProviderStatus>(text))

export const parseRevocation = (text: string): Revocation => reviveRevocation(parseDocument<Revocation>(text))

export const parseStep = (text: string): AuthStep => {
  const step = parseDocument<AuthStep>(text)
  const expiresAt = toInstant(step.expiresAt)
  if (step.kind === 'OTP') return { ...step, expiresAt, resendAvailableAt: toInstant(step.resendAvailableAt) }
  if (step.kind !== 'QR') return { ...step, expiresAt }
  const launch = mapNullable(step.launch, (app) => ({ ...app, expiresAt: toInstant(app.expiresAt) }))
  return { ...step, expiresAt, launch, frame: { ...step.frame, validUntil: new Date(step.frame.validUntil) } }
}

export const parseEventBody = (text: string): ConsentEventBody => {
  const body = parseDocument<ConsentEventBody>(text)
  if (body.type === 'ConsentStatusChanged') {
    return { ...body, providerStatus: mapNullable(body.providerStatus, reviveProviderStatus) }
  }
  return body.type === 'ConsentRevocationProgressed' ? { ...body, revocation: reviveRevocation(body.revocation) } : body
}

const reviveFault = (stored: Stored<UserFault>): UserFault => ({
  ...stored,
  retryAt: toInstant(stored.retryAt),
  problem: mapNullable(stored.problem, reviveProblem),
})

const reviveProblem = (stored: Stored<ProblemReport>): ProblemReport => ({
  ...stored,
  retryAt: toInstant(stored.retryAt),
})

const reviveProviderStatus = (stored: Stored<ProviderStatus>): ProviderStatus => ({
  ...stored,
  observedAt: new Date(stored.observedAt),
})

const reviveRevocation = (stored: Stored<Revocation>): Revocation => ({
  ...stored,
  requestedAt: new Date(stored.requestedAt),
  nextAttemptAt: toInstant(stored.nextAttemptAt),
  confirmedAt: toInstant(stored.confirmedAt),
  lastProblem: mapNullable(stored.lastProblem, reviveProblem),
})

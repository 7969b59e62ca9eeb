import type { ConsentAccess, Secrets } from '../../domain/consent.ts'
import type { PsuContext } from '../../domain/provider.ts'
import type { ProviderId } from '../../domain/provider-id.ts'
import type { StepKind } from '../../domain/step.ts'
import type { RequestedValidity } from '../../domain/validity.ts'
import type { UserRef } from '../users.ts'

export interface AccessInput {
  readonly accountIds: readonly string[] | null
  readonly balances: boolean
  readonly transactions: boolean
  readonly validity: RequestedValidity | null
  readonly permissions: readonly string[]
}

export interface ReturnToInput {
  readonly success: string
  readonly cancel: string | null
}

export interface StartInput {
  readonly user: UserRef
  readonly target: { readonly institutionId: string } | { readonly provider: ProviderId }
  readonly access: AccessInput
  readonly psu: PsuContext
  readonly returnTo: ReturnToInput | null
  readonly supportedSteps: readonly StepKind[]
  /** The one member that was set, under its name. */
  readonly providerOptions: { readonly name: string; readonly options: Secrets } | null
  readonly webhookUrl: string | null
}

export const toRequestedAccess = (input: AccessInput, now: Date, validUntil: Date | null): ConsentAccess => ({
  permissions: input.permissions,
  accountIds: input.accountIds,
  balances: input.balances,
  transactions: input.transactions,
  validFrom: now,
  validUntil,
})

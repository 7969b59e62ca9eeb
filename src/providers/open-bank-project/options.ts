import { z } from 'zod'
import type { Secrets } from '../../domain/consent.ts'
import { invalidInput } from '../../domain/errors.ts'
import type { OtpChannel } from '../../domain/step.ts'
import { isPsuToken } from './auth.ts'
import { OPTIONS_PATH } from './faults.ts'

const name = z.string().trim().min(1).max(255)

const options = z.strictObject({
  everything: z.boolean().nullish(),
  views: z
    .array(z.strictObject({ bankId: name, accountId: name, viewId: name }))
    .max(1000)
    .nullish(),
  entitlements: z
    // "" stands for the whole system.
    .array(z.strictObject({ bankId: z.string().max(255), roleName: name }))
    .max(1000)
    .nullish(),
  consumerId: name.nullish(),
  validFrom: z.iso.datetime({ offset: true }).nullish(),
  scaMethod: z.enum(['SMS', 'EMAIL', 'IMPLICIT']).nullish(),
  userToken: z
    .string()
    .max(16_384)
    .refine(isPsuToken, 'expected a token, alone or after `Bearer ` or `DirectLogin `')
    .nullish(),
})

/** `providerOptions.openBankProject`. Null is what was not given; an empty list was given. */
export interface ObpOptions {
  readonly everything: boolean
  readonly views: readonly { readonly bankId: string; readonly accountId: string; readonly viewId: string }[] | null
  readonly entitlements: readonly { readonly bankId: string; readonly roleName: string }[] | null
  readonly consumerId: string | null
  readonly validFrom: Date | null
  readonly scaMethod: OtpChannel | null
  /** The PSU's own login: see `toPsuCredential`. */
  readonly userToken: string | null
}

/** @throws GatewayError INVALID_INPUT that names the first member that does not fit */
export const parseOptions = (given: Secrets | null): ObpOptions => {
  const parsed = options.safeParse(given ?? {})
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalidInput(issue?.message ?? 'Not valid.', ...OPTIONS_PATH, ...(issue?.path ?? []).map(String))
  }
  const { everything, views, entitlements, consumerId, validFrom, scaMethod, userToken } = parsed.data
  if (everything === true && (views?.length || entitlements?.length)) {
    throw invalidInput('`everything` covers all views and roles: name none, or leave it out.', ...OPTIONS_PATH)
  }
  return {
    everything: everything ?? false,
    views: views ?? null,
    entitlements: entitlements ?? null,
    consumerId: consumerId ?? null,
    validFrom: validFrom == null ? null : new Date(validFrom),
    scaMethod: scaMethod ?? null,
    userToken: userToken ?? null,
  }
}

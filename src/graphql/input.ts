import type { Secrets } from '../domain/consent.ts'
import { GatewayError, invalidInput } from '../domain/errors.ts'
import { parseInstitutionId } from '../domain/institution.ts'
import type { PsuContext } from '../domain/provider.ts'
import type { ConsentSelection } from '../domain/store.ts'
import type { AccessInput as RequestedAccess, StartInput } from '../services/authorization/input.ts'
import type { StreamFilter } from '../services/event-stream.ts'
import type { UserRef as ServiceUserRef } from '../services/users.ts'
import type { GraphContext } from './context.ts'
import type {
  AccessInput,
  ConsentFilter,
  ConsentStreamFilter,
  ProviderOptionsInput,
  PsuInput,
  ReturnToInput,
  StartAuthorizationInput,
  UserRef,
} from './generated/resolvers.ts'

/** `@oneOf` has made sure that one member is there. */
export const toUserRef = (ref: UserRef): ServiceUserRef =>
  ref.id != null ? { id: ref.id } : { externalId: ref.externalId ?? '' }

export const toAccess = (access: AccessInput | null | undefined): RequestedAccess => ({
  accountIds: access?.accountIds ?? null,
  balances: access?.balances ?? true,
  transactions: access?.transactions ?? true,
  permissions: access?.permissions ?? [],
  validity:
    access?.validity == null
      ? null
      : {
          until: access.validity.until ?? null,
          seconds: access.validity.seconds ?? null,
          maximum: access.validity.maximum ?? null,
        },
})

const PERSONAL_NUMBER = /^\d{12}$/

/** What the PSU's own words leave open is taken from the request that brought them. */
export const toPsu = (psu: PsuInput | null | undefined, caller: GraphContext['caller']): PsuContext => {
  if (psu?.personalNumber != null && !PERSONAL_NUMBER.test(psu.personalNumber)) {
    throw invalidInput('A personal number is twelve digits, without a dash.', 'input', 'psu', 'personalNumber')
  }
  return {
    type: psu?.type ?? 'PERSONAL',
    device: psu?.device ?? 'ANY',
    locale: psu?.locale ?? null,
    email: psu?.email ?? null,
    phone: psu?.phone ?? null,
    personalNumber: psu?.personalNumber ?? null,
    ipAddress: psu?.ipAddress ?? caller.ipAddress,
    userAgent: psu?.userAgent ?? caller.userAgent,
    referer: psu?.referer ?? null,
    accept: psu?.accept ?? null,
    acceptCharset: psu?.acceptCharset ?? null,
    acceptEncoding: psu?.acceptEncoding ?? null,
    acceptLanguage: psu?.acceptLanguage ?? null,
    geoLocation: psu?.geoLocation ?? null,
  }
}

export const toReturnTo = (input: ReturnToInput | null | undefined): StartInput['returnTo'] =>
  input == null ? null : { success: input.success, cancel: input.cancel ?? null }

const toOptions = (options: ProviderOptionsInput | null | undefined): StartInput['providerOptions'] => {
  const member = Object.entries(options ?? {}).find(([, value]) => value != null)
  if (member === undefined) return null
  // Connectors parse their own options; dates travel as text, as they would on the wire.
  return { name: member[0], options: JSON.parse(JSON.stringify(member[1])) as Secrets }
}

export const toStartInput = (input: StartAuthorizationInput, { caller }: Pick<GraphContext, 'caller'>): StartInput => ({
  user: toUserRef(input.user),
  target:
    input.target.institutionId != null
      ? { institutionId: input.target.institutionId }
      : { provider: input.target.provider ?? ('' as never) },
  access: toAccess(input.access),
  psu: toPsu(input.psu, caller),
  returnTo: toReturnTo(input.returnTo),
  // The schema's default; codegen does not know that a default leaves nothing out.
  supportedSteps: input.supportedSteps ?? [],
  providerOptions: toOptions(input.providerOptions),
  webhookUrl: input.webhookUrl ?? null,
})

export const toConsentSelection = (filter: ConsentFilter | null | undefined): ConsentSelection => {
  const institution = filter?.institutionId == null ? undefined : parseInstitutionId(filter.institutionId)
  if (institution === null) {
    throw new GatewayError('NOT_FOUND', { message: 'No such institution.', path: ['filter', 'institutionId'] })
  }
  return {
    ...(filter?.status != null && { status: filter.status }),
    ...(filter?.provider != null && { provider: filter.provider }),
    ...(institution !== undefined && { institution }),
    ...(filter?.revocationState != null && { revocationState: filter.revocationState }),
    ...(filter?.expiresBefore != null && { expiresBefore: filter.expiresBefore }),
  }
}

export const toStreamFilter = (filter: ConsentStreamFilter | null | undefined): StreamFilter => ({
  user: filter?.user == null ? null : toUserRef(filter.user),
  consentId: filter?.consentId ?? null,
  provider: filter?.provider ?? null,
})

/** Seconds to milliseconds. */
export const toMaxAgeMs = (seconds: number | null | undefined): number => {
  const asked = seconds ?? 30
  if (asked < 0) throw invalidInput('`maxAgeSeconds` is 0 or more.', 'maxAgeSeconds')
  return asked * 1000
}

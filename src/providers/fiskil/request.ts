import { z } from 'zod'
import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { StartRequest } from '../../domain/provider.ts'
import { toReturnAddresses } from './callback.ts'
import type { SessionRequest } from './client.ts'

const OPTIONS_PATH = ['input', 'providerOptions', 'fiskil'] as const

const permissionNames = z.array(z.string().trim().min(1).max(128)).max(100)
const options = z.strictObject({ permissions: permissionNames.min(1).nullish() })

const refuse = (message: string, ...path: readonly string[]): GatewayError =>
  new GatewayError('CAPABILITY_NOT_SUPPORTED', { message, path })

const parsePermissions = (given: StartRequest['options']): readonly string[] | null => {
  const parsed = options.safeParse(given ?? {})
  if (parsed.success) return parsed.data.permissions ?? null
  const [issue] = parsed.error.issues
  throw invalidInput(issue?.message ?? 'Not valid.', ...OPTIONS_PATH, ...(issue?.path ?? []).map(String))
}

/** Null leaves them as they are: a renewal keeps its permissions. */
const toPermissions = ({ access, options: given, renews }: StartRequest): readonly string[] | null => {
  const own = parsePermissions(given)
  if (renews !== null) {
    if (own === null) return null
    throw refuse('A renewal keeps the permissions of its consent: leave them out.', ...OPTIONS_PATH, 'permissions')
  }
  const explicit = own ?? (access.permissions.length > 0 ? access.permissions : null)
  if (explicit === null) {
    const [balances, transactions] = [access.balances !== false, access.transactions !== false]
    return ['accounts', ...(balances ? ['balances'] : []), ...(transactions ? ['transactions'] : [])]
  }
  for (const member of ['balances', 'transactions'] as const) {
    if (access[member] === false && explicit.includes(member)) {
      throw invalidInput(`\`permissions\` asks for ${member}, which are switched off here.`, 'input', 'access', member)
    }
  }
  return explicit
}

/**
 * The session to ask for, but for its end user.
 *
 * @throws GatewayError INVALID_INPUT, STEP_UNSUPPORTED or CAPABILITY_NOT_SUPPORTED
 */
export const toSessionRequest = (request: StartRequest): Omit<SessionRequest, 'end_user_id'> => {
  const { access, institutionRef, renews, supportedSteps, validUntil } = request
  if (!supportedSteps.includes('REDIRECT')) {
    throw new GatewayError('STEP_UNSUPPORTED', {
      message: 'The person goes to a page of Fiskil: add `REDIRECT`.',
      path: ['input', 'supportedSteps'],
    })
  }
  if (access.accountIds !== null) {
    throw refuse('The person chooses the accounts. Leave `accountIds` out.', 'input', 'access', 'accountIds')
  }
  if (validUntil !== null) {
    throw refuse('Fiskil decides the validity. Leave `validity` out.', 'input', 'access', 'validity')
  }
  const permissions = toPermissions(request)
  return {
    ...toReturnAddresses(request.callbackUrl, request.state),
    ...(institutionRef !== null && { institution_id: institutionRef }),
    ...(permissions !== null && { permissions }),
    ...(renews !== null && { arrangement_id: renews.providerConsentId }),
  }
}

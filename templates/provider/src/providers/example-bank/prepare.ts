import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { StartRequest } from '../../domain/provider.ts'
import type { ConsentBody } from './wire.ts'

const refuse = (message: string, ...path: readonly string[]): GatewayError =>
  new GatewayError('CAPABILITY_NOT_SUPPORTED', { message, path })

/**
 * Everything that can be refused without a call. What the provider cannot take is refused, never dropped.
 *
 * @throws GatewayError INVALID_INPUT, STEP_UNSUPPORTED or CAPABILITY_NOT_SUPPORTED
 */
export const toConsentBody = (request: StartRequest): ConsentBody => {
  const { access, institutionRef: bank } = request
  if (bank === null) throw invalidInput('Name an institution.', 'input', 'target', 'institutionId')
  if (!request.supportedSteps.includes('REDIRECT')) {
    throw new GatewayError('STEP_UNSUPPORTED', {
      message: 'The person approves on a page of the bank: add `REDIRECT`.',
      path: ['input', 'supportedSteps'],
    })
  }
  if (request.options !== null) {
    throw invalidInput('This provider has no options.', 'input', 'providerOptions', 'exampleBank')
  }
  if (access.permissions.length > 0) {
    throw refuse('There are no permissions beside `balances` and `transactions`.', 'input', 'access', 'permissions')
  }
  if (access.accountIds !== null) {
    throw refuse('The person chooses the accounts: leave `accountIds` out.', 'input', 'access', 'accountIds')
  }
  if (request.validUntil !== null) {
    throw refuse('Consents last 90 days: leave `validity` out.', 'input', 'access', 'validity')
  }
  if (request.renews !== null) throw refuse('There are no renewals: start a new authorization.', 'input', 'consentId')
  return {
    bank,
    balances: access.balances ?? true,
    transactions: access.transactions ?? true,
    redirect: request.callbackUrl,
    state: request.state,
  }
}

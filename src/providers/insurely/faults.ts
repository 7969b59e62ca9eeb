import { GatewayError } from '../../domain/errors.ts'
import type { Blame } from '../../upstream/circuits.ts'
import { toProviderFault } from '../../upstream/provider-fault.ts'
import type { UpstreamResponse } from '../../upstream/response.ts'
import { parseErrorCode } from './wire.ts'

/** Whose credential a call was made with. */
export type Acting = 'CUSTOMER' | 'USER'

export const OPTIONS_PATH = ['input', 'providerOptions', 'insurely'] as const

const REFUSED_CREDENTIAL = {
  CUSTOMER: 'Insurely does not accept the API key: the operator must check INSURELY_API_KEY.',
  USER: 'Insurely does not accept a session that it made itself.',
} as const satisfies Record<Acting, string>

/** An answer that is no success, as an error of ours. The provider's own text may quote a personal number: never kept. */
export const toInsurelyFault = (response: UpstreamResponse, acting: Acting): GatewayError => {
  const providerCode = parseErrorCode(response)
  const byStatus = toProviderFault(response, { providerCode })
  const { cause } = byStatus
  if (byStatus.code === 'PROVIDER_CREDENTIALS_INVALID') {
    const message = REFUSED_CREDENTIAL[acting]
    return new GatewayError(byStatus.code, { message, providerCode: byStatus.providerCode, cause })
  }
  if (byStatus.code === 'PROVIDER_REJECTED' && providerCode?.toUpperCase() === 'LOGIN_METHOD_NOT_APPLICABLE') {
    return new GatewayError('INVALID_INPUT', {
      message: 'This institution does not offer that login method. Choose another `device` or `loginMethod`.',
      path: [...OPTIONS_PATH, 'loginMethod'],
      providerCode,
      cause,
    })
  }
  return byStatus
}

/** For the circuits: a failure that Insurely reports in the name of the bank speaks against the bank. */
export const blameInsurelyAnswer = (response: UpstreamResponse): Blame => {
  if (response.status < 500) return 'NOBODY'
  return parseErrorCode(response)?.toUpperCase() === 'THIRD_PARTY_ERROR' ? 'INSTITUTION' : 'PROVIDER'
}

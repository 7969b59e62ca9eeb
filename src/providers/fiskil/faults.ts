import { GatewayError } from '../../domain/errors.ts'
import { toProviderFault } from '../../upstream/provider-fault.ts'
import type { UpstreamResponse } from '../../upstream/response.ts'
import { parseFault } from './wire.ts'

/** A goa error says itself whether it will pass. */
export const toFiskilFault = (response: UpstreamResponse): GatewayError => {
  const said = parseFault(response)
  const fault = toProviderFault(response, { providerCode: said?.name ?? null })
  const passes = said?.temporary === true || said?.timeout === true
  return fault.code === 'PROVIDER_REJECTED' && passes
    ? new GatewayError('PROVIDER_UNAVAILABLE', { providerCode: fault.providerCode, cause: fault })
    : fault
}

/** The answer, if its status is a success. */
export const orFault = (response: UpstreamResponse): UpstreamResponse => {
  if (response.status >= 200 && response.status < 300) return response
  throw toFiskilFault(response)
}

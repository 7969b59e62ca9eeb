import type { CallContext } from '../../domain/provider.ts'
import { toProviderFault } from '../../upstream/provider-fault.ts'
import { toPath, type UpstreamRequest } from '../../upstream/request.ts'
import type { UpstreamResponse } from '../../upstream/response.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import {
  type ConsentBody,
  type ListedBank,
  parseBanks,
  parseConsent,
  parseErrorWord,
  parseStarted,
  type StartedConsent,
  type WireConsent,
} from './wire.ts'

/** The API as calls. Each rejects with GatewayError only; `providerCode` is the provider's own word. */
export interface ExampleBankClient {
  listBanks(call: CallContext): Promise<readonly ListedBank[]>
  startConsent(body: ConsentBody, call: CallContext): Promise<StartedConsent>
  readConsent(id: string, call: CallContext): Promise<WireConsent>
  /** Ended and unknown ones resolve. */
  endConsent(id: string, call: CallContext): Promise<void>
}

export interface ExampleBankClientOptions {
  readonly upstream: Upstream
  readonly apiKey: string
}

/** Names the rights that all reads share: those of the application. */
const SHARE_KEY = 'application'

export const createExampleBankClient = ({ upstream, apiKey }: ExampleBankClientOptions): ExampleBankClient => {
  const send = (request: Omit<UpstreamRequest, 'headers'>): Promise<UpstreamResponse> =>
    upstream.call({ ...request, headers: { Authorization: `Bearer ${apiKey}` } })

  const orFault = (response: UpstreamResponse): UpstreamResponse => {
    if (response.status >= 200 && response.status < 300) return response
    throw toProviderFault(response, { providerCode: parseErrorWord(response) })
  }

  const read = async (operation: string, path: string, call: CallContext): Promise<UpstreamResponse> =>
    orFault(await send({ operation, method: 'GET', path, effect: 'none', repeatable: true, shareKey: SHARE_KEY, call }))

  return {
    listBanks: async (call) => parseBanks(await read('banks.list', '/banks', call)),
    readConsent: async (id, call) => parseConsent(await read('consent.read', toPath`/consents/${id}`, call)),

    startConsent: async (body, call) =>
      parseStarted(
        orFault(
          await send({
            operation: 'consent.start',
            method: 'POST',
            path: '/consents',
            json: body,
            effect: 'possible',
            // A second call would be a second consent.
            repeatable: false,
            institution: body.bank,
            call,
          }),
        ),
      ),

    endConsent: async (id, call) => {
      const response = await send({
        operation: 'consent.end',
        method: 'DELETE',
        path: toPath`/consents/${id}`,
        effect: 'possible',
        repeatable: true,
        call,
      })
      if (response.status !== 404) orFault(response)
    },
  }
}

import type { CallContext } from '../../domain/provider.ts'
import { toPath, type UpstreamRequest } from '../../upstream/request.ts'
import { toContractFault, type UpstreamResponse } from '../../upstream/response.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import type { Authorize } from './auth.ts'
import { toEnableBankingFault } from './faults.ts'
import {
  type Account,
  type Application,
  type Aspsp,
  type AuthBody,
  type Authorization,
  type Exchanged,
  parseAccount,
  parseApplication,
  parseAspsps,
  parseAuthorization,
  parseExchanged,
  parseSession,
  type Session,
} from './wire.ts'

type PsuHeaders = Readonly<Record<string, string>>

/** Enable Banking's API as calls. Each rejects with GatewayError only; `providerCode` is its own word. */
export interface EnableBankingClient {
  application(call: CallContext): Promise<Application>
  /** Of account information only. */
  aspsps(call: CallContext): Promise<readonly Aspsp[]>
  startAuthorization(
    start: { readonly institution: string; readonly body: AuthBody; readonly psuHeaders: PsuHeaders },
    call: CallContext,
  ): Promise<Authorization>
  exchangeCode(code: string, call: CallContext): Promise<Exchanged>
  readSession(id: string, call: CallContext): Promise<Session>
  deleteSession(id: string, institution: string | null, psuHeaders: PsuHeaders, call: CallContext): Promise<void>
  /** Counts against what a bank allows in a day without the person, often four. */
  accountDetails(uid: string, institution: string | null, call: CallContext): Promise<Account>
}

type EnableBankingRequest = Omit<UpstreamRequest, 'headers'>

/** One token reads every session of the application, so that equal reads are one. */
const SHARE_KEY = 'application'

export const createEnableBankingClient = (upstream: Upstream, authorize: Authorize): EnableBankingClient => {
  const send = async (request: EnableBankingRequest, psuHeaders?: PsuHeaders): Promise<UpstreamResponse> => {
    const authorization = await authorize()
    const response = await upstream.call({ ...request, headers: { ...psuHeaders, Authorization: authorization } })
    if (response.status >= 400) throw toEnableBankingFault(response)
    if (response.status >= 300) throw toContractFault(response, new Error(`${request.operation} is redirected`))
    return response
  }

  const read = (
    operation: string,
    path: string,
    institution: string | undefined,
    call: CallContext,
  ): EnableBankingRequest => ({
    operation,
    method: 'GET',
    path,
    effect: 'none',
    repeatable: true,
    shareKey: SHARE_KEY,
    institution,
    call,
  })

  return {
    application: async (call) =>
      parseApplication(await send(read('application.read', '/application', undefined, call))),

    aspsps: async (call) =>
      parseAspsps(await send({ ...read('aspsps.list', '/aspsps', undefined, call), query: { service: 'AIS' } })),

    startAuthorization: async ({ institution, body, psuHeaders }, call) =>
      parseAuthorization(
        await send(
          {
            operation: 'authorization.start',
            method: 'POST',
            path: '/auth',
            json: body,
            effect: 'possible',
            repeatable: false,
            institution,
            call,
          },
          psuHeaders,
        ),
      ),

    exchangeCode: async (code, call) =>
      parseExchanged(
        await send({
          operation: 'code.exchange',
          method: 'POST',
          path: '/sessions',
          json: { code },
          effect: 'possible',
          // A code works once: a second call could only tell that the first arrived.
          repeatable: false,
          // No institution: the person was there just now, and the code does not wait for the circuit of a bank.
          call,
        }),
      ),

    // Enable Banking's own record: a bank that is down is no reason not to read it.
    readSession: async (id, call) =>
      parseSession(await send(read('session.read', toPath`/sessions/${id}`, undefined, call))),

    deleteSession: async (id, institution, psuHeaders, call) => {
      await send(
        {
          operation: 'session.delete',
          method: 'DELETE',
          path: toPath`/sessions/${id}`,
          effect: 'possible',
          repeatable: true,
          institution: institution ?? undefined,
          call,
        },
        psuHeaders,
      )
    },

    accountDetails: async (uid, institution, call) =>
      parseAccount(
        await send({
          ...read('account.details', toPath`/accounts/${uid}/details`, institution ?? undefined, call),
          // Each try counts at the bank.
          repeatable: false,
        }),
      ),
  }
}

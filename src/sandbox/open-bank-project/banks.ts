import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import type { Caller } from './caller.ts'
import { requireCaller } from './caller.ts'
import { ObpRefusal } from './refusal.ts'
import type { Account, Bank } from './seed.ts'
import { accounts, banks } from './seed.ts'
import type { ObpState } from './state.ts'
import { isSince } from './versions.ts'

export function requireBank(request: SimulatorRequest): Bank {
  const bankId = request.params['bankId'] ?? ''
  const bank = banks.find(({ id }) => id === bankId)
  if (!bank)
    throw new ObpRefusal(
      404,
      `OBP-30001: Bank not found. Please specify a valid value for BANK_ID. Current BankId is ${bankId}`,
    )
  return bank
}

/** No login. */
export function listBanks(request: SimulatorRequest): Reply {
  return json(200, { banks: banks.map((bank) => toBankJson(bank, request)) })
}

/** No login. */
export function readBank(request: SimulatorRequest): Reply {
  return json(200, toBankJson(requireBank(request), request))
}

function toBankJson({ id, shortName, fullName }: Bank, request: SimulatorRequest) {
  const routing = { scheme: 'OBP', address: id }
  return {
    id,
    ...(isSince('v5.0.0', request) ? { bank_code: shortName } : { short_name: shortName }),
    full_name: fullName,
    logo: '',
    website: request.origin,
    ...(isSince('v4.0.0', request) ? { bank_routings: [routing], attributes: [] } : { bank_routing: routing }),
  }
}

export function listMyAccounts(state: ObpState, request: SimulatorRequest): Reply {
  const caller = requireCaller(state, request)
  return json(200, { accounts: accountsOf(caller).map((account) => toAccountJson(account, caller)) })
}

export function listAccountsAtBank(state: ObpState, request: SimulatorRequest): Reply {
  const caller = requireCaller(state, request)
  const bank = requireBank(request)
  const here = accountsOf(caller).filter(({ bankId }) => bankId === bank.id)
  return json(200, { accounts: here.map((account) => toAccountJson(account, caller)) })
}

function accountsOf({ views }: Caller): readonly Account[] {
  return accounts.filter(({ id, bankId }) => views.some((own) => own.account_id === id && own.bank_id === bankId))
}

function toAccountJson(account: Account, caller: Caller) {
  const granted = account.views.filter(({ id }) =>
    caller.views.some((own) => own.view_id === id && own.account_id === account.id && own.bank_id === account.bankId),
  )
  return {
    id: account.id,
    label: account.label,
    bank_id: account.bankId,
    account_type: account.accountType,
    account_routings: [{ scheme: 'OBP', address: account.id }],
    views: granted.map((view) => ({
      id: view.id,
      short_name: view.shortName,
      description: view.description,
      is_public: view.isPublic,
    })),
  }
}

export function readCurrentUser(state: ObpState, request: SimulatorRequest): Reply {
  const { userId, email, provider, username, entitlements, views, consumer } = requireCaller(state, request)
  return json(200, {
    user_id: userId,
    email,
    provider_id: username,
    provider,
    username,
    entitlements: {
      list: entitlements.map((own, index) => ({ entitlement_id: `${userId}-${String(index)}`, ...own })),
    },
    ...(consumer === null ? { views: { list: views } } : {}),
  })
}

import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { Refusal } from './refusal.ts'
import { accounts } from './seed.ts'
import type { Consent, FiskilState } from './state.ts'
import { consentsOf } from './state.ts'
import { accountId } from './webhooks.ts'

const largestPage = 1000

/** The data service. A deleted end user has an empty list; an ended consent has no accounts. */
export function listAccounts(state: FiskilState, request: SimulatorRequest): Reply {
  const endUserId = request.query.get('end_user_id')
  if (endUserId === null) throw new Refusal(400, 'bad_request', 'end_user_id is required', 'data')
  const all = consentsOf(state, endUserId)
    .filter((consent) => isCollected(state, consent))
    .flatMap(toAccountsJson)
  const size = Math.min(Number(request.query.get('page[size]') ?? 100) || 100, largestPage)
  const after = request.query.get('page[after]')
  const from = after === null ? 0 : all.findIndex((account) => account.fiskil_id === after) + 1
  // A garbage cursor was seen to get this.
  if (after !== null && from === 0) throw new Refusal(503, 'unavailable', 'service unavailable', 'data')
  const page = all.slice(from, from + size)
  const more = from + size < all.length
  const next = `${request.origin}${request.path}?end_user_id=${encodeURIComponent(endUserId)}&page[size]=${size}&page[after]=${page.at(-1)?.fiskil_id}`
  return json(200, { accounts: page, links: more ? { next } : {} })
}

/** Data comes some time after consent. */
function isCollected({ clock, rules }: FiskilState, { active, createdAt }: Consent): boolean {
  return active && clock.now().getTime() >= createdAt.getTime() + rules.syncSeconds * 1000
}

function toAccountsJson(consent: Consent) {
  const { arrangementId, institutionId, accounts: keys } = consent
  return accounts
    .filter(({ key }) => keys.includes(key))
    .map(({ key, displayName, accountNumber, productCategory }) => ({
      fiskil_id: `fa-${arrangementId}-${key}`,
      account_id: accountId(consent, key),
      arrangement_id: arrangementId,
      institution_id: institutionId,
      display_name: displayName,
      masked_number: `xxxx xxxx ${accountNumber.slice(-4)}`,
      account_number: accountNumber,
      product_category: productCategory,
      currency: 'AUD',
    }))
}

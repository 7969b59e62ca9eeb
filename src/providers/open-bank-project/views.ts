import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { CallContext } from '../../domain/provider.ts'
import type { Credential } from './auth.ts'
import type { ObpClient } from './client.ts'
import type { View } from './consent-jwt.ts'
import type { Draft } from './sealed.ts'
import type { ObpAccount } from './wire.ts'

/** Public views need no consent. */
const toViews = ({ id, bank_id, views }: ObpAccount): readonly View[] =>
  (views ?? []).filter((view) => view.is_public !== true).map((view) => ({ bank_id, account_id: id, view_id: view.id }))

/**
 * The views that a consent asks for: those named; else those that the PSU has on the accounts named, or on all of their
 * accounts at the bank. None for `everything`, where the server adds them.
 *
 * @throws GatewayError INVALID_INPUT or NOT_FOUND where there is nothing to consent to
 */
export const resolveViews = async (
  draft: Draft,
  { client, who }: { readonly client: ObpClient; readonly who: Credential },
  call: CallContext,
): Promise<readonly View[]> => {
  if (draft.everything) return []
  if (draft.views !== null) return draft.views
  const { bankId, accountIds } = draft
  const atBank = (await client.listMyAccounts(who, call)).filter((account) => account.bank_id === bankId)
  const views = atBank.filter(({ id }) => accountIds === null || accountIds.includes(id)).flatMap(toViews)
  const isComplete = accountIds?.every((id) => views.some((view) => view.account_id === id)) ?? views.length > 0
  if (isComplete) return views
  const path = ['input', 'target', 'institutionId'] as const
  if (atBank.length === 0 && !(await client.listBanks(call)).some(({ id }) => id === bankId)) {
    throw new GatewayError('NOT_FOUND', { message: 'Open Bank Project knows no such bank.', path })
  }
  if (accountIds === null) throw invalidInput('The PSU has no account at this bank that could be shared.', ...path)
  const message = 'The PSU does not have all of these accounts at this bank, with a view that could be shared.'
  throw invalidInput(message, 'input', 'access', 'accountIds')
}

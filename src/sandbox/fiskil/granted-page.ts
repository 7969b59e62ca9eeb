import { html, page } from '../page.ts'
import type { Reply } from '../reply.ts'
import { seeOther } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { findInstitution } from './seed.ts'
import type { FiskilState } from './state.ts'
import { endConsent } from './state.ts'

/** What people share, newest first, with the end that comes from outside of the application. */
export function showGranted({ consents }: FiskilState): Reply {
  const items = consents
    .values()
    .filter(({ active }) => active)
    .toReversed()
    .map(
      ({ arrangementId, institutionId, expiresAt }) =>
        html`<li>
          <p>
            ${findInstitution(institutionId)?.name}, until
            <time datetime="${expiresAt.toISOString()}">${expiresAt.toISOString()}</time>
          </p>
          <form method="post" action="/consents/end">
            <input type="hidden" name="arrangement_id" value="${arrangementId}" />
            <button>Withdraw it</button>
          </form>
        </li>`,
    )
  return page({
    title: 'What you share',
    body:
      items.length === 0
        ? html`<p>Nothing.</p>`
        : html`<ul>
            ${items}
          </ul>`,
  })
}

/** At the bank or in the dashboard. */
export function withdraw(state: FiskilState, request: SimulatorRequest): Reply {
  const consent = state.consents.get(request.form().get('arrangement_id') ?? '')
  if (!consent?.active) {
    return page({ status: 404, title: 'Nothing to end', body: html`<p>No live consent bears this id.</p>` })
  }
  endConsent(state, consent, 'consent.revoked')
  return seeOther('/consents')
}

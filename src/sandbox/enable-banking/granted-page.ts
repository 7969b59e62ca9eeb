import { html, page } from '../page.ts'
import type { Reply } from '../reply.ts'
import { seeOther } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { atTime } from './session.ts'
import type { State } from './state.ts'
import { endSession, findSession } from './state.ts'

/** What people have granted, newest first, with the two ends that come from outside of the application. */
export function showGranted({ sessions, clock }: State): Reply {
  const live = sessions
    .values()
    .map((session) => atTime(session, clock.now()))
    .filter(({ status }) => status === 'AUTHORIZED')
    .toReversed()
  const items = live.map(
    ({ sessionId, aspsp, access }) =>
      html`<li>
        <p>${aspsp.name}, until <time datetime="${access.valid_until}">${access.valid_until}</time></p>
        <form method="post" action="/consents/end">
          <input type="hidden" name="sessionid" value="${sessionId}" />
          <button name="by" value="person">Withdraw it</button>
          <button name="by" value="bank">Let the bank end it</button>
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

export function endGranted(state: State, request: SimulatorRequest): Reply {
  const form = request.form()
  const session = findSession(state, form.get('sessionid') ?? '')
  if (session?.status !== 'AUTHORIZED') {
    return page({ status: 404, title: 'Nothing to end', body: html`<p>No live consent bears this id.</p>` })
  }
  endSession(state, session, form.get('by') === 'bank' ? 'EXPIRED' : 'REVOKED')
  return seeOther('/consents')
}

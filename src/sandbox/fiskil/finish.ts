import { randomUUID } from 'node:crypto'
import type { Markup } from '../page.ts'
import { html, page } from '../page.ts'
import type { Reply } from '../reply.ts'
import { seeOther } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { callbackOf, invalidCallbackOf } from './callback.ts'
import { bankFailure, OUTCOMES } from './outcomes.ts'
import { accounts, findInstitution } from './seed.ts'
import type { FiskilState, Session } from './state.ts'
import { endSession, lifeOf, writeConsent } from './state.ts'

type Answer = (state: FiskilState, request: SimulatorRequest) => Reply

/** For a session that is open. Any other sends the person back: it is AUTH_SESSION_INVALID. */
export function whileOpen(answer: (state: FiskilState, session: Session, request: SimulatorRequest) => Reply): Answer {
  return (state, request) => {
    const sessionId = request.query.get('sess_id') ?? request.form().get('sess_id') ?? ''
    const session = state.sessions.get(sessionId)
    if (!session) return page({ status: 404, title: 'Unknown link', body: html`<p>There is no such session.</p>` })
    if (session.ended || session.expiresAt <= state.clock.now()) return seeOther(invalidCallbackOf(session))
    return answer(state, session, request)
  }
}

/** What the client has locked, else what the person chose. */
export function institutionOf(session: Session, request: SimulatorRequest) {
  const chosen = request.query.get('institution_id') ?? request.form().get('institution_id') ?? ''
  return findInstitution(session.institutionId ?? chosen)
}

/** `POST /auth/finish` with `sess_id`, `outcome`, `institution_id` where none is locked, and `account` once for each. */
export const finish = whileOpen((state, session, request) => {
  const wish = OUTCOMES[request.form().get('outcome') ?? '']
  if (!wish) return message(400, 'Unknown outcome', html`<p>${Object.keys(OUTCOMES).join(', ')}</p>`)
  const institution = institutionOf(session, request)
  if (wish.ends === 'CONSENT' && !institution) return message(400, 'No bank', html`<p>Choose a bank first.</p>`)
  const fails = wish.ends === 'CONSENT' && institution?.connections === 'OUTAGE'
  const outcome = (fails ? OUTCOMES[bankFailure] : undefined) ?? wish
  if (outcome.ends === 'CONSENT' && institution) grant(state, session, institution.id, request.form().getAll('account'))
  if (outcome.ends !== null) endSession(state, session, outcome.error?.[1] ?? outcome.ends)
  const address = callbackOf(session, outcome)
  if (outcome.goes === 'BACK') return seeOther(address)
  if (outcome.goes === 'LATER') {
    return message(200, 'Approved', html`<p><a href="${address.href}">Go back to the application</a></p>`)
  }
  return message(200, 'You have closed the window', html`<p>Nobody tells the application.</p>`)
})

const message = (status: number, title: string, body: Markup) => page({ status, title, body })

/** A consent, or the next period of the one that is renewed. */
function grant(state: FiskilState, session: Session, institutionId: string, chosen: readonly string[]): void {
  const life = lifeOf(state, institutionId)
  const keys = accounts.map(({ key }) => key).filter((key) => chosen.length === 0 || chosen.includes(key))
  const renewed = session.arrangementId === null ? undefined : state.consents.get(session.arrangementId)
  if (renewed?.active) {
    writeConsent(state, { ...renewed, ...life, accounts: keys }, 'consent.updated', 'consent.renewed')
    return
  }
  const made = writeConsent(
    state,
    {
      arrangementId: randomUUID(),
      endUserId: session.endUserId,
      institutionId,
      permissions: session.permissions,
      accounts: keys,
      ...life,
      createdAt: life.lastConsentAt,
      active: true,
      failedDeletes: 0,
    },
    'consent.received',
    'consent.granted',
  )
  state.webhooks.send('banking.accounts.sync.completed', made)
}

import { html, page } from '../page.ts'
import type { Reply } from '../reply.ts'
import { seeOther } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { accountsOf } from './accounts.ts'
import type { Outcome } from './outcomes.ts'
import { OUTCOMES } from './outcomes.ts'
import type { Session } from './session.ts'
import type { State } from './state.ts'
import { aspspOf, endAuthorization, findAuthorization, returnFromBank } from './state.ts'

type Answer = (state: State, request: SimulatorRequest) => Reply

/** For an authorization that is still open; any other gets a page that says why not. */
function whileOpen(answer: (state: State, session: Session, request: SimulatorRequest) => Reply): Answer {
  return (state, request) => {
    const sessionId = request.query.get('sessionid') ?? request.form().get('sessionid') ?? ''
    const session = findAuthorization(state, sessionId)
    if (!session)
      return page({ status: 404, title: 'Unknown link', body: html`<p>There is no such authorization.</p>` })
    if (session.status === 'PENDING_AUTHORIZATION') return answer(state, session, request)
    return page({
      status: 410,
      title: 'This link is over',
      body: html`<p>The authorization is <code>${session.status}</code>. Start a new one.</p>`,
    })
  }
}

/** Buttons for whatever else can happen on this page; forms may lead to the client's callback. */
function otherOutcomes(session: Session, on: Outcome['page']) {
  const buttons = Object.entries(OUTCOMES)
    .filter(([name, outcome]) => outcome.page === on && name !== 'approve')
    .map(([name, { label }]) => html`<button name="outcome" value="${name}">${label}</button> `)
  return html`<form method="post" action="/ais/finish">
    <input type="hidden" name="sessionid" value="${session.authorizationId}" />
    ${buttons}
  </form>`
}

const formTargets = ({ redirectUrl }: Session) => [new URL(redirectUrl).origin]

export const showStart = whileOpen((state, session) => {
  const { access, aspsp } = session
  return page({
    title: `Share accounts at ${aspsp.name}`,
    formTargets: formTargets(session),
    body: html`<p>
        ${state.application.name} asks to read, until
        <time datetime="${access.valid_until}">${access.valid_until}</time>:
      </p>
      <ul>
        <li>your accounts</li>
        ${access.balances ? html`<li>their balances</li>` : null}
        ${access.transactions ? html`<li>their transactions</li>` : null}
      </ul>
      <form method="get" action="/ais/log-in">
        <input type="hidden" name="sessionid" value="${session.authorizationId}" />
        <button>Continue to ${aspsp.name}</button>
      </form>
      ${otherOutcomes(session, 'start')}`,
  })
})

export const showLogIn = whileOpen((state, session) => {
  const { authMethods } = aspspOf(session)
  const method =
    authMethods.find(({ name }) => name === session.authMethod) ?? authMethods.find((one) => !one.hidden_method)
  const sent = state.credentials.get(session.authorizationId) ?? {}
  const fields = (method?.credentials ?? []).map(
    ({ name, title }) =>
      html`<label for="${name}">${title}</label>
        <input
          id="${name}"
          name="${name}"
          value="${sent[name] ?? ''}"
          type="${name === 'password' ? 'password' : 'text'}"
          autocomplete="off"
        />`,
  )
  return page({
    title: `Log in at ${session.aspsp.name}`,
    formTargets: formTargets(session),
    body: html`<p>
        ${method?.approach === 'DECOUPLED' ? 'Confirm in your app, then go on.' : 'Anything is right here.'}
      </p>
      <form method="post" action="/ais/approve">
        <input type="hidden" name="sessionid" value="${session.authorizationId}" />
        ${fields}
        <p><button>Log in</button></p>
      </form>
      ${otherOutcomes(session, 'log-in')}`,
  })
})

export const showApprove = whileOpen((_state, session) => {
  const choices = accountsOf(session.aspsp).map(
    ({ key, name, iban, cardNumber }) =>
      html`<label
        ><input type="checkbox" name="account" value="${key}" checked /> ${name}, ${iban ?? cardNumber}</label
      >`,
  )
  return page({
    title: 'Choose accounts and approve',
    formTargets: formTargets(session),
    body: html`<form method="post" action="/ais/finish">
        <input type="hidden" name="sessionid" value="${session.authorizationId}" />
        ${choices}
        <p><button name="outcome" value="approve">Approve</button></p>
      </form>
      <h2>Or let something else happen</h2>
      ${otherOutcomes(session, 'approve')}`,
  })
})

/** `POST /ais/finish` with `sessionid`, `outcome` and, to choose, `account` once for each. */
export const finish = whileOpen((state, session, request) => {
  const form = request.form()
  const outcome = OUTCOMES[form.get('outcome') ?? '']
  if (!outcome)
    return page({ status: 400, title: 'Unknown outcome', body: html`<p>${Object.keys(OUTCOMES).join(', ')}</p>` })
  const callback = new URL(session.redirectUrl)
  if (outcome.ends === 'RETURNED_FROM_BANK') {
    const returned = returnFromBank(state, session, form.getAll('account'), outcome.stale ?? false)
    callback.searchParams.set('code', returned.code ?? '')
  } else if (outcome.ends !== null) endAuthorization(state, session, outcome.ends)
  if (outcome.error) {
    const [error, description] = outcome.error
    callback.searchParams.set('error', error)
    if (description !== null) callback.searchParams.set('error_description', description)
  } else if (outcome.ends === null) {
    return page({ title: 'You have walked away', body: html`<p>Nobody tells the application.</p>` })
  }
  if (!outcome.losesState) callback.searchParams.set('state', session.state)
  return seeOther(callback)
})

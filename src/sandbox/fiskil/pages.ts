import { html, page } from '../page.ts'
import type { Reply } from '../reply.ts'
import { finish, institutionOf, whileOpen } from './finish.ts'
import type { Outcome } from './outcomes.ts'
import { otpFailure, OUTCOMES } from './outcomes.ts'
import type { Institution } from './seed.ts'
import { accounts, FISKIL_SANDBOX_SEED, institutions } from './seed.ts'
import type { Session } from './state.ts'

/** Forms lead to the client's callback. */
const formTargets = ({ redirectUri, cancelUri }: Session) => [
  ...new Set([redirectUri, cancelUri].map((uri) => new URL(uri).origin)),
]

const hidden = ({ sessionId }: Session, institution: Institution | undefined) =>
  html`<input type="hidden" name="sess_id" value="${sessionId}" />${
      institution && html`<input type="hidden" name="institution_id" value="${institution.id}" />`
    }`

/** Buttons for whatever else can happen on this page. */
function otherOutcomes(session: Session, institution: Institution | undefined, on: Outcome['page']) {
  const buttons = Object.entries(OUTCOMES)
    .filter(([name, outcome]) => outcome.page === on && name !== 'approve')
    .map(([name, { label }]) => html`<button name="outcome" value="${name}">${label}</button> `)
  return html`<form method="post" action="/auth/finish">${hidden(session, institution)} ${buttons}</form>`
}

/** `GET /auth?sess_id=`: what is asked, and the choice of a bank where none is locked. */
export const showStart = whileOpen((_state, session, request) => {
  const locked = institutionOf(session, request)
  const options = institutions
    .filter(({ industry }) => industry === 'banking')
    .map(({ id, name }) => html`<option value="${id}">${name}</option>`)
  const choice = html`<label for="institution_id">Your bank</label
    ><select id="institution_id" name="institution_id">
      ${options}
    </select>`
  return page({
    title: session.arrangementId === null ? 'Share your data' : 'Go on sharing your data',
    formTargets: formTargets(session),
    body: html`<p>${FISKIL_SANDBOX_SEED.appName} asks to read: ${session.permissions.join(', ')}.</p>
      <form method="get" action="/auth/log-in">
        ${hidden(session, locked)} ${locked ? html`<p>${locked.name}</p>` : choice}
        <p><button>Continue</button></p>
      </form>
      ${otherOutcomes(session, locked, 'start')}`,
  })
})

const noBank = (): Reply => page({ status: 400, title: 'No bank', body: html`<p>Choose a bank first.</p>` })

export const showLogIn = whileOpen((_state, session, request) => {
  const institution = institutionOf(session, request)
  if (!institution) return noBank()
  return page({
    title: `Log in at ${institution.name}`,
    formTargets: formTargets(session),
    body: html`<form method="post" action="/auth/code">
        ${hidden(session, institution)}
        <label for="email">E-mail address</label>
        <input
          id="email"
          name="email"
          type="email"
          value="${FISKIL_SANDBOX_SEED.email}"
          autocomplete="email"
          required
        />
        <p><button>Send me a code</button></p>
      </form>
      ${otherOutcomes(session, institution, 'log-in')}`,
  })
})

export const sendCode = whileOpen((state, session, request) => {
  const institution = institutionOf(session, request)
  if (!institution) return noBank()
  const { otp, email } = FISKIL_SANDBOX_SEED
  const to = request.form().get('email') || email
  state.inbox.deliver({ channel: 'EMAIL', to, text: `Your code is ${otp}`, code: otp, institution: institution.name })
  return page({
    title: 'Enter the code',
    formTargets: formTargets(session),
    body: html`<p>It is in the <a href="/inbox" target="_blank">inbox</a> of ${to}.</p>
      <form method="post" action="/auth/approve">
        ${hidden(session, institution)}
        <label for="otp">Code</label>
        <input id="otp" name="otp" inputmode="numeric" autocomplete="one-time-code" required />
        <p><button>Continue</button></p>
      </form>`,
  })
})

export const showApprove = whileOpen((state, session, request) => {
  const institution = institutionOf(session, request)
  if (!institution) return noBank()
  if (request.form().get('otp') !== FISKIL_SANDBOX_SEED.otp) {
    const failed = new URLSearchParams({ sess_id: session.sessionId, outcome: otpFailure })
    return finish(state, { ...request, form: () => failed })
  }
  const choices = accounts.map(
    ({ key, displayName }) =>
      html`<label><input type="checkbox" name="account" value="${key}" checked /> ${displayName}</label>`,
  )
  return page({
    title: 'Choose accounts and approve',
    formTargets: formTargets(session),
    body: html`<form method="post" action="/auth/finish">
        ${hidden(session, institution)} ${choices}
        <p><button name="outcome" value="approve">Approve</button></p>
      </form>
      <h2>Or let something else happen</h2>
      ${otherOutcomes(session, institution, 'approve')}`,
  })
})

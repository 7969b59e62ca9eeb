import { randomUUID } from 'node:crypto'
import type { Outcome } from './outcomes.ts'
import type { Session } from './state.ts'

/** Where the person is sent after an outcome. */
export function callbackOf(session: Session, outcome: Outcome): URL {
  const failed = outcome.error !== undefined || outcome.bare === true
  const address = new URL(failed ? session.cancelUri : session.redirectUri)
  if (outcome.losesQuery) address.search = ''
  if (!failed) address.searchParams.set('session_id', session.sessionId)
  if (outcome.error) addError(address, outcome.error)
  return address
}

/** For a link that was used, or whose time is over: documented for embedded mode, a choice here. */
export function invalidCallbackOf({ cancelUri }: Session): URL {
  const address = new URL(cancelUri)
  addError(address, [null, 'AUTH_SESSION_INVALID'])
  return address
}

function addError({ searchParams }: URL, [error, errorType]: Outcome['error'] & {}): void {
  if (error !== null) searchParams.set('error', error)
  searchParams.set('error_type', errorType)
  searchParams.set('error_description', 'This is the sandbox: it fails as it was told to.')
  searchParams.set('error_id', `err_${randomUUID()}`)
  searchParams.set('error_uri', `https://data.docs.fiskil.dev/errors#${errorType}`)
}

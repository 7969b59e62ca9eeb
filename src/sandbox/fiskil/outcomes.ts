/** One thing that a person, or the bank, can do with a session that is open. */
export interface Outcome {
  readonly page: 'start' | 'log-in' | 'approve'
  readonly label: string
  /** What becomes of the session; null: nothing yet, it stays open. */
  readonly ends: 'CONSENT' | 'FAILURE' | null
  /** Whereto the person goes. LATER: by a link, whenever they like. NOWHERE: the window is closed. */
  readonly goes: 'BACK' | 'LATER' | 'NOWHERE'
  /** Of the callback to `cancel_uri`. */
  readonly error?: readonly [error: 'access_denied' | 'server_error' | null, errorType: string]
  /** The address of the callback is stripped of the client's own query. */
  readonly losesQuery?: true
  /** To `cancel_uri`, without a word. */
  readonly bare?: true
}

const back = (label: string, page: Outcome['page'], error: Outcome['error'] & {}): Outcome => ({
  page,
  label,
  ends: 'FAILURE',
  goes: 'BACK',
  error,
})

/** By the value of `outcome` that `POST /auth/finish` takes. */
export const OUTCOMES: Readonly<Record<string, Outcome>> = {
  leave: back('Leave', 'start', ['access_denied', 'AUTH_SESSION_CANCELLED']),
  'leave-without-words': { page: 'start', label: 'Leave without a word', ends: 'FAILURE', goes: 'BACK', bare: true },
  'wrong-otp': back('Give a wrong code', 'log-in', ['access_denied', 'CONSENT_OTP_FAILURE']),
  ineligible: back('Not eligible for data sharing', 'log-in', ['access_denied', 'CONSENT_ENDUSER_INELIGIBLE']),
  timeout: back('Take too long', 'log-in', [null, 'CONSENT_TIMEOUT']),
  approve: { page: 'approve', label: 'Approve', ends: 'CONSENT', goes: 'BACK' },
  deny: back('Deny', 'approve', ['access_denied', 'CONSENT_ENDUSER_DENIED']),
  'bank-error': back('Approve, and the bank fails', 'approve', ['server_error', 'CONSENT_UPSTREAM_PROCESSING_ERROR']),
  'bank-error-old-name': back('Approve, and the bank fails, by its older name', 'approve', [
    'server_error',
    'CONSUMERDATA_PROCESSING_ERROR',
  ]),
  'session-invalid': back('The session has become invalid', 'approve', [null, 'AUTH_SESSION_INVALID']),
  'unknown-error': back('A failure that nobody documented', 'approve', ['server_error', 'CONSENT_MOON_PHASE']),
  'deny-and-lose-state': {
    ...back('Deny, and lose the state', 'approve', ['access_denied', 'CONSENT_ENDUSER_DENIED']),
    losesQuery: true,
  },
  'early-denial': {
    ...back('Switch apps: a denial comes back, and approving is still possible', 'approve', [
      'access_denied',
      'AUTH_SESSION_CANCELLED',
    ]),
    ends: null,
  },
  'lose-state': {
    page: 'approve',
    label: 'Approve, and lose the state',
    ends: 'CONSENT',
    goes: 'BACK',
    losesQuery: true,
  },
  late: { page: 'approve', label: 'Approve, and go back later', ends: 'CONSENT', goes: 'LATER' },
  'close-window': { page: 'approve', label: 'Approve, and close the window', ends: 'CONSENT', goes: 'NOWHERE' },
  'walk-away': { page: 'approve', label: 'Walk away', ends: null, goes: 'NOWHERE' },
}

export const otpFailure = 'wrong-otp'
export const bankFailure = 'bank-error'

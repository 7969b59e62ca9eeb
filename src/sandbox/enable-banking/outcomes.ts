/** One thing that a person, or the bank, can do with an authorization that is open. */
export interface Outcome {
  readonly page: 'start' | 'log-in' | 'approve'
  readonly label: string
  /** What becomes of it; null: nothing yet, it stays open. */
  readonly ends: 'RETURNED_FROM_BANK' | 'CANCELLED' | 'INVALID' | null
  /** Of the callback, in place of a code. Without either, nobody comes back. */
  readonly error?: readonly [code: string, description: string | null]
  readonly losesState?: boolean
  /** Comes back with a code whose time is over. */
  readonly stale?: boolean
}

/** By the value of `outcome` that `POST /ais/finish` takes. */
export const OUTCOMES: Readonly<Record<string, Outcome>> = {
  deny: {
    page: 'start',
    label: 'Deny data sharing',
    ends: 'CANCELLED',
    error: ['access_denied', 'Denied data sharing consent'],
  },
  cancel: { page: 'log-in', label: 'Cancel', ends: 'CANCELLED', error: ['access_denied', 'Cancelled by user'] },
  'wrong-password': {
    page: 'log-in',
    label: 'Give a wrong password',
    ends: 'INVALID',
    error: ['access_denied', 'Invalid credentials'],
  },
  approve: { page: 'approve', label: 'Approve', ends: 'RETURNED_FROM_BANK' },
  'deny-without-words': {
    page: 'approve',
    label: 'Refuse at a bank that says nothing more',
    ends: 'CANCELLED',
    error: ['access_denied', null],
  },
  'no-access': {
    page: 'approve',
    label: 'Approve, and the bank refuses',
    ends: 'INVALID',
    error: ['access_denied', 'You cannot retrieve account information with this agreement'],
  },
  'bank-error': {
    page: 'approve',
    label: 'Approve, and the bank fails',
    ends: 'INVALID',
    error: ['server_error', null],
  },
  'invalid-client': {
    page: 'approve',
    label: 'Approve, and the bank does not know Enable Banking',
    ends: 'INVALID',
    error: ['invalid_client', 'Client authentication failed'],
  },
  'early-denial': {
    page: 'approve',
    label: 'Switch apps: a denial comes back, and approving is still possible',
    ends: null,
    error: ['access_denied', 'Cancelled by user'],
  },
  'lose-state': { page: 'approve', label: 'Approve, and lose the state', ends: 'RETURNED_FROM_BANK', losesState: true },
  late: { page: 'approve', label: 'Approve, and come back too late', ends: 'RETURNED_FROM_BANK', stale: true },
  'walk-away': { page: 'approve', label: 'Walk away', ends: null },
}

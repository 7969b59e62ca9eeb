import type { SandboxGuideEntry } from '../institution-flow.ts'

const start = 'Start with the personal number 199001011234 (any twelve digits will do)'

/** The person's phone is the page /phone of this sandbox. */
export const INSURELY_SANDBOX_GUIDE: readonly SandboxGuideEntry[] = [
  {
    institutionRef: 'se-sandbox-bankid',
    title: 'BankID, on your phone',
    tryThis: `${start}; at /phone scan, then approve`,
    expect: 'A new frame each second, the hint changes, the consent is AUTHORIZED',
  },
  {
    institutionRef: 'se-sandbox-bankid',
    title: 'BankID, cancelled or by somebody else',
    tryThis: 'At /phone scan, then cancel, approve as somebody else, or let the bank fail',
    expect: 'AUTHENTICATION_CANCELLED: REJECTED; AUTHENTICATION_MISMATCH and THIRD_PARTY_ERROR: FAILED',
  },
  {
    institutionRef: 'se-sandbox-bankid',
    title: 'BankID, nobody comes',
    tryThis: 'Do nothing for 30 seconds, or scan and do nothing for three minutes',
    expect: 'AUTHENTICATION_TIMEOUT: EXPIRED',
  },
  {
    institutionRef: 'se-sandbox-bankid',
    title: 'BankID, twice at once',
    tryThis: 'Start a second time with the same personal number',
    expect: 'The first ends with AUTHENTICATION_CONFLICT: FAILED',
  },
  {
    institutionRef: 'se-sandbox-bankid',
    title: 'Withdrawn at the bank',
    tryThis: 'Approve, then withdraw at /phone, and read the consent',
    expect: 'REVOKED_AT_INSTITUTION',
  },
  {
    institutionRef: 'se-sandbox-approves',
    title: 'Approves after three frames',
    tryThis: start,
    expect: 'Scanned after three seconds, AUTHORIZED after five',
  },
  {
    institutionRef: 'se-sandbox-cancels',
    title: 'Cancels',
    tryThis: start,
    expect: 'Scanned after three seconds, REJECTED after five',
  },
  {
    institutionRef: 'se-sandbox-other-person',
    title: 'Somebody else signs',
    tryThis: start,
    expect: 'AUTHENTICATION_MISMATCH: FAILED',
  },
  {
    institutionRef: 'se-sandbox-walks-away',
    title: 'Scans and walks away',
    tryThis: start,
    expect: 'Scanned; EXPIRED after three minutes',
  },
  {
    institutionRef: 'se-sandbox-renews-order',
    title: 'The order is renewed',
    tryThis: 'Watch the code for 30 seconds without scanning it',
    expect: 'The code starts anew, and the step stays the same; EXPIRED after 90 seconds',
  },
  {
    institutionRef: 'se-sandbox-refuses',
    title: 'The bank refuses to start',
    tryThis: start,
    expect: 'FAILED before any code is shown',
  },
  {
    institutionRef: 'se-sandbox-qr-only',
    title: 'QR only',
    tryThis: 'Start with device SAME',
    expect: 'Refused: the institution has no way for the same device',
  },
  {
    institutionRef: 'se-sandbox-app-only',
    title: 'App only',
    tryThis: 'Start with device ANY',
    expect: 'A link into the app and no code',
  },
  {
    institutionRef: 'se-sandbox-down',
    title: 'Not functional',
    tryThis: 'List the institutions',
    expect: 'available is false',
  },
  {
    institutionRef: 'se-sandbox-bankid-slow',
    title: 'Slow',
    tryThis: 'Any call on a consent',
    expect: 'It takes effect at once and answers after three seconds',
  },
  {
    institutionRef: 'se-sandbox-bankid-429',
    title: 'Too many requests',
    tryThis: start,
    expect: 'Every second poll is 429 with Retry-After, and the person gets there all the same',
  },
  {
    institutionRef: 'se-sandbox-bankid-5xx',
    title: 'Failing',
    tryThis: start,
    expect: '502 THIRD_PARTY_ERROR, and nothing was started',
  },
  {
    institutionRef: 'se-sandbox-bankid-weird-status',
    title: 'A status nobody knows',
    tryThis: start,
    expect: 'UNDER_REVIEW for five seconds after the approval: shown, moves nothing; then AUTHORIZED',
  },
  {
    institutionRef: 'se-sandbox-bankid-expires-soon',
    title: 'Expires soon',
    tryThis: `${start}, wait a minute or move the clock`,
    expect: 'AUTHORIZED for a minute, then EXPIRED',
  },
]

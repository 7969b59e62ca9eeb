import type { SandboxGuideEntry } from '../institution-flow.ts'

/** Steps of the person are buttons on the pages. */
export const FISKIL_SANDBOX_GUIDE: readonly SandboxGuideEntry[] = [
  {
    institutionRef: 'sandbox.redirect',
    title: 'Redirect, approve',
    tryThis: 'Follow the link, log in with any e-mail address, enter 123456, approve',
    expect: 'Back at redirect_uri with session_id; the consent is AUTHORIZED',
  },
  {
    institutionRef: 'sandbox.redirect',
    title: 'Redirect, wrong code',
    tryThis: 'Enter anything but 123456',
    expect: 'CONSENT_OTP_FAILURE: REJECTED, reason OTP_REJECTED',
  },
  {
    institutionRef: 'sandbox.redirect',
    title: 'Redirect, deny or leave',
    tryThis: 'Deny on the last page, or leave on the first',
    expect: 'CONSENT_ENDUSER_DENIED, AUTH_SESSION_CANCELLED: REJECTED',
  },
  {
    institutionRef: 'sandbox.redirect',
    title: 'Redirect, the bank fails',
    tryThis: 'Approve, and let the bank fail; or be not eligible',
    expect: 'CONSENT_UPSTREAM_PROCESSING_ERROR, CONSENT_ENDUSER_INELIGIBLE: FAILED',
  },
  {
    institutionRef: 'sandbox.redirect',
    title: 'Redirect, too slow',
    tryThis: 'Take too long; or do nothing until the link is over',
    expect: 'CONSENT_TIMEOUT: EXPIRED; a link that is over answers AUTH_SESSION_INVALID',
  },
  {
    institutionRef: 'sandbox.redirect',
    title: 'Redirect, nobody comes back',
    tryThis: 'Approve and close the window, go back later, or lose the state',
    expect: 'The list of consents tells: AUTHORIZED',
  },
  {
    institutionRef: 'sandbox.redirect',
    title: 'The link is opened again',
    tryThis: 'Approve, then open the same link once more',
    expect: 'AUTH_SESSION_INVALID, which changes nothing',
  },
  {
    institutionRef: 'sandbox.redirect',
    title: 'Two callbacks that race',
    tryThis: 'Switch apps: a denial comes back; then go back and approve',
    expect: 'The consent still wins',
  },
  {
    institutionRef: 'sandbox.redirect',
    title: 'Withdrawn at the bank',
    tryThis: 'Approve, then withdraw at /consents of this sandbox',
    expect: 'consent.revoked by webhook, or at the next read: REVOKED',
  },
  {
    institutionRef: 'sandbox.redirect',
    title: 'Renewal',
    tryThis: 'Renew an authorized consent, approve',
    expect: 'The same arrangement_id, a later expires_at, consent.updated',
  },
  {
    institutionRef: 'sandbox.outage',
    title: 'A bank with an outage',
    tryThis: 'Look at the institution; start and approve all the same',
    expect: 'Not available; CONSENT_UPSTREAM_PROCESSING_ERROR',
  },
  {
    institutionRef: 'sandbox.redirect-slow',
    title: 'Slow',
    tryThis: 'Start, read or revoke',
    expect: 'It takes effect at once and answers after three seconds',
  },
  {
    institutionRef: 'sandbox.redirect-429',
    title: 'Too many requests',
    tryThis: 'Start',
    expect: '429 without Retry-After; nothing happens',
  },
  {
    institutionRef: 'sandbox.redirect-5xx',
    title: 'Failing revocations',
    tryThis: 'Approve, then revoke',
    expect: 'DELETE is 500 three times and works the fourth',
  },
  {
    institutionRef: 'sandbox.redirect-weird-status',
    title: 'A word nobody knows',
    tryThis: 'Approve',
    expect: '`active` is a word where a flag should be; it is shown and moves nothing',
  },
  {
    institutionRef: 'sandbox.redirect-expires-soon',
    title: 'Consents of a minute',
    tryThis: 'Approve, wait a minute or move the clock',
    expect: '`active` is false and consent.revoked is sent: EXPIRED',
  },
]

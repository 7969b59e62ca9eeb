import type { SandboxGuideEntry } from '../institution-flow.ts'

/** `institutionRef` is `country:name`. Steps of the person are buttons on the pages of the bank. */
export const ENABLE_BANKING_SANDBOX_GUIDE: readonly SandboxGuideEntry[] = [
  {
    institutionRef: 'FI:Sandbox Redirect',
    title: 'Redirect, approve',
    tryThis: 'Follow the link, log in, approve',
    expect: 'The code comes back and is exchanged; the consent is AUTHORIZED',
  },
  {
    institutionRef: 'FI:Sandbox Redirect',
    title: 'Redirect, deny',
    tryThis: 'Deny data sharing on the first page, or cancel on the second',
    expect: 'access_denied by the person: REJECTED after the grace window',
  },
  {
    institutionRef: 'FI:Sandbox Redirect',
    title: 'Redirect, the bank fails',
    tryThis: 'Let the bank refuse or fail, or give a wrong password',
    expect: 'server_error, or access_denied with words of the bank: FAILED, not REJECTED',
  },
  {
    institutionRef: 'FI:Sandbox Redirect',
    title: 'Redirect, two callbacks that race',
    tryThis: 'Switch apps: a denial comes back; then go back and approve',
    expect: 'The code still wins',
  },
  {
    institutionRef: 'FI:Sandbox Redirect',
    title: 'Redirect, nobody comes back',
    tryThis: 'Walk away, come back too late, or lose the state',
    expect: 'EXPIRED when the time of the authorization is over',
  },
  {
    institutionRef: 'FI:Sandbox Redirect',
    title: 'Withdrawn at the bank',
    tryThis: 'Approve, then withdraw at /consents of this sandbox',
    expect: 'REVOKED at the next read; ended by the bank it is EXPIRED before its time',
  },
  {
    institutionRef: 'SE:Mock ASPSP',
    title: 'One name, several countries',
    tryThis: 'Compare with Mock ASPSP in DE and FI',
    expect: 'Name and country together name an institution',
  },
  {
    institutionRef: 'FI:Sandbox 90 Days',
    title: '90 days at most',
    tryThis: 'Ask for 180 days',
    expect: 'VALIDITY_TOO_LONG; maximum gives 89 days',
  },
  {
    institutionRef: 'DE:Sandbox Business',
    title: 'Business only',
    tryThis: 'Start as a person',
    expect: 'Refused: the institution serves businesses',
  },
  {
    institutionRef: 'SE:Sandbox BankID',
    title: 'Hidden method',
    tryThis: 'authMethod bankid_mobile with the credential userId, twelve digits',
    expect: 'The page of the bank asks to confirm in an app',
  },
  {
    institutionRef: 'DE:Sandbox Embedded',
    title: 'Credentials',
    tryThis: 'authMethod password with the credential userId',
    expect: 'The form of the bank is filled',
  },
  {
    institutionRef: 'FI:Sandbox PSU Headers',
    title: 'PSU headers, all or none',
    tryThis: 'Send ipAddress without userAgent',
    expect: 'Refused, and nothing is started',
  },
  {
    institutionRef: 'SE:Sandbox One Consent',
    title: 'One consent per person',
    tryThis: 'Authorize twice for the same user',
    expect: 'The first session is EXPIRED without a word',
  },
  {
    institutionRef: 'FI:Sandbox Late Accounts',
    title: 'Accounts come later',
    tryThis: 'Approve, read the accounts at once and after nine seconds',
    expect: 'Empty, then filled',
  },
  {
    institutionRef: 'FI:Sandbox No Accounts',
    title: 'No account is linked to the application',
    tryThis: 'Approve',
    expect: 'NO_ACCOUNTS_ADDED: FAILED',
  },
  {
    institutionRef: 'FI:Sandbox Down',
    title: 'The bank is down',
    tryThis: 'Start',
    expect: 'ASPSP_ERROR, its detail an object and a sentence in turn',
  },
  {
    institutionRef: 'FI:Sandbox Redirect-slow',
    title: 'Slow',
    tryThis: 'Any call',
    expect: 'It takes effect at once and answers after three seconds',
  },
  {
    institutionRef: 'FI:Sandbox Redirect-429',
    title: 'Too many requests',
    tryThis: 'Approve, then read the consent',
    expect: '429 with and without Retry-After in turn; the consent stays AUTHORIZED',
  },
  {
    institutionRef: 'FI:Sandbox Redirect-5xx',
    title: 'Failing reads',
    tryThis: 'Approve, read, revoke',
    expect: '500 as JSON and 502 as a page in turn; the third try to revoke works',
  },
  {
    institutionRef: 'FI:Sandbox Redirect-weird-status',
    title: 'A status nobody knows',
    tryThis: 'Approve, then read the consent',
    expect: 'UNDER_REVIEW is shown beside AUTHORIZED and moves nothing',
  },
  {
    institutionRef: 'FI:Sandbox Redirect-expires-soon',
    title: 'Ended by the bank',
    tryThis: 'Approve, wait a minute or move the clock',
    expect: 'EXPIRED long before valid_until: REVOKED_AT_INSTITUTION',
  },
]

export interface Bank {
  readonly id: string
  readonly shortName: string
  readonly fullName: string
}

export interface View {
  readonly id: string
  readonly shortName: string
  readonly description: string
  readonly isPublic: boolean
}

export interface Account {
  readonly id: string
  readonly bankId: string
  readonly label: string
  readonly accountType: string
  readonly ownerUserId: string
  readonly views: readonly View[]
}

/** `bank_id` is "" for a role of the whole system. */
export interface Entitlement {
  readonly bank_id: string
  readonly role_name: string
}

export interface User {
  readonly userId: string
  readonly username: string
  readonly password: string
  readonly email: string
  readonly entitlements: readonly Entitlement[]
}

export interface Consumer {
  readonly consumerId: string
  readonly key: string
  readonly description: string
  readonly certificate: string
  readonly isActive: boolean
  readonly createdByUserId: string
}

const psuUserId = '5b1d6d5e-0000-4000-8000-000000000001'
const otherUserId = '5b1d6d5e-0000-4000-8000-000000000002'

export const banks: readonly Bank[] = [
  { id: 'sandbox.otp', shortName: 'Sandbox OTP', fullName: 'Sandbox Bank (OTP by SMS)' },
  { id: 'sandbox.otp-by-email', shortName: 'Sandbox E-mail', fullName: 'Sandbox Bank (OTP by e-mail)' },
  { id: 'sandbox.otp-no-sms', shortName: 'Sandbox No SMS', fullName: 'Sandbox Bank (SMS is not set up)' },
  { id: 'sandbox.otp-accepted', shortName: 'Sandbox No SCA', fullName: 'Sandbox Bank (no OTP is asked)' },
  { id: 'sandbox.otp-expires-soon', shortName: 'Sandbox Short', fullName: 'Sandbox Bank (consents last a minute)' },
  { id: 'sandbox.otp-weird-status', shortName: 'Sandbox Weird', fullName: 'Sandbox Bank (a status nobody knows)' },
  { id: 'sandbox.otp-slow', shortName: 'Sandbox Slow', fullName: 'Sandbox Bank (slow)' },
  { id: 'sandbox.otp-429', shortName: 'Sandbox Busy', fullName: 'Sandbox Bank (too many requests)' },
  { id: 'sandbox.otp-5xx', shortName: 'Sandbox Down', fullName: 'Sandbox Bank (down)' },
]

export const users: readonly User[] = [
  {
    userId: psuUserId,
    username: 'sandbox-psu',
    password: 'sandbox-only',
    email: 'psu@sandbox.example',
    entitlements: [
      { bank_id: '', role_name: 'CanGetAnyUser' },
      { bank_id: 'sandbox.otp', role_name: 'CanRevokeConsentAtBank' },
      { bank_id: 'sandbox.otp', role_name: 'CanCreateEntitlementAtOneBank' },
      { bank_id: '', role_name: 'CanCreateEntitlementAtAnyBank' },
    ],
  },
  {
    userId: otherUserId,
    username: 'sandbox-other',
    password: 'sandbox-only',
    email: 'other@sandbox.example',
    entitlements: [],
  },
]

/** In order of creation: the first that a user created is what a 2024 server takes where a consent names none. */
export const consumers: readonly Consumer[] = [
  {
    consumerId: '7c1d6d5e-0000-4000-8000-000000000001',
    key: 'sandbox-retired-consumer-key',
    description: 'Retired application',
    certificate: 'sandbox-retired-certificate',
    isActive: false,
    createdByUserId: psuUserId,
  },
  {
    consumerId: '7c1d6d5e-0000-4000-8000-000000000002',
    key: 'sandbox-consumer-key',
    description: 'Consentgraph sandbox',
    certificate: 'sandbox-certificate',
    isActive: true,
    createdByUserId: psuUserId,
  },
  {
    consumerId: '7c1d6d5e-0000-4000-8000-000000000003',
    key: 'sandbox-second-consumer-key',
    description: 'Another application',
    certificate: 'sandbox-second-certificate',
    isActive: true,
    createdByUserId: psuUserId,
  },
]

const ownerView: View = { id: 'owner', shortName: 'Owner', description: 'All of the account', isPublic: false }
const auditorView: View = { id: 'auditor', shortName: 'Auditor', description: 'Read only', isPublic: false }
const publicView: View = { id: '_public', shortName: 'Public', description: 'For everybody', isPublic: true }

export const accounts: readonly Account[] = [
  ...banks.flatMap(({ id: bankId }) => [
    toAccount(bankId, 'current', 'Current account', 'CURRENT', [ownerView, auditorView]),
    toAccount(bankId, 'savings', 'Savings account', 'SAVINGS', [ownerView, publicView]),
  ]),
  {
    ...toAccount('sandbox.otp', 'other', 'Account of somebody else', 'CURRENT', [ownerView]),
    ownerUserId: otherUserId,
  },
]

function toAccount(bankId: string, name: string, label: string, accountType: string, views: readonly View[]): Account {
  return { id: `${bankId}.${name}`, bankId, label, accountType, ownerUserId: psuUserId, views }
}

/** What a client of this sandbox is configured with; worth nothing anywhere else. */
export const OBP_SANDBOX_SEED = {
  username: 'sandbox-psu',
  password: 'sandbox-only',
  consumerKey: 'sandbox-consumer-key',
  consumerId: '7c1d6d5e-0000-4000-8000-000000000002',
  /** For `CONSUMER_CERTIFICATE`, in the header PSD2-CERT. */
  certificate: 'sandbox-certificate',
  userId: psuUserId,
  email: 'psu@sandbox.example',
  /** The server is in test mode: every challenge has this answer. */
  otp: '123',
  /** Any number that ends like this cannot be reached; the number of the error, so that nobody meets it by chance. */
  unreachablePhoneEnding: '35010',
  banks,
} as const

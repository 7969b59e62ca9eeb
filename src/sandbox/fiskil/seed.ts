export type ConnectionStatus = 'HEALTHY' | 'DEGRADED' | 'OUTAGE'

export interface Institution {
  readonly id: string
  readonly name: string
  readonly industry: 'banking' | 'energy'
  readonly connections: ConnectionStatus
}

export interface Account {
  /** The end of its ids. */
  readonly key: string
  readonly displayName: string
  readonly accountNumber: string
  readonly productCategory: string
}

const bank = (id: string, name: string, connections: ConnectionStatus = 'HEALTHY'): Institution => ({
  id,
  name,
  industry: 'banking',
  connections,
})

export const institutions: readonly Institution[] = [
  bank('88888', 'Banking Sandbox Data Holder'),
  bank('sandbox.redirect', 'Sandbox Redirect'),
  bank('sandbox.degraded', 'Sandbox Degraded', 'DEGRADED'),
  bank('sandbox.outage', 'Sandbox Outage', 'OUTAGE'),
  bank('sandbox.redirect-slow', 'Sandbox Slow'),
  bank('sandbox.redirect-429', 'Sandbox Busy'),
  bank('sandbox.redirect-5xx', 'Sandbox Failing'),
  bank('sandbox.redirect-weird-status', 'Sandbox Weird'),
  bank('sandbox.redirect-expires-soon', 'Sandbox Short'),
  { id: 'sandbox.energy', name: 'Sandbox Energy Retailer', industry: 'energy', connections: 'HEALTHY' },
]

export const findInstitution = (id: string): Institution | undefined => institutions.find((one) => one.id === id)

/** Every person has these at every bank. */
export const accounts: readonly Account[] = [
  {
    key: 'everyday',
    displayName: 'Everyday',
    accountNumber: '10024681',
    productCategory: 'TRANS_AND_SAVINGS_ACCOUNTS',
  },
  { key: 'saver', displayName: 'Saver', accountNumber: '10013579', productCategory: 'TRANS_AND_SAVINGS_ACCOUNTS' },
  {
    key: 'card',
    displayName: 'Credit card',
    accountNumber: '5555444433331111',
    productCategory: 'CRED_AND_CHRG_CARDS',
  },
]

export const permissions = [
  'accounts',
  'balances',
  'transactions',
  'payees',
  'direct_debits',
  'scheduled_payments',
  'identity',
  'energy_accounts',
] as const

/** What a client of this sandbox is configured with; worth nothing anywhere else. */
export const FISKIL_SANDBOX_SEED = {
  clientId: 'sandbox-fiskil-client',
  clientSecret: 'sandbox-only',
  /** Base64, as the console shows it. */
  webhookSecret: 'c2FuZGJveC1vbmx5LW5vdC1hLXNlY3JldA==',
  appName: 'Consentgraph sandbox',
  /** Every bank sends this one. */
  otp: '123456',
  email: 'psu@sandbox.example',
  institutions,
} as const

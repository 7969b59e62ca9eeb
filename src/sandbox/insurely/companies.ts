import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'

/** What becomes of an order here. PHONE: whatever is done at `/phone`; the others do it by themselves. */
export type Flow = 'PHONE' | 'APPROVES' | 'CANCELS' | 'OTHER_PERSON' | 'WALKS_AWAY' | 'ORDER_RENEWED' | 'BANK_REFUSES'

export interface Company {
  readonly id: string
  readonly displayName: string
  readonly flow: Flow
  readonly loginMethods: readonly string[]
  readonly functional: boolean
}

export const sameDevice = 'SWEDISH_MOBILE_BANKID_SAME_DEVICE'
export const otherDevice = 'SWEDISH_MOBILE_BANKID_OTHER_DEVICE'
export const anyDevice = 'SWEDISH_MOBILE_BANKID_ANY_DEVICE'

function company(id: string, displayName: string, flow: Flow = 'PHONE', more: Partial<Company> = {}): Company {
  return { id, displayName, flow, loginMethods: [sameDevice, otherDevice, anyDevice], functional: true, ...more }
}

export const COMPANIES: readonly Company[] = [
  company('se-sandbox-bankid', 'Sandbox BankID'),
  company('se-sandbox-approves', 'Sandbox BankID (approves)', 'APPROVES'),
  company('se-sandbox-cancels', 'Sandbox BankID (cancels)', 'CANCELS'),
  company('se-sandbox-other-person', 'Sandbox BankID (somebody else)', 'OTHER_PERSON'),
  company('se-sandbox-walks-away', 'Sandbox BankID (scans and walks away)', 'WALKS_AWAY'),
  company('se-sandbox-renews-order', 'Sandbox BankID (order renewed)', 'ORDER_RENEWED'),
  company('se-sandbox-refuses', 'Sandbox BankID (bank refuses)', 'BANK_REFUSES'),
  company('se-sandbox-qr-only', 'Sandbox BankID (QR only)', 'PHONE', { loginMethods: [otherDevice] }),
  company('se-sandbox-app-only', 'Sandbox BankID (app only)', 'PHONE', { loginMethods: [sameDevice] }),
  company('se-sandbox-password', 'Sandbox Password (no BankID)', 'PHONE', { loginMethods: ['EMAIL'] }),
  company('se-sandbox-down', 'Sandbox BankID (down)', 'BANK_REFUSES', { functional: false }),
  company('se-demo-psd2', 'Demo PSD2'),
  company('se-sandbox-bankid-slow', 'Sandbox BankID (slow)', 'APPROVES'),
  company('se-sandbox-bankid-429', 'Sandbox BankID (too many requests)', 'APPROVES'),
  company('se-sandbox-bankid-5xx', 'Sandbox BankID (failing)'),
  company('se-sandbox-bankid-weird-status', 'Sandbox BankID (unknown status)', 'APPROVES'),
  company('se-sandbox-bankid-expires-soon', 'Sandbox BankID (expires soon)', 'APPROVES'),
]

export const findCompany = (id: string): Company | undefined => COMPANIES.find((one) => one.id === id)

export function listCompanies(): Reply {
  return json(
    200,
    COMPANIES.map(({ id, displayName, functional, loginMethods }) => ({
      company: id,
      companyDisplayName: displayName,
      functional,
      status: functional ? 'OPERATIONAL' : 'DOWN',
      loginMethods,
    })),
  )
}

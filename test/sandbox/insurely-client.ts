import { expect } from 'vitest'
import type { MovableClock } from '../../src/sandbox/clock.ts'
import { createMovableClock } from '../../src/sandbox/clock.ts'
import { INSURELY_SANDBOX_SEED } from '../../src/sandbox/insurely/seed.ts'
import type { InsurelySandbox, InsurelySandboxOptions } from '../../src/sandbox/insurely/server.ts'
import { createInsurelySandbox } from '../../src/sandbox/insurely/server.ts'

/** The fields of all answers; each test reads those of the answer that it expects. */
export interface InsurelyBody {
  readonly errorCode: string
  readonly userUuid: string
  readonly externalId: string | null
  readonly anonymized: boolean
  readonly token: string
  readonly expiresAt: string
  readonly consentId: string
  readonly orderRef: string
  readonly collectionId: string
  readonly id: string
  readonly status: string
  readonly createdAt: string
  readonly statusChangedAt: string
  readonly pollingInterval: number | null
  readonly authInstructions?: Readonly<Record<string, string>>
  readonly error?: { readonly code: string; readonly message: string }
}

export interface InsurelyAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: InsurelyBody
}

type HeaderFields = Record<string, string>

/** A text that matches, inside of an expected object. */
export const matching = (pattern: string | RegExp): unknown => expect.stringMatching(pattern)

export const version = { 'Insurely-Version': INSURELY_SANDBOX_SEED.version }
export const apiKey = { 'authorization-token': INSURELY_SANDBOX_SEED.apiKey }

export const otherDevice = 'SWEDISH_MOBILE_BANKID_OTHER_DEVICE'

const startedAt = new Date('2026-03-01T12:00:00.000Z')

export async function startInsurely(options: InsurelySandboxOptions = {}) {
  // Stands still, so that a test says what happens when.
  const clock: MovableClock = createMovableClock({ now: () => startedAt })
  const sandbox: InsurelySandbox = await createInsurelySandbox({ clock, ...options })

  const send = async (
    method: string,
    path: string,
    headers: HeaderFields = {},
    body?: unknown,
  ): Promise<InsurelyAnswer> => {
    const answer = await fetch(sandbox.url + path, {
      method,
      headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      body: (text === '' ? {} : JSON.parse(text)) as InsurelyBody,
    }
  }

  /** As the customer's backend. */
  const asCustomer = (method: string, path: string, body?: unknown) =>
    send(method, path, { ...version, ...apiKey }, body)

  /** Made, with a session. */
  const createUser = async (externalId = 'usr_1') => {
    const { userUuid } = (await asCustomer('POST', '/users', { externalId })).body
    const { token } = (await asCustomer('POST', `/users/${userUuid}/sessions`)).body
    const bearer = { Authorization: `Bearer ${token}` }
    const call = (method: string, path: string, body?: unknown) => send(method, path, { ...version, ...bearer }, body)

    const create = (company = 'se-sandbox-bankid', fields: Record<string, unknown> = {}) =>
      call('POST', '/consents', consentBody(company, fields))
    const status = async (consentId: string) => (await call('GET', `/consents/${consentId}/status`)).body
    /** Created, and past INITIATED. */
    const open = async (company?: string, fields?: Record<string, unknown>) => {
      const { consentId } = (await create(company, fields)).body
      clock.advance(300)
      return consentId
    }
    return { userUuid, token, bearer, call, create, status, open }
  }

  /** Presses a button on the phone. */
  const phone = async (path: string, form: HeaderFields = {}): Promise<InsurelyAnswer> => {
    const answer = await fetch(`${sandbox.phoneUrl}/${path}`, { method: 'POST', body: new URLSearchParams(form) })
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as InsurelyBody }
  }

  const scan = (qr = '') => phone('scan', { qr })

  return { sandbox, clock, send, asCustomer, createUser, phone, scan, [Symbol.asyncDispose]: () => sandbox.close() }
}

export const consentBody = (company: string, fields: Record<string, unknown> = {}) => ({
  company,
  loginMethod: otherDevice,
  parameters: [
    { type: 'PSD2_AIS_CONSENT', balances: true, transactions: false, validUntil: '2026-04-30' },
    { type: 'SWEDISH_BANKID', personalNumber: INSURELY_SANDBOX_SEED.personalNumber },
  ],
  ...fields,
})

import { expect } from 'vitest'
import type { ObpSandbox, ObpSandboxOptions } from '../../src/sandbox/open-bank-project/server.ts'
import { createObpSandbox } from '../../src/sandbox/open-bank-project/server.ts'
import { OBP_SANDBOX_SEED } from '../../src/sandbox/open-bank-project/seed.ts'
import type { MovableClock } from '../../src/sandbox/clock.ts'
import { createMovableClock } from '../../src/sandbox/clock.ts'

/** The fields of all answers; each test reads those of the answer that it expects. */
export interface ObpBody {
  readonly code: number
  readonly message: string
  readonly token: string
  readonly consent_id: string
  readonly jwt: string
  readonly status: string
  readonly user_id: string
  readonly username: string
  readonly consents: readonly (ObpBody & { readonly last_usage_date: string | null })[]
  readonly accounts: readonly { readonly id: string }[]
  readonly banks: readonly Readonly<Record<string, unknown>>[]
}

/** A text that matches, inside of an expected object. */
export const matching = (pattern: string | RegExp): unknown => expect.stringMatching(pattern)

export interface ObpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: ObpBody
}

export interface ObpClient extends AsyncDisposable {
  readonly sandbox: ObpSandbox
  readonly clock: MovableClock
  /** Sends headers as given, case included; no login of its own. */
  send(method: string, path: string, headers?: Record<string, string>, body?: unknown): Promise<ObpAnswer>
  logIn(username?: string): Promise<Record<string, string>>
  /** Logged in as the seeded PSU. */
  call(method: string, path: string, body?: unknown): Promise<ObpAnswer>
  create(bankId?: string, fields?: Record<string, unknown>, method?: string): Promise<ObpAnswer>
  answer(consentId: string, answer?: string): Promise<ObpAnswer>
  /** Created and answered; its JWT. */
  accepted(fields?: Record<string, unknown>): Promise<{ readonly consentId: string; readonly jwt: string }>
}

export const phone = '+15550100'
export const json = { 'Content-Type': 'application/json' }
export const consentBody = {
  everything: false,
  views: [{ bank_id: 'sandbox.otp', account_id: 'sandbox.otp.current', view_id: 'owner' }],
  entitlements: [],
  phone_number: phone,
  consumer_id: OBP_SANDBOX_SEED.consumerId,
}

export async function startObp(options: ObpSandboxOptions = {}): Promise<ObpClient> {
  const clock = createMovableClock()
  const sandbox = await createObpSandbox({ clock, ...options })
  let login: Record<string, string> | undefined

  const send: ObpClient['send'] = async (method, path, headers = {}, body) => {
    const answer = await fetch(`${sandbox.url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as ObpBody }
  }
  const logIn: ObpClient['logIn'] = async (username = OBP_SANDBOX_SEED.username) => {
    const { password, consumerKey } = OBP_SANDBOX_SEED
    const parameters = `username=${username},password=${password},consumer_key=${consumerKey}`
    const { body } = await send('POST', '/my/logins/direct', { DirectLogin: parameters })
    return { DirectLogin: `token=${body.token}` }
  }
  const call: ObpClient['call'] = async (method, path, body) => {
    login ??= await logIn()
    return await send(method, path, body === undefined ? login : { ...login, ...json }, body)
  }
  const create: ObpClient['create'] = (bankId = 'sandbox.otp', fields = {}, method = 'SMS') =>
    call('POST', `/obp/v3.1.0/banks/${bankId}/my/consents/${method}`, { ...consentBody, ...fields })
  const answer: ObpClient['answer'] = (consentId, otp = OBP_SANDBOX_SEED.otp) =>
    call('POST', `/obp/v3.1.0/banks/sandbox.otp/consents/${consentId}/challenge`, { answer: otp })
  const accepted: ObpClient['accepted'] = async (fields) => {
    const { body } = await create('sandbox.otp', fields)
    await answer(body.consent_id)
    return { consentId: body.consent_id, jwt: body.jwt }
  }
  return { sandbox, clock, send, logIn, call, create, answer, accepted, [Symbol.asyncDispose]: () => sandbox.close() }
}

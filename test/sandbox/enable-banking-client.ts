import { expect } from 'vitest'
import { createPrivateKey, sign } from 'node:crypto'
import type { MovableClock } from '../../src/sandbox/clock.ts'
import { createMovableClock } from '../../src/sandbox/clock.ts'
import type { EnableBankingSandbox, EnableBankingSandboxOptions } from '../../src/sandbox/enable-banking/server.ts'
import { createEnableBankingSandbox } from '../../src/sandbox/enable-banking/server.ts'

/** The fields of all answers; each test reads those of the answer that it expects. */
export interface EnableBankingBody {
  readonly message: string
  readonly code: number
  readonly error: string
  readonly detail: unknown
  readonly account_id: { readonly iban: string }
  readonly url: string
  readonly authorization_id: string
  readonly psu_id_hash: string
  readonly session_id: string
  readonly status: string
  readonly accounts: readonly { readonly uid?: string; readonly identification_hash: string }[]
  readonly accounts_data: readonly { readonly uid: string; readonly identification_hash: string }[]
  readonly aspsps: readonly { readonly name: string; readonly country: string; readonly logo: string }[]
}

export interface EnableBankingAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: EnableBankingBody
}

export const callback = 'http://localhost:4000/callbacks/enable-banking'
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

export interface TokenParts {
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
  readonly privateKey?: string
}

/** Presses one button on the bank's page; where the person is sent, or null where nobody comes back. */
export async function press(url: string, outcome: string, accounts: readonly string[] = []): Promise<URL | null> {
  const form = new URLSearchParams({ sessionid: new URL(url).searchParams.get('sessionid') ?? '', outcome })
  for (const account of accounts) form.append('account', account)
  const answer = await fetch(new URL('/ais/finish', url), { method: 'POST', body: form, redirect: 'manual' })
  await answer.text()
  const location = answer.headers.get('Location')
  return location === null ? null : new URL(location)
}

export async function startEnableBanking(options: EnableBankingSandboxOptions = {}) {
  const clock: MovableClock = createMovableClock()
  const sandbox: EnableBankingSandbox = await createEnableBankingSandbox({
    clock,
    redirectUrls: [callback],
    ...options,
  })
  const { applicationId, privateKey } = sandbox.credential

  const token = (parts: TokenParts = {}): string => {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: 'enablebanking.com', aud: 'api.enablebanking.com', iat: now, exp: now + 600, ...parts.claims }
    const signed = `${encode({ typ: 'JWT', alg: 'RS256', kid: applicationId, ...parts.header })}.${encode(claims)}`
    const key = createPrivateKey(parts.privateKey ?? privateKey)
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
  }

  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<EnableBankingAnswer> => {
    const answer = await fetch(sandbox.url + path, {
      method,
      headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('Content-Type')?.startsWith('application/json') ?? false
    return {
      status: answer.status,
      headers: answer.headers,
      body: (isJson ? JSON.parse(text) : {}) as EnableBankingBody,
    }
  }

  const call: typeof send = (method, path, body, headers) =>
    send(method, path, body, { Authorization: `Bearer ${token()}`, ...headers })

  const authBody = (fields: Record<string, unknown> = {}) => ({
    access: { valid_until: new Date(clock.now().getTime() + 86_400_000).toISOString() },
    aspsp: { name: 'Sandbox Redirect', country: 'FI' },
    state: 'some-state',
    redirect_url: callback,
    psu_type: 'personal',
    ...fields,
  })

  const start = (fields: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
    call('POST', '/auth', authBody(fields), headers)

  /** Started, approved and exchanged. */
  const authorize = async (fields: Record<string, unknown> = {}): Promise<EnableBankingBody> => {
    const started = await start(fields)
    const back = await press(started.body.url, 'approve')
    const exchanged = await call('POST', '/sessions', { code: back?.searchParams.get('code') })
    expect(exchanged).toMatchObject({ status: 200 })
    return exchanged.body
  }

  return { sandbox, clock, token, send, call, start, authorize, [Symbol.asyncDispose]: () => sandbox.close() }
}

import { deepStrictEqual } from 'node:assert/strict'
import type { LoadRequest } from './load.ts'
import type { CredentialKind, SeededUser, Workload } from './workloads.ts'

/** What answers: the gateway, or the floor under it. */
export type Side = 'gateway' | 'floor'

/** A workload under one kind of credential. */
export interface Case {
  readonly workload: Workload
  readonly credential: CredentialKind
}

const CREDENTIAL_NAMES = { USER_TOKEN: 'user token', API_KEY: 'API key' } as const satisfies Record<
  CredentialKind,
  string
>

export const describeCase = ({ workload, credential }: Case): string =>
  `${workload.title}, ${CREDENTIAL_NAMES[credential]}`

const textFor: Readonly<Record<Side, (path: string, authorization: string, body: string) => string>> = {
  gateway: (_, authorization, body) =>
    [
      'POST /graphql HTTP/1.1',
      'host: 127.0.0.1',
      authorization,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  floor: (path, authorization) => [`GET ${path} HTTP/1.1`, 'host: 127.0.0.1', authorization, '', ''].join('\r\n'),
}

/** What one connection asks, in turn: one user's own. */
export const requestsOf = (
  { workload, credential }: Case,
  side: Side,
  user: SeededUser,
  apiKey: string,
): readonly LoadRequest[] =>
  workload.asks(user).map(({ variables, path }) => {
    const body = JSON.stringify({ query: workload.query, variables })
    const authorization = `authorization: Bearer ${credential === 'API_KEY' ? apiKey : user.token}`
    return { text: textFor[side](path, authorization, body), expects: String(variables['id']) }
  })

const JUST_NOW_MS = 3_600_000

/** When the provider was asked differs from one read to the next; that it was lately must be true of both. */
const withoutTimes = (text: string): unknown =>
  JSON.parse(text, (name, value: unknown) => {
    if (name !== 'observedAt') return value
    return typeof value === 'string' && Math.abs(Date.now() - Date.parse(value)) < JUST_NOW_MS ? 'just now' : value
  })

/** @throws AssertionError where the two bodies are not the same JSON, or hold nothing */
export const requireSameAnswer = (name: string, gateway: string, floor: string): void => {
  const [shown, expected] = [withoutTimes(gateway), withoutTimes(floor)]
  if (!/"status":"AUTHORIZED"/.test(floor) || !/"just now"/.test(JSON.stringify(expected))) {
    throw new Error(`${name}: the floor answers nothing worth comparing:\n${floor}`)
  }
  deepStrictEqual(shown, expected, `${name}: the gateway and the floor answer differently:\n${gateway}\n${floor}`)
}

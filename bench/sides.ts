import type { LoadRequest } from './load.ts'
import { type Ask, type CredentialKind, LOAD_REQUEST_ID, type Seat, type Workload } from './workloads.ts'

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

export const post = (path: string, authorization: string, body: string): string =>
  [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    `x-request-id: ${LOAD_REQUEST_ID}`,
    authorization,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')

const get = (path: string, authorization: string): string =>
  [`GET ${path} HTTP/1.1`, 'host: 127.0.0.1', `x-request-id: ${LOAD_REQUEST_ID}`, authorization, '', ''].join('\r\n')

const textFor: Readonly<Record<Side, (workload: Workload, ask: Ask, authorization: string) => string>> = {
  gateway: ({ query }, { variables }, authorization) =>
    post('/graphql', authorization, JSON.stringify({ query, variables })),
  floor: ({ changes }, { path, variables }, authorization) =>
    changes ? post(path, authorization, JSON.stringify(variables)) : get(path, authorization),
}

/** What one connection asks, in turn: one person's own. */
export const requestsOf = (
  { workload, credential }: Case,
  side: Side,
  seat: Seat,
  apiKey: string,
): readonly LoadRequest[] =>
  workload.asks(seat).map((ask) => {
    const authorization = `authorization: Bearer ${credential === 'API_KEY' ? apiKey : ask.user.token}`
    return { text: textFor[side](workload, ask, authorization), expects: ask.expects }
  })

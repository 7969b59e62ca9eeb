import type { LoadRequest } from './load.ts'
import { type CredentialKind, LOAD_REQUEST_ID, type SeededUser, type Workload } from './workloads.ts'

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

const COMMON = ['host: 127.0.0.1', `x-request-id: ${LOAD_REQUEST_ID}`]

const textFor: Readonly<Record<Side, (path: string, authorization: string, body: string) => string>> = {
  gateway: (_, authorization, body) =>
    [
      'POST /graphql HTTP/1.1',
      ...COMMON,
      authorization,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  floor: (path, authorization) => [`GET ${path} HTTP/1.1`, ...COMMON, authorization, '', ''].join('\r\n'),
}

/** What one connection asks, in turn: one user's own. */
export const requestsOf = (
  { workload, credential }: Case,
  side: Side,
  user: SeededUser,
  apiKey: string,
): readonly LoadRequest[] =>
  workload.asks(user).map(({ variables, path }) => {
    // Where the provider is not reached, the gateway answers as well, from what it knows: that would be another workload.
    const freshness = workload.upstreamCalls === 0 ? '"outcome":"CACHED"' : '"outcome":"LIVE"'
    const body = JSON.stringify({ query: workload.query, variables })
    const authorization = `authorization: Bearer ${credential === 'API_KEY' ? apiKey : user.token}`
    return { text: textFor[side](path, authorization, body), expects: [String(variables['id']), freshness] }
  })

import { DemoFailure, toFailure } from './failure.ts'

/** A gateway, asked as any client would ask it. */
export interface Gateway {
  readonly url: string
  /** An API key, or a user token. */
  readonly credential: string
  /** Aborts when the demo is stopped. */
  readonly signal: AbortSignal
  /** The data of an operation. A GraphQL error is a `DemoFailure`. */
  ask<Data>(query: string, variables?: object): Promise<Data>
  /** The same one, asked with another credential. */
  as(credential: string): Gateway
}

export interface Connection {
  readonly url: string
  /** An API key, or a user token. */
  readonly credential: string
  readonly signal: AbortSignal
}

interface Answer<Data> {
  readonly data?: Data | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

/** Longer than a gateway takes for anything, unless it was told otherwise. */
export const PATIENCE_MS = 20_000

export const interrupted = (cause: unknown): DemoFailure =>
  new DemoFailure('INTERRUPTED', 'The demo was stopped.', 'Start it again.', cause)

export const connectGateway = ({ url, credential, signal }: Connection): Gateway => {
  const post = async <Data>(query: string, variables: object): Promise<Answer<Data>> => {
    try {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
      })
      return (await response.json()) as Answer<Data>
    } catch (cause) {
      if (signal.aborted) throw interrupted(cause)
      const message = `No gateway answers at ${url}/graphql.`
      throw new DemoFailure('UNREACHABLE', message, 'Start one with `npm start`, or unset CONSENTGRAPH_URL.', cause)
    }
  }

  return {
    url,
    credential,
    signal,
    ask: async <Data>(query: string, variables: object = {}) => {
      const { data, errors } = await post<Data>(query, variables)
      const [error] = errors ?? []
      if (error !== undefined) throw toFailure({ code: error.extensions?.code ?? 'UNKNOWN', message: error.message })
      if (data == null) throw toFailure({ code: 'UNKNOWN', message: 'The gateway answered without data.' })
      return data
    },
    as: (other) => connectGateway({ url, credential: other, signal }),
  }
}

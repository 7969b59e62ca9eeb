import { createClient } from 'graphql-ws'
import { DemoFailure } from './failure.ts'
import { type Gateway, interrupted } from './gateway.ts'

const FOLLOW = `subscription ($id: ID!) {
  authSession(id: $id) {
    sessionStatus
    nextStep { ... on QrStep { scanned frame { data sequence } } }
  }
}`

/** One authorization as a screen shows it. */
export interface ShownSession {
  readonly sessionStatus: string
  /** The frame is there where the step is a code to scan. */
  readonly nextStep: {
    readonly scanned?: boolean
    readonly frame?: { readonly data: string; readonly sequence: number }
  } | null
}

/** Each state of a session, the present one first, until it is final. Frames of a code come only here, not as events. */
export async function* followSession(
  { url, credential, signal }: Gateway,
  id: string,
): AsyncGenerator<ShownSession, void, undefined> {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    connectionParams: { authorization: `Bearer ${credential}` },
    retryAttempts: 0,
  })
  const stop = (): void => client.terminate()
  signal.addEventListener('abort', stop)
  try {
    for await (const { data } of client.iterate<{ authSession: ShownSession }>({ query: FOLLOW, variables: { id } })) {
      if (data != null) yield data.authSession
    }
  } catch (cause) {
    if (signal.aborted) throw interrupted(cause)
    throw new DemoFailure('NO_LIVE_UPDATES', 'The session cannot be followed.', 'Read what the gateway logs.', cause)
  } finally {
    signal.removeEventListener('abort', stop)
    await client.dispose()
  }
}

import type { GatewayProcess } from '../e2e/gateway-process.ts'

/** What a gateway holds in the end, read as its API client reads it. */

interface PageOf<Node> {
  readonly nodes: readonly Node[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
}

const readAll = async <Node>(readPage: (after: string | null) => Promise<PageOf<Node>>): Promise<readonly Node[]> => {
  const all: Node[] = []
  for (let after: string | null = null; ;) {
    const { nodes, pageInfo } = await readPage(after)
    all.push(...nodes)
    if (!pageInfo.hasNextPage) return all
    after = pageInfo.endCursor
  }
}

/** The ids of all events, in the order of the log. */
export const readLog = async (gateway: GatewayProcess): Promise<readonly string[]> => {
  const query = `query ($after: String) {
    consentEvents(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { id } }
  }`
  const nodes = await readAll(
    async (after) =>
      (await gateway.graphql<{ consentEvents: PageOf<{ readonly id: string }> }>(query, { after })).consentEvents,
  )
  return nodes.map(({ id }) => id)
}

interface SessionState {
  readonly id: string
  readonly sessionStatus: string
  readonly consent: { readonly status: string; readonly revocation: { readonly state: string } | null }
}

const isNamed = ({ sessionStatus, consent }: SessionState): boolean =>
  sessionStatus !== 'PENDING' && sessionStatus !== 'VERIFYING' && consent.revocation?.state !== 'PROVIDER_PENDING'

/** Authorizations of a user that nobody can say yet how they stand. */
export const readUnnamed = async (gateway: GatewayProcess, externalId: string): Promise<readonly SessionState[]> => {
  const query = `query ($externalId: String!, $after: String) {
    user(ref: { externalId: $externalId }) {
      authSessions(first: 50, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { id sessionStatus consent { status revocation { state } } }
      }
    }
  }`
  const sessions = await readAll(
    async (after) =>
      (await gateway.graphql<{ user: { authSessions: PageOf<SessionState> } }>(query, { externalId, after })).user
        .authSessions,
  )
  return sessions.filter((session) => !isNamed(session))
}

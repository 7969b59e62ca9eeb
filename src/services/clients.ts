import { type ApiClient, type FormerKey, isScope, SCOPES } from '../domain/api-client.ts'
import { GatewayError, invalidInput } from '../domain/errors.ts'
import { type IdSource, isId } from '../domain/ids.ts'
import { parseRegisteredAddress } from '../domain/return-address.ts'
import type { PageKey, Store, Write } from '../domain/store.ts'
import { isStorable } from '../domain/text.ts'
import { createApiKey, hashApiKey, hintOf } from './api-key.ts'
import { commitOrThrow, untilCommitted } from './commit.ts'

/** What may be changed of a client. */
export interface ClientChange {
  readonly name?: string
  readonly scopes?: readonly string[]
  readonly returnTo?: readonly string[]
}

export interface NewKey {
  readonly client: ApiClient
  /** Shown once: only its hash is kept. */
  readonly apiKey: string
}

/** For operators: whoever may call it may make a key for everything. One function, and one commit, for each change. */
export interface Clients {
  /** Newest first, all of them. */
  list(): Promise<readonly ApiClient[]>
  /** Is there one that may call? */
  anyEnabled(): Promise<boolean>
  /** @throws GatewayError NOT_FOUND */
  find(id: string): Promise<ApiClient>
  /** Those that are still taken now, the one that ends last at the head. */
  formerKeys(client: ApiClient): Promise<readonly FormerKey[]>
  /** @throws GatewayError INVALID_INPUT */
  create(input: Required<ClientChange>): Promise<NewKey>
  /** @throws GatewayError NOT_FOUND, INVALID_INPUT */
  update(id: string, change: ClientChange): Promise<ApiClient>
  /**
   * A new key. The one before is taken for `graceMs` more, as are those that wait for their own end; with 0, none of them is.
   *
   * @throws GatewayError NOT_FOUND
   */
  rotate(id: string, graceMs: number): Promise<NewKey & { readonly formerEndsAt: Date | null }>
  /** Refuses its keys and its users' tokens, and holds back what is to be sent to it. @throws GatewayError NOT_FOUND */
  disable(id: string): Promise<ApiClient>
  /** What was held back is sent. @throws GatewayError NOT_FOUND */
  enable(id: string): Promise<ApiClient>
}

const MAX_NAME = 100
const MAX_RETURN_ADDRESSES = 50
const PAGE = 100

const toName = (name: string): string => {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > MAX_NAME || /\p{Cc}/u.test(trimmed) || !isStorable(trimmed)) {
    throw invalidInput(`A name is 1 to ${MAX_NAME} characters on one line.`, 'name')
  }
  return trimmed
}

const toScopes = (scopes: readonly string[]): readonly string[] => {
  const unknown = scopes.find((scope) => !isScope(scope))
  if (unknown !== undefined) {
    throw invalidInput(`There is no scope ${JSON.stringify(unknown)}. There are ${SCOPES.join(', ')}.`, 'scopes')
  }
  if (scopes.length === 0) throw invalidInput('A client has at least one scope. Disable it to take them all.', 'scopes')
  return SCOPES.filter((scope) => scopes.includes(scope))
}

const toReturnTo = (addresses: readonly string[]): readonly string[] => {
  if (addresses.length > MAX_RETURN_ADDRESSES) {
    throw invalidInput(`A client has at most ${MAX_RETURN_ADDRESSES} return addresses.`, 'returnTo')
  }
  const parsed = addresses.map((address) => {
    const found = parseRegisteredAddress(address)
    if ('fault' in found) throw invalidInput(`${found.fault} Found ${JSON.stringify(address)}.`, 'returnTo')
    return found.url.href
  })
  return [...new Set(parsed)]
}

const toChange = ({ name, scopes, returnTo }: ClientChange): ClientChange => ({
  ...(name !== undefined && { name: toName(name) }),
  ...(scopes !== undefined && { scopes: toScopes(scopes) }),
  ...(returnTo !== undefined && { returnTo: toReturnTo(returnTo) }),
})

export const createClients = (store: Store, ids: IdSource): Clients => {
  const find = async (id: string): Promise<ApiClient> => {
    const client = isId('cli', id) ? await store.clients.byId(id) : null
    if (client !== null) return client
    throw new GatewayError('NOT_FOUND', {
      message: `There is no API client ${JSON.stringify(id)}. \`consentgraph client list\` shows those that there are.`,
      path: ['id'],
    })
  }

  const list = async (): Promise<readonly ApiClient[]> => {
    const all: ApiClient[] = []
    let after: PageKey | null = null
    for (;;) {
      const { rows, hasNextPage } = await store.clients.page({ first: PAGE, after })
      all.push(...rows)
      const last = rows.at(-1)
      if (!hasNextPage || last === undefined) return all
      after = { at: last.createdAt, id: last.id }
    }
  }

  /** @param also what belongs to the change, by the client before it */
  const change = (
    id: string,
    changed: (client: ApiClient) => Partial<ApiClient>,
    also: (client: ApiClient) => readonly Write[] | Promise<readonly Write[]> = () => [],
  ): Promise<ApiClient> =>
    untilCommitted(async () => {
      const client = await find(id)
      const next: ApiClient = { ...client, ...changed(client), version: client.version + 1 }
      await commitOrThrow(store, [{ kind: 'client.update', client: next }, ...(await also(client))])
      return next
    })

  /** Its endpoints have their turn now, not when they would look by themselves. */
  const wakeWebhooks = async ({ id }: ApiClient): Promise<readonly Write[]> =>
    (await store.webhooks.activeOf(id)).map((subject) => ({
      kind: 'job.hasten',
      job: { kind: 'SEND_WEBHOOKS', subject },
      dueAt: new Date(),
    }))

  return {
    find,

    list,

    anyEnabled: async () => (await list()).some(({ disabledAt }) => disabledAt === null),

    formerKeys: async ({ id }) => {
      const now = new Date()
      return (await store.clients.formerKeys(id)).filter(({ endsAt }) => endsAt > now)
    },

    create: async ({ name, scopes, returnTo }) => {
      const apiKey = createApiKey()
      const client: ApiClient = {
        id: ids.next('cli'),
        name: toName(name),
        scopes: toScopes(scopes),
        returnTo: toReturnTo(returnTo),
        keyHash: hashApiKey(apiKey),
        keyHint: hintOf(apiKey),
        createdAt: new Date(),
        disabledAt: null,
        version: 1,
      }
      await commitOrThrow(store, [{ kind: 'client.put', client }])
      return { client, apiKey }
    },

    update: (id, input) => {
      const valid = toChange(input)
      return change(id, () => valid)
    },

    rotate: async (id, graceMs) => {
      const apiKey = createApiKey()
      const now = new Date()
      const formerEndsAt = graceMs > 0 ? new Date(now.getTime() + graceMs) : null
      const client = await change(
        id,
        () => ({ keyHash: hashApiKey(apiKey), keyHint: hintOf(apiKey) }),
        ({ id: clientId, keyHash, keyHint }) => [
          { kind: 'formerKeys.drop', clientId, before: formerEndsAt === null ? null : now },
          ...(formerEndsAt === null
            ? []
            : [{ kind: 'formerKey.insert', key: { clientId, keyHash, keyHint, endsAt: formerEndsAt } } as const]),
        ],
      )
      return { client, apiKey, formerEndsAt }
    },

    disable: (id) => change(id, ({ disabledAt }) => ({ disabledAt: disabledAt ?? new Date() })),

    enable: (id) => change(id, () => ({ disabledAt: null }), wakeWebhooks),
  }
}

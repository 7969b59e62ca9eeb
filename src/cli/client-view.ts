import type { ApiClient, FormerKey } from '../domain/api-client.ts'
import { toTable } from './table.ts'

/** For machines; never the hash of a key. */
export const toClientJson = ({ keyHash: _, version: __, ...client }: ApiClient) => client

export const toFormerKeyJson = ({ keyHint, endsAt }: FormerKey) => ({ keyHint, endsAt })

const stateOf = ({ disabledAt }: ApiClient): string => (disabledAt === null ? 'enabled' : 'disabled')

const keyOf = (hint: string | null): string => (hint === null ? '-' : `${hint}...`)

export const describeClients = (clients: readonly ApiClient[]): string =>
  toTable(
    ['ID', 'KEY', 'STATE', 'MADE', 'NAME'],
    clients.map((client) => [
      client.id,
      keyOf(client.keyHint),
      stateOf(client),
      client.createdAt.toISOString().slice(0, 10),
      client.name,
    ]),
  )

export const describeClient = (client: ApiClient, formerKeys: readonly FormerKey[]): string =>
  [
    ['id', client.id],
    ['name', client.name],
    ['state', client.disabledAt === null ? 'enabled' : `disabled since ${client.disabledAt.toISOString()}`],
    ['key', keyOf(client.keyHint)],
    ...formerKeys.map(({ keyHint, endsAt }) => [
      'former key',
      `${keyOf(keyHint)}, taken until ${endsAt.toISOString()}`,
    ]),
    ['scopes', client.scopes.join(' ')],
    ...(client.returnTo.length === 0
      ? [['returnTo', 'none']]
      : client.returnTo.map((address) => ['returnTo', address])),
    ['made', client.createdAt.toISOString()],
  ]
    .map(([name = '', value]) => `${name.padEnd(12)}${value}`)
    .join('\n')

export const describeKey = (apiKey: string): string =>
  `API key     ${apiKey}\n\nIt is shown this once: only its hash is kept.`

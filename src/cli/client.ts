import { type Command, InvalidArgumentError, Option } from 'commander'
import { type ApiClient, SCOPES } from '../domain/api-client.ts'
import { randomIds } from '../domain/ids.ts'
import { parseRegisteredAddress } from '../domain/return-address.ts'
import { causedBy } from '../services/audit/cause.ts'
import { createAuditedStore } from '../services/audit/trail.ts'
import { type ClientChange, type Clients, createClients } from '../services/clients.ts'
import { describeClient, describeClients, describeKey, toClientJson, toFormerKeyJson } from './client-view.ts'
import type { AddCommand } from './context.ts'
import { parseDuration } from './duration.ts'

/** What it takes to connect people's banks, and nothing beside. */
const DEFAULT_SCOPES = ['users:read', 'users:write', 'consents:read', 'authorizations:write'] as const
const MAX_GRACE_MS = 30 * 86_400_000

const toGraceMs = (text: string): number => {
  const graceMs = parseDuration(text)
  if (graceMs === null || graceMs > MAX_GRACE_MS) {
    throw new InvalidArgumentError('Write 90s, 30m, 24h or 7d, up to 30d; 0 ends the former key at once.')
  }
  return graceMs
}

const toAddresses = (text: string, before: readonly string[] | undefined): readonly string[] => {
  const parsed = parseRegisteredAddress(text)
  if ('fault' in parsed) throw new InvalidArgumentError(parsed.fault)
  return [...(before ?? []), text]
}

const scopeOption = (): Option => new Option('--scope <scope...>', 'everything that it may do').choices([...SCOPES])

const returnToOption = (): Option =>
  new Option('--return-to <url...>', 'everywhere that a person may be sent back to').argParser(toAddresses)

interface ChangeOptions {
  readonly name?: string
  readonly scope?: readonly string[]
  /** False for `--no-return-to`. */
  readonly returnTo?: readonly string[] | false
}

/** API clients: the services that may call the gateway. */
export const addClient: AddCommand = (program, context) => {
  const withClients = <Result>(action: string, use: (clients: Clients) => Promise<Result>): Promise<Result> =>
    context.withFoundation(({ store }) =>
      causedBy({ actor: 'OPERATOR', action: `client ${action}` }, () =>
        use(createClients(createAuditedStore(store), randomIds)),
      ),
    )

  const show = async (action: string, act: (clients: Clients) => Promise<ApiClient>): Promise<void> => {
    const { client, formerKeys } = await withClients(action, async (clients) => {
      const found = await act(clients)
      return { client: found, formerKeys: await clients.formerKeys(found) }
    })
    const json = { client: toClientJson(client), formerKeys: formerKeys.map(toFormerKeyJson) }
    context.answer(describeClient(client, formerKeys), json)
  }

  const group = program.command('client').description('API clients: who may call the gateway')

  group
    .command('create')
    .description('makes one, and shows its API key, once')
    .requiredOption('--name <name>', 'how people call it')
    .addOption(scopeOption().default(DEFAULT_SCOPES))
    .addOption(returnToOption())
    .action(
      async ({ name, scope, returnTo }: { name: string; scope: readonly string[]; returnTo?: readonly string[] }) => {
        const { client, apiKey } = await withClients('create', (clients) =>
          clients.create({ name, scopes: scope, returnTo: returnTo ?? [] }),
        )
        const json = { client: toClientJson(client), apiKey }
        context.answer(`${describeClient(client, [])}\n\n${describeKey(apiKey)}`, json)
      },
    )

  group
    .command('list')
    .description('all of them, newest first')
    .action(async () => {
      const clients = await withClients('list', (all) => all.list())
      const text =
        clients.length === 0 ? 'There is none. `consentgraph client create` makes one.' : describeClients(clients)
      context.answer(text, { clients: clients.map(toClientJson) })
    })

  group
    .command('show <id>')
    .description('one of them, with the keys that are taken')
    .action((id: string) => show('show', (clients) => clients.find(id)))

  group
    .command('rotate <id>')
    .description('makes a new API key, and shows it, once')
    .addOption(
      new Option('--grace <duration>', 'how long the former key is still taken')
        .argParser(toGraceMs)
        .default(86_400_000, '24h'),
    )
    .action(async (id: string, { grace }: { grace: number }) => {
      const { client, apiKey, formerEndsAt } = await withClients('rotate', (clients) => clients.rotate(id, grace))
      const former =
        formerEndsAt === null
          ? 'No former key is taken any more.'
          : `The former key is taken until ${formerEndsAt.toISOString()}.`
      context.answer(`${describeKey(apiKey)}\n${former}`, { client: toClientJson(client), apiKey, formerEndsAt })
    })

  const update: Command = group
    .command('update <id>')
    .description('changes what it is given')
    .option('--name <name>', 'how people call it')
    .addOption(scopeOption())
    .addOption(returnToOption())
    .option('--no-return-to', 'nowhere')
    .action(async (id: string, { name, scope, returnTo }: ChangeOptions) => {
      const change: ClientChange = {
        ...(name !== undefined && { name }),
        ...(scope !== undefined && { scopes: scope }),
        ...(returnTo !== undefined && { returnTo: returnTo === false ? [] : returnTo }),
      }
      if (Object.keys(change).length === 0)
        update.error('error: nothing to change: --name, --scope, --return-to or --no-return-to')
      await show('update', (clients) => clients.update(id, change))
    })

  group
    .command('disable <id>')
    .description("refuses its keys and its users' tokens, and holds back its webhooks")
    .action((id: string) => show('disable', (clients) => clients.disable(id)))

  group
    .command('enable <id>')
    .description('takes that back')
    .action((id: string) => show('enable', (clients) => clients.enable(id)))
}

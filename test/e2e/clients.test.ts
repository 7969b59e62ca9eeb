import { expectEnded, follow } from './followed.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askCli, runCli } from '../cli/cli-process.ts'
import { temporaryDirectory } from '../store/directory.ts'
import type { Asking } from './gateway-process.ts'
import { filesOf } from './leak-search.ts'
import { openProduction, type Production, productionEnv, startProduction } from './production-gateway.ts'
import { startGateway } from './gateway-process.ts'

interface Made {
  readonly client: { readonly id: string; readonly keyHint: string; readonly scopes: readonly string[] }
  readonly apiKey: string
}

const ALL = ['users:read', 'users:write', 'consents:read', 'authorizations:write', 'webhooks:admin', 'operations:read']
const WHO = '{ viewer { client { id name returnTo createdAt } user { externalId } scopes } }'

let production: Production
const cli = <Answer>(...args: readonly string[]): Promise<Answer> => askCli<Answer>(args, production.env)
const create = (name: string, ...more: readonly string[]): Promise<Made> =>
  cli('client', 'create', '--name', name, ...more)

beforeAll(async () => {
  production = await openProduction()
}, 60_000)
afterAll(() => production[Symbol.asyncDispose]())

const isRefused = async (gateway: Asking, credential: string): Promise<boolean> => {
  const { status, errors } = await gateway.ask(WHO, {}, { as: credential })
  return status === 401 && errors[0]?.extensions.code === 'UNAUTHENTICATED'
}

const createUser = (as: string, externalId: string) =>
  production.gateway.graphql<{ createUser: { user: { id: string } } }>(
    'mutation ($id: String!) { createUser(input: { externalId: $id }) { user { id } } }',
    { id: externalId },
    { as },
  )

const tokenFor = async (as: string, externalId: string): Promise<string> => {
  const { createUserToken } = await production.gateway.graphql<{ createUserToken: { token: string } }>(
    'mutation ($id: String!) { createUserToken(input: { user: { externalId: $id } }) { token } }',
    { id: externalId },
    { as },
  )
  return createUserToken.token
}

describe('a gateway in production', () => {
  test('has no client of its own, and says how to make the first', async () => {
    const { gateway } = production
    expect(gateway.printed.out).toContain('npx consentgraph client create')
    expect(gateway.printed.out).not.toMatch(/cg_|API key {2}/)
    expect(await cli('client', 'list')).toEqual({ clients: [] })
  })

  test('is given its first client as README.md says', async () => {
    const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
    const [, args = ''] = /^npx consentgraph (client create .*)$/m.exec(readme) ?? []
    const { apiKey } = await cli<Made>(...args.split(' '))
    expect(await production.gateway.graphql('{ viewer { client { name returnTo } } }', {}, { as: apiKey })).toEqual({
      viewer: { client: { name: 'backend', returnTo: ['https://app.example/done'] } },
    })
  })

  test('knows a client from the moment it is made, and shows it who it is', async () => {
    const { gateway } = production
    const address = 'https://acme.example/done'
    const { client, apiKey } = await create('Acme', '--scope', ...ALL, '--return-to', address, 'http://127.0.0.1:3000/')
    expect(apiKey).toMatch(/^cg_live_[\w-]{43}$/)
    expect(apiKey.startsWith(client.keyHint)).toBe(true)
    expect(await gateway.graphql(WHO, {}, { as: apiKey })).toEqual({
      viewer: {
        client: {
          id: client.id,
          name: 'Acme',
          returnTo: [address, 'http://127.0.0.1:3000/'],
          createdAt: expect.any(String),
        },
        user: null,
        scopes: ALL,
      },
    })
    await createUser(apiKey, 'anna')
    expect(await gateway.graphql(WHO, {}, { as: await tokenFor(apiKey, 'anna') })).toEqual({
      viewer: {
        client: null,
        user: { externalId: 'anna' },
        scopes: ['users:read', 'consents:read', 'authorizations:write'],
      },
    })
  })

  test('keeps clients apart', async () => {
    const { gateway } = production
    const [one, two] = [await create('One'), await create('Two')]
    const { createUser: made } = await createUser(one.apiKey, 'bert')
    const seen = '{ users { totalCount nodes { id } } user(ref: { externalId: "bert" }) { id } }'
    const mine = { users: { totalCount: 1, nodes: [{ id: made.user.id }] }, user: { id: made.user.id } }
    expect(await gateway.graphql(seen, {}, { as: one.apiKey })).toEqual(mine)
    expect(await gateway.graphql(seen, {}, { as: two.apiKey })).toEqual({
      users: { totalCount: 0, nodes: [] },
      user: null,
    })
    const { clients } = await cli<{ clients: readonly { name: string }[] }>('client', 'list')
    expect(clients.slice(0, 2).map(({ name }) => name)).toEqual(['Two', 'One'])
  })

  test('stores no key, and logs none', async () => {
    const { apiKey } = await create('Secretive')
    await production.gateway.graphql(WHO, {}, { as: apiKey })
    const files = await filesOf(production.env['CONSENTGRAPH_DATA_DIR'] ?? '')
    expect(files.some(({ bytes }) => bytes.includes('Secretive'))).toBe(true)
    expect(files.filter(({ bytes }) => bytes.includes(apiKey.slice(-20)))).toEqual([])
    expect(production.gateway.printed.log).not.toContain('cg_live_')
  })
})

describe('an API key', () => {
  test('that was replaced is taken for its grace, or not at all', { timeout: 60_000 }, async () => {
    const { gateway } = production
    const first = await create('Rotating')
    const { id } = first.client
    const followed = await follow(production.gateway, first.apiKey)
    const second = await cli<Made & { formerEndsAt: string }>('client', 'rotate', id, '--grace', '1h')
    expect(Date.parse(second.formerEndsAt) - Date.now()).toBeGreaterThan(3_500_000)
    for (const { apiKey } of [first, second]) {
      expect(await gateway.graphql('{ viewer { client { id } } }', {}, { as: apiKey })).toEqual({
        viewer: { client: { id } },
      })
    }
    const { formerKeys } = await cli<{ formerKeys: readonly object[] }>('client', 'show', id)
    expect(formerKeys).toEqual([{ keyHint: first.client.keyHint, endsAt: second.formerEndsAt }])
    const old = await follow(production.gateway, first.apiKey)
    expect(followed.isOpen()).toBe(true)

    const third = await cli<Made & { formerEndsAt: null }>('client', 'rotate', id, '--grace', '0')
    expect(third.formerEndsAt).toBeNull()
    expect(await Promise.all([first, second, third].map(({ apiKey }) => isRefused(gateway, apiKey)))).toEqual([
      true,
      true,
      false,
    ])
    await expectEnded(followed)
    await expectEnded(old)
  })

  test('that was replaced ends with its grace, and with it what it had opened', { timeout: 60_000 }, async () => {
    const { gateway } = production
    const { client, apiKey } = await create('Ending')
    const before = await follow(production.gateway, apiKey)
    await cli('client', 'rotate', client.id, '--grace', '3s')
    expect(await isRefused(gateway, apiKey)).toBe(false)
    const during = await follow(production.gateway, apiKey)
    await expectEnded(before)
    await expectEnded(during)
    expect(await isRefused(gateway, apiKey)).toBe(true)
  })
})

describe('a client', () => {
  test('that is disabled is refused at once, with its users and all that is open', { timeout: 60_000 }, async () => {
    const { gateway } = production
    const [{ client, apiKey }, other] = [await create('Closing'), await create('Staying')]
    await createUser(apiKey, 'carl')
    const token = await tokenFor(apiKey, 'carl')
    const open = [await follow(production.gateway, apiKey), await follow(production.gateway, token)]
    const staying = await follow(production.gateway, other.apiKey)

    expect(await cli('client', 'disable', client.id)).toMatchObject({ client: { disabledAt: expect.any(String) } })
    expect([await isRefused(gateway, apiKey), await isRefused(gateway, token)]).toEqual([true, true])
    for (const one of open) await expectEnded(one)
    expect(await gateway.live(apiKey).closed).toMatchObject({ code: 4403 })

    expect(await cli('client', 'enable', client.id)).toMatchObject({ client: { disabledAt: null } })
    expect([await isRefused(gateway, apiKey), await isRefused(gateway, token)]).toEqual([false, false])
    expect(staying.isOpen()).toBe(true)
  })

  test('has the scopes that it has now, and no user token has more', { timeout: 60_000 }, async () => {
    const { gateway } = production
    const { client, apiKey } = await create('Narrowing')
    await createUser(apiKey, 'dora')
    const token = await tokenFor(apiKey, 'dora')
    const open = [await follow(production.gateway, apiKey), await follow(production.gateway, token)]
    const renamed = ['client', 'update', client.id, '--name', 'Narrow']
    expect(await cli(...renamed, '--scope', 'users:read')).toMatchObject({
      client: { name: 'Narrow', scopes: ['users:read'] },
    })
    for (const as of [apiKey, token]) {
      expect(await gateway.graphql('{ viewer { scopes } }', {}, { as })).toEqual({ viewer: { scopes: ['users:read'] } })
      expect(await gateway.ask('{ consents { totalCount } }', {}, { as })).toMatchObject({
        errors: [{ extensions: { code: 'NOT_ALLOWED' } }],
      })
    }
    for (const one of open) await expectEnded(one)
  })

  test('is in the audit trail with each change, which names whoever operates the gateway', async () => {
    const { client } = await create('Audited')
    await cli('client', 'rotate', client.id)
    await cli('client', 'disable', client.id)
    const { out } = await runCli(['audit', 'export'], production.env)
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly line?: { readonly clientId: string } })
      .flatMap(({ line }) => (line?.clientId === client.id ? [line] : []))
    expect(lines).toMatchObject(
      ['create', 'rotate', 'disable'].map((name) => ({
        actor: 'OPERATOR',
        action: `client ${name}`,
        changes: [{ what: 'CLIENT', clientId: client.id }],
      })),
    )
  })

  test('is told by its registered addresses where people may go', async () => {
    const { client, apiKey } = await create('Leading', '--return-to', 'https://a.example/x', 'http://localhost:3000/')
    const addresses = () =>
      production.gateway.graphql<{ viewer: { client: { returnTo: readonly string[] } } }>(WHO, {}, { as: apiKey })
    expect((await addresses()).viewer.client.returnTo).toEqual(['https://a.example/x', 'http://localhost:3000/'])
    await cli('client', 'update', client.id, '--no-return-to')
    expect((await addresses()).viewer.client.returnTo).toEqual([])
  })
})

describe('the command', () => {
  test.each([
    ['an unknown scope', ['create', '--name', 'x', '--scope', 'users:delete'], 'users:read'],
    ['http outside', ['create', '--name', 'x', '--return-to', 'http://a.example/'], 'https'],
    ['an app scheme', ['create', '--name', 'x', '--return-to', 'com.example.app:/back'], 'https'],
    ['a fragment', ['create', '--name', 'x', '--return-to', 'https://a.example/#'], 'fragment'],
    ['a user name', ['create', '--name', 'x', '--return-to', 'https://u@a.example/'], 'user name'],
    ['a query', ['create', '--name', 'x', '--return-to', 'https://a.example/?q'], 'query'],
    ['no name', ['create'], '--name'],
    ['an empty name', ['create', '--name', ' '], 'name'],
    ['a change of nothing', ['update', 'cli_x'], '--scope'],
    ['a grace in no unit', ['rotate', 'cli_x', '--grace', '30'], '24h'],
  ])('refuses %s with 2, and says what is allowed', async (_, args, word) => {
    const { code, out, error } = await runCli(['client', ...args], production.env)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(error).toContain(word)
  })

  test.each(['show', 'rotate', 'disable', 'enable'])('%s ends with 1 for nobody', async (name) => {
    const { code, error } = await runCli(['client', name, 'cli_nobody'], production.env)
    expect(code).toBe(1)
    expect(error).toBe(
      'consentgraph: There is no API client "cli_nobody". `consentgraph client list` shows those that there are.\n',
    )
  })
})

test('the key of a development that went before opens nothing in production', { timeout: 90_000 }, async () => {
  await using directory = await temporaryDirectory()
  const env = productionEnv(directory.path)
  const { CONSENTGRAPH_ENCRYPTION_KEYS: keys = '' } = env
  const development = await startGateway({
    dataDir: directory.path,
    env: { CONSENTGRAPH_ENCRYPTION_KEYS: keys, CONSENTGRAPH_API_KEY: 'cg_dev_of_before' },
  })
  const { userToken } = development
  await development.stop('SIGTERM')
  await using gateway = await startProduction(env)
  expect(gateway.printed.out).toContain('npx consentgraph client create')
  expect([await isRefused(gateway, 'cg_dev_of_before'), await isRefused(gateway, userToken)]).toEqual([true, true])
  const { clients } = await askCli<{ clients: readonly object[] }>(['client', 'list'], env)
  expect(clients).toMatchObject([{ id: 'cli_development', disabledAt: expect.any(String) }])
})

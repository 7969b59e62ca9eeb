import { getNamedType, isAbstractType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SCOPES } from '../../../src/domain/api-client.ts'
import { registerClients } from '../api-clients.ts'
import { type Answer, type AskOptions, type GatewayProcess, startGateway } from '../gateway-process.ts'
import { operationsOf } from '../operations.ts'
import type { SandboxControl } from '../sandbox-control.ts'
import {
  fieldsOf,
  type GeneratedOperation,
  generateOperations,
  isAllowedWithout,
  type Named,
  objectTypesOf,
  readSchema,
  ruleOf,
} from './operations.ts'

const schema = readSchema()
const entities: GeneratedOperation = {
  name: 'Query._entities',
  kind: 'query',
  root: '_entities',
  rules: [],
  covers: [],
  text: ({ consent, session, user, externalId }) => `query { _entities(representations: [
    { __typename: "Consent", id: "${consent}" }, { __typename: "AuthSession", id: "${session}" },
    { __typename: "User", id: "${user}" }, { __typename: "User", externalId: "${externalId}" }
  ]) { __typename } }`,
}
const operations = [...generateOperations(schema), entities]

/** Any credential will do: they hold nothing of anybody's, or decide by what they find. */
const FOR_ANY_CREDENTIAL = ['institutions', 'node', 'nodes', 'providers', 'sandbox', 'viewer']

/** What the ids say that they are asked for here. */
const BY_WHAT_IS_FOUND: Readonly<Record<string, readonly string[]>> = {
  node: ['consents:read'],
  nodes: ['consents:read', 'users:read'],
  _entities: ['consents:read', 'users:read'],
}

/** From what one scope shows to what another one does, without asking for it: whose it is, what is being authorized, who asks. */
const CROSSINGS = ['AuthSession.consent', 'AuthSession.user', 'Consent.user', 'Viewer.user']

const UNKNOWN: Named = {
  user: `usr_${'0'.repeat(32)}`,
  externalId: 'nobody at all',
  consent: `con_${'0'.repeat(32)}`,
  session: `aus_${'0'.repeat(32)}`,
  step: `stp_${'0'.repeat(32)}`,
  endpoint: `whe_${'0'.repeat(32)}`,
}

const STRANGER = { id: 'cli_stranger', apiKey: 'stranger-key', scopes: SCOPES } as const
const lacking = (scope: string) =>
  ({
    id: `cli_without_${scope.replace(':', '_')}`,
    apiKey: `without-${scope.replace(':', '-')}`,
    scopes: SCOPES.filter((other) => other !== scope),
  }) as const

let gateway: GatewayProcess
let sandbox: SandboxControl
let victim: Named
const credentials = new Map<string, string | null>()

/** A user with a live consent, an authorization that waits, and an endpoint. */
const furnish = async (as: AskOptions, externalId: string): Promise<Named> => {
  const client = operationsOf(gateway, as)
  const user = await client.createUser(externalId)
  const consent = await client.authorize({ user: { externalId } })
  const waiting = await client.begin({ user: { externalId } })
  const { createWebhookEndpoint } = await gateway.graphql<{ createWebhookEndpoint: { endpoint: { id: string } } }>(
    'mutation { createWebhookEndpoint(input: { endpointUrl: "https://hooks.example/a" }) { endpoint { id } } }',
    {},
    as,
  )
  return {
    user,
    externalId,
    consent: consent.consent.id,
    session: waiting.session.id,
    step: waiting.step.id,
    endpoint: createWebhookEndpoint.endpoint.id,
  }
}

beforeAll(async () => {
  const env = { RATE_LIMIT_FAILED_CREDENTIALS: '100000' }
  const first = await startGateway({ env })
  const clients = SCOPES.map(lacking)
  await first.stop('SIGTERM')
  const { mint } = await registerClients(first.dataDir, [STRANGER, ...clients])
  gateway = await first.restart('SIGTERM', env)
  sandbox = await gateway.sandbox()
  victim = await furnish({}, 'victim')
  const stranger = await furnish({ as: STRANGER.apiKey }, 'their user')
  credentials.set('nobody', null)
  credentials.set('an expired token', await mint('cli_development', victim.user, -10))
  credentials.set('an unknown key', 'cg_dev_unknown')
  credentials.set('another API client', STRANGER.apiKey)
  credentials.set('another user of the same client', gateway.userToken)
  credentials.set('a user of another client', await mint(STRANGER.id, stranger.user, 600))
}, 60_000)
afterAll(() => gateway[Symbol.asyncDispose]())

const anonymous = (text: string): string => text.replaceAll(/req_\w+/g, 'req').replaceAll(/"now":"[^"]+"/g, '"now"')

/** As one answer of whatever kind: of a subscription, what comes first or why nothing does. */
const ask = async ({ kind, root, text }: GeneratedOperation, named: Named, as: string | null): Promise<string> => {
  if (kind !== 'subscription') {
    const answer: Answer = await gateway.ask(text(named), {}, { as })
    return `${answer.status} ${anonymous(answer.text)}`
  }
  await using socket = gateway.live(as)
  const stream = socket.subscribe<Record<string, unknown>, string>(root, text(named))
  const outcome: unknown = await stream.next().catch((error: unknown) => error)
  const { code, reason } = outcome as { readonly code?: number; readonly reason?: string }
  if (code !== undefined) return `${code} ${reason}`
  return anonymous(outcome instanceof Error ? String(outcome) : JSON.stringify(outcome))
}

describe('the rules', () => {
  test('the operations select every field of the printed schema, and nothing else', () => {
    const all = objectTypesOf(schema).flatMap((type) => fieldsOf(type).map(({ name }) => `${type.name}.${name}`))
    expect(operations.flatMap(({ covers }) => covers).toSorted()).toEqual(all.toSorted())
  })

  test('every root field has a rule, or is one of those that need none', () => {
    const roots = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!]
    const without = roots.flatMap(fieldsOf).filter(({ astNode }) => ruleOf(astNode) === null)
    expect(without.map(({ name }) => name).toSorted()).toEqual(FOR_ANY_CREDENTIAL)
  })

  test('no field leads to what needs another scope without asking for it', () => {
    const scopesOf = new Map([
      ['User', 'users:read'],
      ['ProviderLink', 'users:read'],
      ['Collection', 'users:read'],
      ['Consent', 'consents:read'],
      ['ConsentEvent', 'consents:read'],
      ['WebhookEndpoint', 'webhooks:admin'],
      ['WebhookDelivery', 'webhooks:admin'],
    ])
    const homes = new Map(operations.flatMap(({ rules, covers }) => covers.map((field) => [field, rules] as const)))
    const isAsked = (field: string, scope: string): boolean =>
      homes.get(field)!.some((rule) => rule.every((all) => all.includes(scope)))
    const crossings = objectTypesOf(schema)
      .filter(({ name }) => !/^(Query|Mutation|Subscription)$|Payload$|Error$/.test(name))
      .flatMap((type) => fieldsOf(type).map((field) => ({ type, field })))
      .filter(({ type, field }) => {
        const target = getNamedType(field.type)
        const names = [
          target.name,
          ...(isAbstractType(target) ? schema.getPossibleTypes(target).map(({ name }) => name) : []),
        ]
        const needed = names.map((name) => scopesOf.get(name)).find((scope) => scope !== undefined)
        if (needed === undefined || ruleOf(field.astNode) !== null) return false
        return !isAsked(`${type.name}.${field.name}`, needed)
      })
    expect(crossings.map(({ type, field }) => `${type.name}.${field.name}`).toSorted()).toEqual(CROSSINGS)
  })
})

describe.each(['nobody', 'an expired token', 'an unknown key'])('%s', (who) => {
  test.each(operations.map((operation) => [operation.name, operation] as const))(
    'is not let in by %s',
    async (_, operation) => {
      const said = await ask(operation, victim, credentials.get(who)!)
      expect(said).toMatch(/UNAUTHENTICATED|^44\d\d /)
      for (const id of Object.values(victim)) expect(said).not.toContain(id)
    },
  )
})

/** Their own things are made and changed, whoever's are named: the answer differs by what was made. */
const OWN = /createUser\(|createWebhookEndpoint\(/

describe.each(['another API client', 'another user of the same client', 'a user of another client'])('%s', (who) => {
  test.each(
    operations.filter(({ text }) => !OWN.test(text(UNKNOWN))).map((operation) => [operation.name, operation] as const),
  )('is told by %s what it is told of nothing, and no bank is asked', async (_, operation) => {
    const as = credentials.get(who)!
    const ofNothing = await ask(operation, UNKNOWN, as)
    const { result: foreign, calls } = await sandbox.callsDuring(() => ask(operation, victim, as))
    expect(foreign).toBe(ofNothing)
    expect(calls).toEqual([])
    for (const id of Object.values(victim)) expect(foreign).not.toContain(id)
  })
})

describe.each(SCOPES)('with every scope but %s', (scope) => {
  test.each(operations.map((operation) => [operation.name, operation] as const))('%s', async (_, operation) => {
    const said = await ask(operation, UNKNOWN, lacking(scope).apiKey)
    expect(said).not.toMatch(/UNAUTHENTICATED|^44\d\d /)
    const allowed = isAllowedWithout(operation, scope) && !(BY_WHAT_IS_FOUND[operation.root] ?? []).includes(scope)
    if (allowed) expect(said).not.toContain('NOT_ALLOWED')
    else if (operation.rules.length === 1) expect(said).toContain('NOT_ALLOWED')
  })
})

test('after all that, nothing of the victim has changed', async () => {
  const client = operationsOf(gateway)
  expect(await client.consent(victim.consent, 0)).toMatchObject({ status: 'AUTHORIZED' })
  expect(await client.session(victim.session)).toMatchObject({ sessionStatus: 'AWAITING_USER' })
})

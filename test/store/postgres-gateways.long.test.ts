import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { operationsOf } from '../e2e/operations.ts'
import { hasPostgres, type PostgresServer, startPostgres } from './postgres-server.ts'

interface Item {
  readonly __typename: string
  readonly cursor: string
  readonly to?: string
  readonly consent: { readonly id: string }
}

const EVENTS = `subscription ($after: String) {
  consentEvents(after: $after) {
    __typename
    ... on ConsentSnapshot { cursor }
    ... on ConsentEvent { cursor consent { id } }
    ... on ConsentStatusChanged { to }
  }
}`
const SESSION = 'subscription ($id: ID!) { authSession(id: $id) { sessionStatus } }'

const events = (gateway: GatewayProcess, after: string | null = null) =>
  gateway.live().subscribe<{ consentEvents: Item }, 'consentEvents'>('consentEvents', EVENTS, { after })

describe.skipIf(!hasPostgres)('two gateways on one PostgreSQL', () => {
  let server: PostgresServer
  let env: Record<string, string>

  beforeAll(async () => {
    server = await startPostgres()
    env = {
      DATABASE_URL: await server.createDatabase(),
      CONSENTGRAPH_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
      CONSENTGRAPH_API_KEY: 'cg_dev_replicas',
    }
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('are one gateway: what one does is followed on the other, and goes on there when the first dies', async () => {
    const first = await startGateway({ env })
    await using second = await startGateway({ env })
    const followed = events(second)
    const { cursor } = await followed.next()

    const begun = await operationsOf(first).begin()
    const ofConsent = (item: Item): boolean => item.consent.id === begun.consent.id
    const born = await followed.until((item) => ofConsent(item) && item.to === 'INITIATED')
    const screen = second
      .live()
      .subscribe<{ authSession: { sessionStatus: string } }, 'authSession'>('authSession', SESSION, {
        id: begun.session.id,
      })
    expect(await screen.next()).toEqual({ sessionStatus: 'AWAITING_USER' })
    await operationsOf(first).answer(begun, '123')
    expect((await screen.rest()).at(-1)).toEqual({ sessionStatus: 'COMPLETED' })
    await followed.until((item) => ofConsent(item) && item.to === 'AUTHORIZED')

    const seen = events(first, cursor)
    expect(await seen.next()).toEqual(born)
    await first[Symbol.asyncDispose]()
    const resumed = events(second, born.cursor)
    expect((await resumed.until((item) => item.to !== undefined)).to).toBe('AWAITING_AUTHORIZATION')
    expect((await resumed.until((item) => item.to !== undefined)).to).toBe('AUTHORIZED')
  })

  test('one says that its database is away, stays up, and goes on when it is back', async () => {
    await using gateway = await startGateway({ env })
    const followed = events(gateway)
    await followed.next()
    await server.kill()
    const startedAt = performance.now()
    const { errors } = await gateway.ask('{ consents(first: 1) { totalCount } }')
    expect(errors).toMatchObject([{ extensions: { code: 'STORE_UNAVAILABLE', retryable: true } }])
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    await server.start()
    for (;;) {
      const { errors: left } = await gateway.ask('{ consents(first: 1) { totalCount } }')
      if (left.length === 0) break
    }
    const begun = await operationsOf(gateway).begin()
    await followed.until((item) => item.consent.id === begun.consent.id && item.to === 'AWAITING_AUTHORIZATION')
  })
})

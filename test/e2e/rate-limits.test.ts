import { describe, expect, test } from 'vitest'
import { openSocket } from '../server/socket-client.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { operationsOf, type UserError } from './operations.ts'

const refused = (message: string): object => ({
  __typename: 'RequestError',
  code: 'RATE_LIMITED',
  message: expect.stringContaining(message),
  retryAt: expect.any(String),
})

const HOUR_MS = 3_600_000

describe('mutations for a user', () => {
  test('are refused beyond the limit, whichever credential asks, without any effect; the key may be used again', async () => {
    await using gateway = await startGateway({ env: { RATE_LIMIT_USER_STARTS: '3' } })
    const sandbox = await gateway.sandbox()
    const backend = operationsOf(gateway)
    const frontend = operationsOf(gateway, { as: gateway.userToken })
    for (const client of [backend, frontend, backend]) await client.begin()

    const over = { psu: { phone: '+15550199' }, idempotencyKey: 'over-the-limit' }
    for (const client of [backend, frontend]) {
      const { result, calls } = await sandbox.callsDuring(() => client.start(over))
      expect(calls).toEqual([])
      expect(result).toMatchObject({ authSession: null, consent: null })
      expect(result.userErrors).toMatchObject([refused('Too many requests of this user')])
      const waitMs = Date.parse(result.userErrors[0]?.retryAt ?? '') - Date.now()
      expect(waitMs).toSatisfy((ms: number) => ms > 0 && ms <= HOUR_MS / 3)
    }
    // Not the client's other users.
    await backend.createUser('somebody-else')
    expect(
      (await backend.start({ ...over, user: { externalId: 'somebody-else' }, idempotencyKey: 'other' })).userErrors,
    ).toEqual([])

    // Without the limit, on the same data, the refused key is a new one.
    await using again = await gateway.restart('SIGTERM', { RATE_LIMIT_USER_STARTS: '0' })
    expect((await operationsOf(again).start(over)).userErrors).toEqual([])
  })

  test('are counted by kind: answers, new codes, tokens', async () => {
    await using gateway = await startGateway({
      env: { RATE_LIMIT_USER_ANSWERS: '1', RATE_LIMIT_USER_RESENDS: '1', RATE_LIMIT_USER_TOKENS: '1' },
    })
    const sandbox = await gateway.sandbox()
    const client = operationsOf(gateway)
    const begun = await client.begin()
    expect((await client.answer({ ...begun, step: { ...begun.step, id: 'another' } }, '123')).userErrors).toMatchObject(
      [{ code: 'STEP_CHANGED' }],
    )
    const answered = await sandbox.callsDuring(() => client.answer(begun, '123'))
    expect(answered.calls).toEqual([])
    expect(answered.result.userErrors).toMatchObject([refused('the limit is 1 answers per hour')])

    const { authSession } = await client.resend(begun)
    expect(authSession?.nextStep).not.toBeNull()
    const resent = await sandbox.callsDuring(() =>
      client.resend({ session: authSession!, step: authSession!.nextStep! }),
    )
    expect(resent.calls).toEqual([])
    expect(resent.result.userErrors).toMatchObject([refused('resends per hour')])

    const token =
      'mutation ($input: CreateUserTokenInput!) { createUserToken(input: $input) { token userErrors { __typename ... on RequestError { code message retryAt } } } }'
    const make = async () =>
      (
        await gateway.graphql<{ createUserToken: { token: string | null; userErrors: readonly UserError[] } }>(token, {
          input: { user: { externalId: 'demo-user' } },
        })
      ).createUserToken
    expect((await make()).token).toEqual(expect.any(String))
    expect(await make()).toMatchObject({ token: null, userErrors: [refused('user tokens per hour')] })
  })
})

describe('operations of a client', () => {
  const QUERY = '{ viewer { client { id } } }'
  const SUBSCRIPTION = 'subscription { consentStatusChanged { at } }'
  const LIMIT = 12

  const exhaust = async (gateway: GatewayProcess): Promise<void> => {
    for (let i = 0; i < LIMIT; i += 1) await gateway.ask(QUERY)
  }

  test('are answered with 429 and Retry-After beyond the limit, over WebSocket with the same error', async () => {
    await using gateway = await startGateway({ env: { RATE_LIMIT_CLIENT_OPERATIONS: String(LIMIT) } })
    await exhaust(gateway)
    const { status, headers, errors, data } = await gateway.ask(QUERY)
    expect([status, data]).toEqual([429, undefined])
    expect(Number(headers.get('retry-after'))).toSatisfy((seconds: number) => seconds >= 1 && seconds <= 60 / LIMIT)
    expect(errors).toMatchObject([
      { extensions: { code: 'RATE_LIMITED', retryable: true, retryAt: expect.any(String) } },
    ])

    await using socket = await openSocket(gateway)
    await socket.init({ authorization: `Bearer ${gateway.apiKey}` })
    const isRefused = { extensions: { code: 'RATE_LIMITED', retryAt: expect.any(String) } }
    expect((await socket.run(QUERY))[0]?.payload.errors).toMatchObject([isRefused])
    const [message] = await socket.run(SUBSCRIPTION)
    expect(message?.payload.errors ?? message?.payload).toMatchObject([isRefused])

    const { userErrors } = await operationsOf(gateway).start()
    expect(userErrors).toMatchObject([refused('operations per minute')])
  })

  test('with wrong credentials are refused before the store is asked, and good ones are let in still', async () => {
    await using gateway = await startGateway({ env: { RATE_LIMIT_FAILED_CREDENTIALS: '3' } })
    expect((await gateway.ask(QUERY)).status).toBe(200)
    const statuses = []
    for (let i = 0; i < 5; i += 1) statuses.push((await gateway.ask(QUERY, {}, { as: `guess-${i}` })).status)
    expect(statuses).toEqual([401, 401, 401, 429, 429])
    const over = await gateway.ask(QUERY, {}, { as: 'guess' })
    expect(over.errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
    expect(over.headers.get('retry-after')).toMatch(/^\d+$/)
    await using socket = await openSocket(gateway)
    socket.send({ type: 'connection_init', payload: { authorization: 'Bearer guess' } })
    expect((await socket.closed).code).toBe(1013)
    expect((await gateway.ask(QUERY)).status).toBe(200)
  })
})

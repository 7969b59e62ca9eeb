import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { CANARY, post, startGateway } from './gateway-under-test.ts'
import { openSocket } from './socket-client.ts'

/** Without the id of the request, which differs by nature. */
const withoutIds = (errors: readonly { extensions: Record<string, unknown> }[]) =>
  errors.map((error) => ({ ...error, extensions: { ...error.extensions, requestId: 'any', retryAt: 'any' } }))

const OPERATIONS: Readonly<Record<string, { query: string; variables?: unknown; code: string }>> = {
  'a gateway error': { query: '{ fails(with: GATEWAY) }', code: 'PROVIDER_TIMEOUT' },
  'a rate limit': { query: '{ fails(with: RATE) }', code: 'RATE_LIMITED' },
  'a bug': { query: '{ fails(with: BUG) }', code: 'INTERNAL' },
  'a bug that takes all data': { query: '{ hello needsAll(with: BUG) }', code: 'INTERNAL' },
  'a store that is down': { query: '{ needsAll(with: STORE) }', code: 'STORE_UNAVAILABLE' },
  'a syntax error': { query: '{ hello', code: 'GRAPHQL_PARSE_FAILED' },
  'an unknown field': { query: '{ helo }', code: 'GRAPHQL_VALIDATION_FAILED' },
  'a wrong variable': {
    query: 'query ($first: Int!) { things(first: $first) { nodes { id } } }',
    variables: { first: 'x' },
    code: 'BAD_USER_INPUT',
  },
  'two keys where one is meant': {
    query: 'query ($by: By!) { pick(by: $by) }',
    variables: { by: { id: '1', name: 'a' } },
    code: 'BAD_USER_INPUT',
  },
}

describe('errors', () => {
  it.each(Object.entries(OPERATIONS))('%s looks the same over HTTP and over WebSocket', async (_name, given) => {
    await using gateway = await startGateway()
    const { query, variables, code } = given
    const { body } = await post(gateway, { query, variables })
    await using client = await openSocket(gateway)
    await client.init()
    const [message] = await client.run(query, variables)
    const overSocket = message?.type === 'error' ? message.payload : message?.payload.errors

    expect(body.errors?.[0]?.extensions['code']).toBe(code)
    expect(body.errors?.[0]?.extensions['requestId']).toMatch(/^req_/)
    expect(overSocket[0].extensions.requestId).toMatch(/^req_/)
    expect(withoutIds(overSocket)).toEqual(withoutIds(body.errors ?? []))
    expect(JSON.stringify([body, message])).not.toContain(CANARY)
    expect(JSON.stringify([body, message])).not.toContain('stack')
  })

  it('keeps what is private for the log, with the id that the caller was told', async () => {
    await using gateway = await startGateway()
    const { body } = await post(gateway, { query: '{ fails(with: BUG) }' })
    expect(gateway.faults).toHaveLength(1)
    expect(gateway.faults[0]).toMatchObject({ code: 'INTERNAL', requestId: body.errors?.[0]?.extensions['requestId'] })
    expect(String(gateway.faults[0]?.error)).toContain(CANARY)
  })

  it('says what a gateway error says', async () => {
    await using gateway = await startGateway()
    const { body, status } = await post(gateway, { query: '{ hello fails(with: GATEWAY) }' })
    expect(status).toBe(200)
    expect(body.data).toEqual({ hello: 'hello world', fails: null })
    expect(body.errors?.[0]).toEqual({
      message: 'The provider did not answer in time.',
      locations: [{ line: 1, column: 9 }],
      path: ['fails'],
      extensions: {
        code: 'PROVIDER_TIMEOUT',
        requestId: expect.stringMatching(/^req_/),
        retryable: true,
        path: ['input', 'x'],
        providerCode: 'P-1',
      },
    })
  })

  it.each([
    ['Bearer wrong', 401, 'UNAUTHENTICATED'],
    ['Bearer rate', 429, 'RATE_LIMITED'],
    ['Bearer store', 503, 'STORE_UNAVAILABLE'],
    ['Bearer bug', 500, 'INTERNAL'],
  ])('answers %s with %i %s when no context can be made', async (authorization, status, code) => {
    await using gateway = await startGateway()
    const answer = await post(gateway, { query: '{ hello }' }, { authorization })
    expect(answer.status).toBe(status)
    expect(answer.body.errors?.[0]?.extensions['code']).toBe(code)
    expect(answer.body.errors?.[0]?.extensions).not.toHaveProperty('http')
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null)
    expect(Number(answer.headers.get('retry-after') ?? 0) > 0).toBe(status === 429)
    expect(JSON.stringify(answer.body)).not.toContain(CANARY)
  })

  it('answers 401 when that is all that a response says, 200 when there is data', async () => {
    await using gateway = await startGateway()
    const all = await post(gateway, { query: '{ needsAll(with: UNAUTHENTICATED) }' })
    expect(all).toMatchObject({ status: 401, body: { data: null } })
    const part = await post(gateway, { query: '{ hello fails(with: UNAUTHENTICATED) }' })
    expect(part.status).toBe(200)
  })

  it('hides the words of the schema outside development', async () => {
    await using gateway = await startGateway({ pipeline: { development: false } })
    await using client = await openSocket(gateway)
    await client.init()
    const { body } = await post(gateway, { query: '{ helo }' })
    expect(body.errors?.[0]?.message).toBe('Cannot query field "helo" on type "Query".')
    expect((await client.run('{ helo }'))[0]?.payload[0].message).toBe(body.errors?.[0]?.message)
    const introspection = '{ __schema { types { name } } }'
    expect((await post(gateway, { query: introspection })).status).toBe(400)
    expect((await client.run(introspection))[0]?.type).toBe('error')
  })

  it('masks what a subscription throws, at its start, in an event and in its source', async () => {
    await using gateway = await startGateway()
    await using client = await openSocket(gateway)
    await client.init()
    const [refused] = await client.run('subscription { refused { at } }')
    expect(refused?.payload.errors[0].extensions.code).toBe('INTERNAL')

    client.send({ type: 'subscribe', id: 'a', payload: { query: 'subscription { ticks { at fails(with: BUG) } }' } })
    await once(gateway.events, 'subscribed')
    gateway.tick(1)
    const event = await client.next()
    expect(event.payload.data).toEqual({ ticks: { at: 1, fails: null } })
    expect(event.payload.errors[0]).toMatchObject({ path: ['ticks', 'fails'], extensions: { code: 'INTERNAL' } })

    client.send({ type: 'subscribe', id: 'b', payload: { query: 'subscription { ticks(fail: STORE) { at } }' } })
    await once(gateway.events, 'subscribed')
    gateway.tick(2)
    const [first, second] = [await client.next(), await client.next()]
    const error = [first, second].find((message) => message.type === 'error')
    expect(error).toMatchObject({ id: 'b', payload: [{ extensions: { code: 'STORE_UNAVAILABLE' } }] })
    expect(JSON.stringify([refused, event, error])).not.toContain(CANARY)
  })
})

import { getIntrospectionQuery } from 'graphql'
import { describe, expect, it } from 'vitest'
import { post, startGateway } from './gateway-under-test.ts'
import { openSocket } from './socket-client.ts'

const nest = (depth: number): string => (depth === 0 ? 'id' : `parent { ${nest(depth - 1)} }`)
const repeat = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ')

const BOMB = `query { ...f0 } ${repeat(60, (i) => `fragment f${i} on Query { ...f${i + 1} x${i}: things { nodes { id } } ...f${i + 1} }`)} fragment f60 on Query { hello }`

const REFUSED: Readonly<Record<string, { query: string; variables?: unknown; code: string }>> = {
  tokens: { query: `{ ${repeat(2100, () => 'hello')} }`, code: 'OPERATION_TOO_LARGE' },
  depth: { query: `{ things { nodes { ${nest(20)} } } }`, code: 'OPERATION_TOO_DEEP' },
  aliases: { query: `{ things { nodes { ${repeat(40, (i) => `a${i}: id`)} } } }`, code: 'OPERATION_TOO_WIDE' },
  'a long alias': { query: `{ ${'a'.repeat(101)}: hello }`, code: 'OPERATION_TOO_LARGE' },
  'fields of one selection': {
    query: `{ things { nodes { ${repeat(101, () => 'id')} } } }`,
    code: 'OPERATION_TOO_WIDE',
  },
  directives: { query: `{ hello ${repeat(101, () => '@include(if: true)')} }`, code: 'OPERATION_TOO_WIDE' },
  'directives on fragments': {
    query: `{ ${repeat(101, () => '... @include(if: true) { hello }')} }`,
    code: 'OPERATION_TOO_WIDE',
  },
  'root fields': { query: `{ ${repeat(11, (i) => `h${i}: hello`)} }`, code: 'OPERATION_TOO_WIDE' },
  fields: { query: `{ things { nodes { ${repeat(600, () => 'id')} } } }`, code: 'OPERATION_TOO_WIDE' },
  'cost by literal pages': {
    query: '{ things(first: 100) { nodes { children(first: 100) { nodes { id parent { id } } } } } }',
    code: 'OPERATION_TOO_COSTLY',
  },
  'cost by pages in variables': {
    query: 'query ($n: Int) { things(first: $n) { nodes { children(first: $n) { nodes { id parent { id } } } } } }',
    variables: { n: 100 },
    code: 'OPERATION_TOO_COSTLY',
  },
  'cost by a long list of ids': {
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id tags { name } } }',
    variables: { ids: Array.from({ length: 900 }, String) },
    code: 'OPERATION_TOO_COSTLY',
  },
  'a list in a variable': {
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: { ids: Array.from({ length: 1001 }, String) },
    code: 'VARIABLES_TOO_LARGE',
  },
  'nesting in a variable': {
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: { ids: JSON.parse(`${'['.repeat(13)}${']'.repeat(13)}`) as unknown },
    code: 'VARIABLES_TOO_LARGE',
  },
  'cost by lists in lists': {
    query: `{ things(first: 100) { nodes { children(first: 20) { nodes { tags { name ${repeat(3, (i) => `n${i}: name`)} } } } } } }`,
    code: 'OPERATION_TOO_COSTLY',
  },
  'fragments that double sixty times': { query: BOMB, code: 'OPERATION_TOO_WIDE' },
}

const ALLOWED: Readonly<Record<string, { query: string; variables?: unknown }>> = {
  'small pages in variables': {
    query: 'query ($n: Int) { things(first: $n) { nodes { children(first: $n) { nodes { id parent { id } } } } } }',
    variables: { n: 10 },
  },
  'a default page': {
    query: 'query ($n: Int = 5) { things(first: $n) { nodes { children(first: $n) { nodes { id } } } } }',
  },
  'the introspection of GraphiQL': {
    query: getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true }),
  },
}

describe('limits', () => {
  it.each(Object.entries(REFUSED))('refuses %s, over HTTP, WebSocket and event stream alike', async (_name, given) => {
    await using gateway = await startGateway()
    const { query, variables, code } = given
    const { status, body } = await post(gateway, { query, variables })
    const codes = body.errors?.map((error) => error.extensions['code'])
    expect(status).toBe(400)
    expect(codes).toContain(code)
    expect(body.data).toBeUndefined()

    await using client = await openSocket(gateway)
    await client.init()
    const [message] = await client.run(query, variables)
    const errors = message?.type === 'error' ? message.payload : message?.payload.errors
    expect(errors.map((error: { extensions: { code: string } }) => error.extensions.code)).toEqual(codes)

    const streamed = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query, variables }),
    })
    expect(await streamed.text()).toContain(`"code":"${code}"`)
    expect(gateway.faults).toEqual([])
  })

  it.each(Object.entries(ALLOWED))('allows %s', async (_name, { query, variables }) => {
    await using gateway = await startGateway()
    const { status, body } = await post(gateway, { query, variables })
    expect(body.errors).toBeUndefined()
    expect(status).toBe(200)
  })

  it('answers variables and extensions that are nested as deep as a body holds', async () => {
    await using gateway = await startGateway()
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    const inVariables = await post(gateway, `{"query":"${query}","variables":{"ids":${deep}}}`)
    expect([inVariables.status, inVariables.body.errors?.[0]?.extensions['code']]).toEqual([400, 'VARIABLES_TOO_LARGE'])
    expect((await post(gateway, `{"query":"{ hello }","variables":{"more":${deep}}}`)).status).toBe(200)
    expect((await post(gateway, `{"query":"{ hello }","extensions":{"more":${deep}}}`)).status).toBe(200)
    expect((await post(gateway, deep)).status).toBe(400)
    expect(gateway.faults).toEqual([])
  })

  it('shows what an operation costs to who asks, by a header or in the request', async () => {
    await using gateway = await startGateway()
    const query = 'query ($n: Int) { a: things(first: $n) { nodes { id } } }'
    const variables = { n: 10 }
    const cost = { requested: 21, limit: 5000, depth: 3, fields: 3, aliases: 1 }
    // The first time through Apollo's pipeline, and then beside it.
    for (let times = 0; times < 2; times += 1) {
      const asked = await post(gateway, { query, variables }, { 'x-consentgraph-cost': '1' })
      expect(asked.body).toMatchObject({ data: {}, extensions: { cost } })
      expect((await post(gateway, { query, variables })).body).not.toHaveProperty('extensions')
    }
    await using client = await openSocket(gateway)
    await client.init()
    client.send({ type: 'subscribe', id: 'a', payload: { query, variables, extensions: { cost: true } } })
    expect((await client.next()).payload).toMatchObject({ data: {}, extensions: { cost } })
  })

  it('refuses a costly subscription', async () => {
    await using gateway = await startGateway({ pipeline: { limits: { maxCost: 2 } } })
    await using client = await openSocket(gateway)
    await client.init()
    const [message] = await client.run('subscription { ticks { at executions } }')
    expect(message).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'OPERATION_TOO_COSTLY' } }] })
  })

  it('answers a batch and a subscription over HTTP with 400', async () => {
    await using gateway = await startGateway()
    expect((await post(gateway, [{ query: '{ hello }' }])).status).toBe(400)
    const { status, body } = await post(gateway, { query: 'subscription { ticks { at } }' })
    expect(status).toBe(400)
    expect(body.errors?.[0]?.extensions['code']).toBe('SUBSCRIPTION_NEEDS_WEBSOCKET')
  })

  it('answers an operation that never ends with DEADLINE_EXCEEDED', async () => {
    await using gateway = await startGateway({ pipeline: { operationTimeoutMs: 100 } })
    const { status, body } = await post(gateway, { query: '{ hello stuck }' })
    expect(status).toBe(504)
    expect(body.errors?.[0]?.extensions).toMatchObject({ code: 'DEADLINE_EXCEEDED', retryable: true })
    await using client = await openSocket(gateway)
    await client.init()
    const [message] = await client.run('{ stuck }')
    expect(message?.payload.errors[0].extensions.code).toBe('DEADLINE_EXCEEDED')
    expect(gateway.contexts.every(({ signal, deadline }) => signal.aborted || deadline !== null)).toBe(true)
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { bank, operationsOf } from './operations.ts'

const ENTITIES = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
  __typename
  ... on User { id externalId }
  ... on Consent { id status }
  ... on AuthSession { id sessionStatus }
  ... on Institution { id name }
} }`

let gateway: GatewayProcess

beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

describe('as a subgraph', () => {
  test('the schema is there for composition, without a credential', async () => {
    const { _service } = await gateway.graphql<{ _service: { sdl: string } }>('{ _service { sdl } }', {}, { as: null })
    expect(_service.sdl).toContain('@key(fields: "externalId")')
    expect(_service.sdl).toContain('federation/v2.9')
  })

  test('the schema is shown to who has a credential alone, where it is not public', async () => {
    await using closed = await startGateway({ env: { PUBLIC_SDL: 'false' } })
    const query = '{ _service { sdl } }'
    const refused = await closed.ask(query, {}, { as: null })
    expect([refused.status, refused.errors[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
    expect(await closed.graphql(query)).toMatchObject({ _service: { sdl: expect.stringContaining('federation/v2.9') } })
  })

  test('what other graphs refer to is resolved, each in its place', async () => {
    const client = operationsOf(gateway)
    const id = await client.createUser('known elsewhere')
    const { consent, session } = await client.authorize({ user: { id } })
    const representations = [
      { __typename: 'User', id },
      { __typename: 'User', externalId: 'known elsewhere' },
      { __typename: 'Consent', id: consent.id },
      { __typename: 'AuthSession', id: session.id },
      { __typename: 'Institution', id: bank('sandbox.otp') },
      { __typename: 'Consent', id: 'con_unknown' },
      { __typename: 'User', externalId: 'nobody' },
    ]
    expect(await gateway.graphql(ENTITIES, { representations })).toEqual({
      _entities: [
        { __typename: 'User', id, externalId: 'known elsewhere' },
        { __typename: 'User', id, externalId: 'known elsewhere' },
        { __typename: 'Consent', id: consent.id, status: 'AUTHORIZED' },
        { __typename: 'AuthSession', id: session.id, sessionStatus: 'COMPLETED' },
        { __typename: 'Institution', id: bank('sandbox.otp'), name: 'Sandbox Bank (OTP by SMS)' },
        null,
        null,
      ],
    })
  })

  test('entities need a credential', async () => {
    const answer = await gateway.ask(
      ENTITIES,
      { representations: [{ __typename: 'User', externalId: 'demo-user' }] },
      { as: null },
    )
    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  })

  const WRONG = [
    ['a type that is no entity', { __typename: 'PageInfo', id: 'x' }],
    ['a type that is not there', { __typename: 'Loan', id: 'x' }],
    ['no type', { id: 'x' }],
    ['no key', { __typename: 'Consent' }],
    ['a key of the wrong kind', { __typename: 'Consent', id: { $ne: null } }],
    ['one of two keys of the wrong kind', { __typename: 'User', id: 1, externalId: 'demo-user' }],
    ['no object', 'Consent'],
  ] as const

  test.each(WRONG)('%s is wrong in its own place, and takes no other with it', async (_, representation) => {
    const demo = { __typename: 'User', externalId: 'demo-user' }
    const { errors, data } = await gateway.ask(ENTITIES, { representations: [demo, representation, demo] })
    const known = expect.objectContaining({ externalId: 'demo-user' })
    expect(data).toEqual({ _entities: [known, null, known] })
    expect(errors).toEqual([
      expect.objectContaining({
        path: ['_entities', 1],
        extensions: expect.objectContaining({ code: 'INVALID_INPUT', path: ['representations', '1'] }),
      }),
    ])
  })

  test('nobody is found by a key that is null, and none of it is an error', async () => {
    const id = await operationsOf(gateway).createUser('by one of two')
    const representations = [
      { __typename: 'User', externalId: null },
      { __typename: 'User', id, externalId: null },
      { __typename: 'User', id: null, externalId: 'by one of two' },
      { __typename: 'Consent', id: null },
    ]
    const found = { __typename: 'User', id, externalId: 'by one of two' }
    expect(await gateway.graphql(ENTITIES, { representations })).toEqual({ _entities: [null, found, found, null] })
  })

  test('two keys of a person are to agree', async () => {
    const id = await operationsOf(gateway).createUser('by both')
    const representations = ['by both', 'demo-user'].map((externalId) => ({ __typename: 'User', id, externalId }))
    expect(await gateway.graphql(ENTITIES, { representations })).toEqual({
      _entities: [{ __typename: 'User', id, externalId: 'by both' }, null],
    })
  })
})

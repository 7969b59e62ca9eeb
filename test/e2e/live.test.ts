import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import type { LiveClient } from './live-client.ts'
import { type Operations, operationsOf } from './operations.ts'

interface Item {
  readonly __typename: string
  readonly id: string
  readonly cursor: string
  readonly to?: string
  readonly consentVersion: number
  readonly consent: { readonly id: string; readonly status: string }
  readonly consents: readonly { readonly id: string; readonly status: string }[]
  readonly truncated: boolean
}

const STATUS = `subscription ($filter: ConsentStreamFilter) {
  consentStatusChanged(filter: $filter) { id cursor from to reason consentVersion consent { id status } }
}`
const EVENTS = `subscription ($filter: ConsentStreamFilter, $after: String) {
  consentEvents(filter: $filter, after: $after) {
    __typename
    ... on ConsentSnapshot { cursor truncated consents { id status } }
    ... on ConsentEvent { id cursor consentVersion consent { id } }
    ... on ConsentStatusChanged { to }
    ... on StreamGap { gapReason resumeFrom }
  }
}`
const SESSION =
  'subscription ($id: ID!) { authSession(id: $id) { sessionStatus version isFinal nextStep { id } consent { status } } }'

let gateway: GatewayProcess
let client: Operations

beforeAll(async () => {
  gateway = await startGateway()
  client = operationsOf(gateway)
})
afterAll(() => gateway[Symbol.asyncDispose]())

const events = (live: LiveClient, filter: object | null = null, after: string | null = null) =>
  live.subscribe<{ consentEvents: Item }, 'consentEvents'>('consentEvents', EVENTS, { filter, after })

/**
 * Status changes begin with the subscription, which is not acknowledged. One that sends a snapshot, opened behind it on
 * the same socket, is served after it.
 */
const statusChanges = async (live: LiveClient, filter: object | null = null) => {
  const changes = live.subscribe<{ consentStatusChanged: Item }, 'consentStatusChanged'>(
    'consentStatusChanged',
    STATUS,
    { filter },
  )
  const behind = events(live)
  await behind.next()
  await behind.stop()
  return changes
}

const historyOf = async (id: string): Promise<readonly string[]> => {
  const { consent } = await gateway.graphql<{ consent: { history: { nodes: readonly { id: string }[] } } }>(
    'query ($id: ID!) { consent(id: $id, maxAgeSeconds: 1000) { history(first: 100) { nodes { id } } } }',
    { id },
  )
  return consent.history.nodes.map(({ id }) => id)
}

describe.each(['an API key', 'a user token'])('with %s', (credential) => {
  const open = (): LiveClient => gateway.live(credential === 'an API key' ? gateway.apiKey : gateway.userToken)

  test('status changes arrive as they happen', async () => {
    await using live = open()
    const changes = await statusChanges(live)
    const begun = await client.begin()
    const ofConsent = (to: string) => (item: Item) => item.consent.id === begun.consent.id && item.to === to
    expect(await changes.until(ofConsent('INITIATED'))).toMatchObject({ from: null })
    expect(await changes.next()).toMatchObject({ to: 'AWAITING_AUTHORIZATION' })
    await client.answer(begun, '999')
    expect(await changes.next()).toMatchObject({
      from: 'AWAITING_AUTHORIZATION',
      to: 'REJECTED',
      reason: 'OTP_REJECTED',
      consent: { id: begun.consent.id, status: 'REJECTED' },
    })
  })

  test('an authorization on a screen, from its step to its end', async () => {
    await using live = open()
    const begun = await client.begin()
    const screen = live.subscribe<{ authSession: { sessionStatus: string; version: number } }, 'authSession'>(
      'authSession',
      SESSION,
      { id: begun.session.id },
    )
    expect(await screen.next()).toMatchObject({ sessionStatus: 'AWAITING_USER', nextStep: { id: begun.step.id } })
    await client.answer(begun, '123')
    const rest = await screen.rest()
    expect(rest.at(-1)).toMatchObject({
      sessionStatus: 'COMPLETED',
      isFinal: true,
      nextStep: null,
      consent: { status: 'AUTHORIZED' },
    })
    const versions = rest.map(({ version }) => version)
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b))
  })

  test('a session that has ended is shown once, and the stream is over', async () => {
    const { session } = await client.authorize()
    await using live = open()
    const screen = live.subscribe<{ authSession: object }, 'authSession'>('authSession', SESSION, { id: session.id })
    expect(await screen.rest()).toMatchObject([{ sessionStatus: 'COMPLETED' }])
  })

  test('everything, from a snapshot on, and exactly once across lost connections', async () => {
    const begun = await client.begin()
    const filter = { consentId: begun.consent.id }
    const first = open()
    const before = events(first, filter)
    const snapshot = await before.next()
    expect(snapshot).toMatchObject({
      __typename: 'ConsentSnapshot',
      truncated: false,
      consents: [{ id: begun.consent.id, status: 'AWAITING_AUTHORIZATION' }],
    })
    const resent = await client.resend(begun)
    const seen = [await before.next()]
    first.cut()
    await first.closed

    // While nobody listens.
    await client.answer({ session: begun.session, step: resent.authSession!.nextStep! }, '123')
    await using second = open()
    const after = events(second, filter, seen.at(-1)!.cursor)
    seen.push(
      await after.until((item) => {
        seen.push(item)
        return item.to === 'AUTHORIZED'
      }),
    )
    seen.pop()
    await client.revoke(begun.consent.id)
    for (let item = await after.next(); ; item = await after.next()) {
      seen.push(item)
      if (item.__typename === 'ConsentRevocationProgressed' && (await historyOf(begun.consent.id)).at(-1) === item.id)
        break
    }
    const history = await historyOf(begun.consent.id)
    // What the snapshot already held: INITIATED, AWAITING_AUTHORIZATION and the step.
    expect(seen.map(({ id }) => id)).toEqual(history.slice(3))
  })

  test('a cursor of the snapshot resumes too', async () => {
    await using live = open()
    const stream = events(live)
    const { cursor } = await stream.next()
    await stream.stop()
    const begun = await client.begin()
    const resumed = events(live, null, cursor)
    expect(await resumed.next()).toMatchObject({ to: 'INITIATED', consent: { id: begun.consent.id } })
  })

  test.each([
    ['a consent', { consentId: 'con_0123456789abcdefghjkmnpqrstvwxyz' }],
    ['a user', { user: { id: 'usr_0123456789abcdefghjkmnpqrstvwxyz' } }],
  ])('%s that is not there is NOT_FOUND', async (_, filter) => {
    await using live = open()
    await expect(events(live, filter).next()).rejects.toThrow('"code":"NOT_FOUND"')
    await expect(
      live
        .subscribe<{ consentStatusChanged: Item }, 'consentStatusChanged'>('consentStatusChanged', STATUS, { filter })
        .next(),
    ).rejects.toThrow('"code":"NOT_FOUND"')
  })

  test('a session that is not there ends the stream with NOT_FOUND', async () => {
    await using live = open()
    const screen = live.subscribe<{ authSession: object }, 'authSession'>('authSession', SESSION, { id: 'aus_unknown' })
    await expect(screen.next()).rejects.toThrow('"code":"NOT_FOUND"')
  })

  test('a cursor of nobody is refused, and the socket lives on', async () => {
    await using live = open()
    await expect(events(live, null, 'nonsense').next()).rejects.toThrow('"code":"INVALID_INPUT"')
    expect(await events(live).next()).toMatchObject({ __typename: 'ConsentSnapshot' })
  })
})

test('an API key is told of all its users, without listing them', async () => {
  await using live = gateway.live()
  const stream = events(live)
  expect(await stream.next()).toMatchObject({ consents: [], truncated: true })
  await client.createUser('another')
  const begun = await client.begin({ user: { externalId: 'another' } })
  expect((await stream.next()).consent.id).toBe(begun.consent.id)
})

test('a filter by user or by consent lets nothing else through', async () => {
  await client.createUser('filtered')
  const user = { externalId: 'filtered' }
  const begun = await client.begin({ user })
  await using live = gateway.live()
  const ofUser = events(live, { user })
  const ofConsent = events(live, { consentId: begun.consent.id })
  const nothing = events(live, { provider: ['FISKIL'] })
  expect(await ofUser.next()).toMatchObject({ truncated: false, consents: [{ id: begun.consent.id }] })
  await ofConsent.next()
  await nothing.next()
  await client.begin()
  const second = await client.begin({ user })
  await client.cancel(begun.session.id)
  expect((await ofUser.next()).consent.id).toBe(second.consent.id)
  expect((await ofConsent.next()).consent.id).toBe(begun.consent.id)
  await nothing.stop()
})

test('a stream that is opened in the middle of a storm has each event once, in the order of the log', async () => {
  const { consentEvents } = await gateway.graphql<{ consentEvents: { edges: readonly { cursor: string }[] } }>(
    '{ consentEvents(first: 1) { edges { cursor } } }',
  )
  const after = consentEvents.edges[0]!.cursor
  const users = ['storm-1', 'storm-2', 'storm-3', 'storm-4']
  for (const externalId of users) await client.createUser(externalId)
  const storm = Promise.all(
    users.map(async (externalId) => {
      for (let round = 0; round < 8; round += 1) {
        const { consent } = await client.authorize({ user: { externalId } })
        await client.revoke(consent.id)
      }
    }),
  )
  await using live = gateway.live()
  const streams = []
  for (let opened = 0; opened < 12; opened += 1) {
    streams.push(events(live, null, after))
    // A request in between, so that they open at different moments of the storm.
    await client.createUser('bystander')
  }
  await storm
  const log: string[] = []
  for (let cursor: string | null = after, more = true; more;) {
    const page: { consentEvents: { pageInfo: { endCursor: string; hasNextPage: boolean }; nodes: { id: string }[] } } =
      await gateway.graphql(
        'query ($after: String) { consentEvents(first: 100, after: $after) { pageInfo { endCursor hasNextPage } nodes { id } } }',
        { after: cursor },
      )
    log.push(...page.consentEvents.nodes.map(({ id }) => id))
    more = page.consentEvents.pageInfo.hasNextPage
    cursor = page.consentEvents.pageInfo.endCursor
  }
  for (const stream of streams) {
    const seen: string[] = []
    while (seen.length < log.length) seen.push((await stream.next()).id)
    expect(seen).toEqual(log)
    await stream.stop()
  }
})

test('queries and mutations run over the socket as over HTTP', async () => {
  await using live = gateway.live()
  const answer = live.subscribe<{ createUser: object }, 'createUser'>(
    'createUser',
    'mutation { createUser(input: { externalId: "by-socket" }) { user { externalId } userErrors { __typename } } }',
  )
  expect(await answer.rest()).toEqual([{ user: { externalId: 'by-socket' }, userErrors: [] }])
})

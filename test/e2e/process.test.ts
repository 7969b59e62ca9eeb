import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../store/directory.ts'
import { spawnGateway, startGateway } from './gateway-process.ts'
import { operationsOf } from './operations.ts'
import { ANSWER } from './sandbox-control.ts'

/** Runs a start that must fail: its code, and what it said. */
const failedStart = async (dataDir: string, env: Readonly<Record<string, string>> = {}) => {
  const child = spawnGateway(dataDir, env)
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said }
}

describe('a second start', () => {
  test('finds what the first one stored: people, consents, events, keys and open authorizations', async () => {
    await using first = await startGateway()
    const before = operationsOf(first)
    const live = await before.authorize()
    const waiting = await before.begin({ idempotencyKey: 'before-the-restart' })
    const query =
      '{ consentEvents(first: 100) { pageInfo { endCursor } nodes { id consentVersion } } users { nodes { id externalId } } }'
    const seen = await first.graphql<{ consentEvents: { pageInfo: { endCursor: string } } }>(query)
    const stale = { psu: { phone: waiting.phone }, idempotencyKey: 'before-the-restart' }

    await using second = await first.restart('SIGTERM')
    const after = operationsOf(second)
    expect(second.apiKey).toBe(first.apiKey)
    expect(await second.graphql(query)).toEqual(seen)
    expect(await second.graphql('{ me { externalId } }', {}, { as: first.userToken })).toEqual({
      me: { externalId: 'demo-user' },
    })
    expect(await after.consent(live.consent.id)).toEqual(live.consent)
    expect((await after.start(stale)).authSession).toEqual(waiting.session)

    await using socket = second.live()
    const events = socket.subscribe<{ consentEvents: { consent: { id: string }; to: string } }, 'consentEvents'>(
      'consentEvents',
      'subscription ($after: String) { consentEvents(after: $after) { ... on ConsentStatusChanged { to consent { id } } } }',
      { after: seen.consentEvents.pageInfo.endCursor },
    )
    expect(await after.answer(waiting, '123')).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
    expect(await events.next()).toEqual({ to: 'AUTHORIZED', consent: { id: waiting.consent.id } })
    expect(await after.revoke(live.consent.id)).toMatchObject({ consent: { revocation: { state: 'CONFIRMED' } } })
  })

  test('survives a kill just so', async () => {
    await using first = await startGateway()
    const { consent } = await operationsOf(first).authorize()
    await using second = await first.restart('SIGKILL')
    expect(await operationsOf(second).consent(consent.id)).toEqual(consent)
  })

  test('in the same directory fails with 1, and says whose it is', { timeout: 30_000 }, async () => {
    await using running = await startGateway()
    const { code, said } = await failedStart(running.dataDir)
    expect(code).toBe(1)
    expect(said).toContain(`Another process is using ${running.dataDir}`)
    expect(said.trim().split('\n')).toHaveLength(1)
    expect(await running.graphql('{ me { id } }')).toEqual({ me: null })
  })
})

describe('a signal', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends it with 0: what is in flight is answered, sockets are closed with a code',
    async (signal) => {
      await using gateway = await startGateway()
      const sandbox = await gateway.sandbox()
      const client = operationsOf(gateway)
      const begun = await client.begin()
      await using socket = gateway.live()
      const stream = socket.subscribe<{ consentEvents: object }, 'consentEvents'>(
        'consentEvents',
        'subscription { consentEvents { __typename } }',
      )
      await stream.next()
      await sandbox.fault({ kind: 'delay', delayMs: 1000, match: ANSWER })
      const answering = client.answer(begun, '123')
      await expect.poll(() => sandbox.ledger('challenge.answered', begun.consent.providerConsentId)).toHaveLength(1)

      const exit = gateway.stop(signal)
      expect(await socket.closed).toMatchObject({ code: 1001 })
      expect(await answering).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
      expect(await exit).toEqual({ code: 0, signal: null })
      await using next = await gateway.restart(signal)
      expect(await operationsOf(next).consent(begun.consent.id)).toMatchObject({ status: 'AUTHORIZED' })
    },
  )

  test('takes no new request while it drains, and is not ready', async () => {
    await using gateway = await startGateway()
    const sandbox = await gateway.sandbox()
    const client = operationsOf(gateway)
    const begun = await client.begin()
    await sandbox.fault({ kind: 'delay', delayMs: 1000, match: ANSWER })
    const answering = client.answer(begun, '123')
    await expect.poll(() => sandbox.ledger('challenge.answered', begun.consent.providerConsentId)).toHaveLength(1)
    const exit = gateway.stop('SIGTERM')
    await expect
      .poll(() =>
        fetch(`${gateway.url}/health/live`).then(
          ({ ok }) => ok,
          () => false,
        ),
      )
      .toBe(false)
    await answering
    expect(await exit).toEqual({ code: 0, signal: null })
  })

  test('that comes twice ends it at once', async () => {
    await using gateway = await startGateway()
    const sandbox = await gateway.sandbox()
    const client = operationsOf(gateway)
    const begun = await client.begin()
    await sandbox.fault({ kind: 'delay', delayMs: 8000, match: ANSWER })
    const answering = client.answer(begun, '123').catch((error: unknown) => error)
    await expect.poll(() => sandbox.ledger('challenge.answered', begun.consent.providerConsentId)).toHaveLength(1)
    const exit = gateway.stop('SIGINT')
    // Within a second it is the same Ctrl-C, passed on by npm.
    const impatient = setInterval(() => void gateway.stop('SIGINT'), 250)
    expect(await exit.finally(() => clearInterval(impatient))).toEqual({ code: 130, signal: null })
    expect(await answering).toBeInstanceOf(Error)
  })
})

describe('from outside', () => {
  test('it is alive, and ready', async () => {
    await using gateway = await startGateway()
    for (const check of ['live', 'ready']) {
      const response = await fetch(`${gateway.url}/health/${check}`)
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        expect.stringContaining('application/json'),
      ])
    }
    expect((await fetch(`${gateway.url}/nothing`)).status).toBe(404)
  })

  test('the API key is the one that was set, and is not the one made before', async () => {
    await using made = await startGateway()
    await using given = await made.restart('SIGTERM', { CONSENTGRAPH_API_KEY: 'a-key-of-my-own' })
    expect(given.apiKey).toBe('a-key-of-my-own')
    expect(await given.graphql('{ viewer { client { id } } }')).toEqual({
      viewer: { client: { id: 'cli_development' } },
    })
    expect(await given.ask('{ viewer { scopes } }', {}, { as: made.apiKey })).toMatchObject({ status: 401 })
  })
})

describe('a configuration that cannot be used', () => {
  test.each<[string, Record<string, string>, readonly string[]]>([
    [
      'names every fault at once',
      { PORT: 'http', LOG_LEVEL: 'loud', OBP_BASE_URL: 'ftp://x' },
      ['PORT', 'LOG_LEVEL', 'OBP_BASE_URL'],
    ],
    ['lacks a part', { OBP_USERNAME: 'me' }, ['OBP_BASE_URL', 'OBP_PASSWORD', 'OBP_CONSUMER_KEY']],
    [
      'is unsafe in production',
      { NODE_ENV: 'production', CONSENTGRAPH_API_KEY: 'secret-key' },
      ['PUBLIC_URL', 'CONSENTGRAPH_ENCRYPTION_KEYS', 'CONSENTGRAPH_API_KEY'],
    ],
  ])('%s', async (_, env, names) => {
    await using directory = await temporaryDirectory()
    const { code, said } = await failedStart(directory.path, env)
    expect(code).toBe(1)
    for (const name of names) expect(said).toContain(`  ${name} `)
    expect(said).not.toContain('secret-key')
    expect(said).not.toContain('    at ')
  })
})

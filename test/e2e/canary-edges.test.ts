import { createHmac, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { runCli } from '../cli/cli-process.ts'
import { startListening } from '../cli/listening.ts'
import { startIssuer } from '../identity/issuer.ts'
import { newKeyPair, signToken, toJwk } from '../identity/signing.ts'
import { openStream } from '../server/stream-client.ts'
import { fourWays, openScene, type Scene } from './four-ways.ts'
import { findSecrets, tokensOfProviders } from './leak-search.ts'
import { operationsOf } from './operations.ts'
import { webhookOperationsOf } from './webhook-operations.ts'
import { startReceiver } from './webhook-receiver.ts'

/** Each is seen nowhere else, so that a find is a leak. */
const PERSONAL = {
  phone: '+15552718281',
  email: 'edge.person@mail.example',
  personalNumber: '196606061234',
  ipAddress: '203.0.113.66',
  userAgent: 'EdgeBrowser/6.6',
  /** Short enough for a JSON parser to quote it whole. */
  said: 'edge-said-7f3a',
} as const
const API_KEY = 'cg_dev_edge_key_0123456789abcdef'
const KEY = randomBytes(32).toString('base64')
const JWT = /eyJ[\w-]{8,}\.eyJ[\w-]{8,}/

const learned = new Set<string>([API_KEY, KEY])
const printed: { readonly name: string; readonly text: string }[] = []
const answers: string[] = []
let scene: Scene
let stack: AsyncDisposableStack

const { said: SAID, ...PSU } = PERSONAL

/** Whatever a provider, an issuer, a receiver or a caller says goes wrong here, with a marked text in it. */
beforeAll(async () => {
  stack = new AsyncDisposableStack()
  const { publicKey, privateKey } = newKeyPair('ES256')
  const issuer = stack.use(await startIssuer([toJwk(publicKey, { kid: 'es' })]))
  const receiver = stack.use(await startReceiver())
  const env = {
    LOG_LEVEL: 'trace',
    CONSENTGRAPH_API_KEY: API_KEY,
    CONSENTGRAPH_ENCRYPTION_KEYS: `edge:${KEY}`,
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: 'edge',
    OIDC_API_CLIENT: 'cli_development',
    RATE_LIMIT_USER_STARTS: '8',
    RATE_LIMIT_FAILED_CREDENTIALS: '20',
  }
  scene = stack.use(await openScene({ env }))
  const { gateway } = scene
  const keep = async (answer: Promise<{ text: string }>): Promise<void> => void answers.push((await answer).text)
  await scene.createUser('edge')
  const erasedId = await scene.createUser('edge-erased')

  // Webhooks out, to those who take them, refuse them with a text, and never answer as HTTP does.
  const webhooks = webhookOperationsOf(gateway)
  receiver.behave('/refused', (response) => response.writeHead(500, SAID, { 'x-said': SAID }).end(SAID))
  receiver.behave('/broken', (response) => response.socket?.end(`${SAID}\r\n\r\n`))
  for (const path of ['/taken', '/refused', '/broken']) {
    const { endpoint, secret } = await webhooks.run('createWebhookEndpoint', { endpointUrl: receiver.url(path) })
    const rotated = await webhooks.run('rotateWebhookSecret', { id: endpoint!.id })
    for (const form of [secret!, rotated.secret!]) learned.add(form).add(form.replace('whsec_', ''))
  }

  // Tokens of both issuers, good and bad, over HTTP, WebSocket and event streams.
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: issuer.url, aud: 'edge', sub: 'edge', exp: now + 600, email: PERSONAL.email, note: SAID }
  const foreign = signToken({ alg: 'ES256', kid: 'es' }, claims, privateKey)
  const unknownKey = signToken({ alg: 'ES256', kid: `other ${SAID}` }, claims, privateKey)
  const own = await operationsOf(gateway).token('edge')
  const bad = [`${foreign}x`, unknownKey, `${own}x`, `${API_KEY}x`, SAID]
  for (const token of [foreign, own, ...bad]) learned.add(token)
  issuer.answerWith((response) => response.end(SAID))
  for (const as of [foreign, own, ...bad]) await keep(gateway.ask('{ me { externalId } }', {}, { as }))
  issuer.answerWith(null)
  const EVENTS = 'subscription { consentEvents { __typename } }'
  for (const as of bad) {
    await using socket = gateway.live(as)
    await socket.closed
    await using stream = await openStream(gateway, {
      body: { query: EVENTS },
      headers: { authorization: `Bearer ${as}` },
    })
    answers.push(JSON.stringify(await stream.rest()))
  }
  for (let tries = 0; tries < 25; tries += 1) await keep(gateway.ask('{ me { id } }', {}, { as: `${SAID}${tries}` }))
  await keep(gateway.ask(`{ me(secret: "${SAID}") { id } }`))
  await keep(
    gateway.ask('{ user(ref: { externalId: "edge" }) { id } }', {}, { headers: { 'x-request-id': `"${SAID}` } }),
  )

  // All four flows of two people, and starts beyond what one may.
  const listener = stack.use(
    startListening(['--json', '--forward-to', receiver.url('/refused')], {
      CONSENTGRAPH_URL: gateway.url,
      CONSENTGRAPH_API_KEY: API_KEY,
    }),
  )
  await listener.until(() => listener.notes.length > 0)
  for (const name of ['edge', 'edge-erased']) {
    for (const way of fourWays().map((one) => ({ ...one, psu: PSU }))) await scene.connect(name, way)
  }
  for (const { institutionId } of [...fourWays(), ...fourWays()]) {
    const input = { user: { externalId: 'edge' }, target: { institutionId }, psu: { ...PSU, phone: `${PSU.phone}x` } }
    await keep(
      gateway.ask(
        'mutation ($input: StartAuthorizationInput!) { startAuthorization(input: $input) { userErrors { ... on UserError { code message } } } }',
        { input },
      ),
    )
  }

  // Webhooks in: not signed, badly signed, and too old.
  const body = JSON.stringify({ message_id: SAID, publish_time: '2001-01-01T00:00:00Z', data: { event: SAID, ...PSU } })
  for (const provider of ['fiskil', 'insurely', 'enableBanking']) {
    for (const signature of [
      '',
      SAID,
      createHmac('sha256', Buffer.from('c2FuZGJveC1vbmx5', 'base64')).update(body).digest('base64'),
    ]) {
      const headers = { 'x-fiskil-signature': signature, authorization: SAID, 'x-insurely-signature': signature }
      const answer = await fetch(`${gateway.url}/webhooks/${provider}`, { method: 'POST', body, headers })
      answers.push(await answer.text())
    }
  }

  // An erasure, the audit trail, and what the command line prints of all this.
  const { text: deletion } = await gateway.ask(
    'mutation ($input: DeleteUserInput!) { deleteUser(input: $input) { userErrors { __typename } } }',
    {
      input: { user: { externalId: 'edge-erased' } },
    },
  )
  answers.push(deletion)
  await receiver.until('/taken', 8)
  await receiver.until('/refused', 8)
  await receiver.until('/broken', 4)
  await listener.until(() => listener.outcomes.length > 3)
  await listener.stop()
  const secret = listener.notes.join('\n').match(/whsec_\S+/)?.[0]
  printed.push({ name: 'listen', text: [...listener.lines, ...listener.notes].join('\n').replaceAll(secret ?? '', '') })
  await vi.waitFor(
    async () => {
      const { text } = await gateway.ask('query ($id: ID!) { user(ref: { id: $id }) { erasure { erasureState } } }', {
        id: erasedId,
      })
      if (!text.includes('COMPLETED')) throw new Error(text)
    },
    { timeout: 60_000, interval: 250 },
  )
  for (const token of await tokensOfProviders(gateway.dataDir)) learned.add(token)
  await gateway.stop('SIGTERM')
  for (const command of [['doctor'], ['keys', 'status'], ['audit', 'export'], ['client', 'list', '--json']]) {
    const { code, out, error } = await runCli(command, { ...env, CONSENTGRAPH_DATA_DIR: gateway.dataDir })
    expect([command, code]).toEqual([command, 0])
    printed.push({ name: command.join(' '), text: out + error })
  }
}, 180_000)
afterAll(() => stack[Symbol.asyncDispose]())

const findsIn = (text: string): readonly string[] => [
  ...findSecrets(text, { guessable: Object.values(PERSONAL), random: learned }),
  ...(JWT.test(text) ? ['a JSON Web Token'] : []),
]

describe('nothing secret, personal or said by others is', () => {
  test('in the log, at its finest', () => {
    const { log } = scene.gateway.printed
    for (const line of log.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ event: expect.any(String) })
    for (const event of ['oidc.keys.failed', 'gateway.stopping']) expect(log).toContain(`"${event}"`)
    expect(findsIn(log)).toEqual([])
  })

  test('in an answer that refuses', () => {
    const all = answers.join('\n')
    for (const code of ['UNAUTHENTICATED', 'RATE_LIMITED', 'ISSUER_UNAVAILABLE', 'INVALID_INPUT'])
      expect(all).toContain(code)
    expect(findsIn(all)).toEqual([])
  })

  test('in what the command line prints', () => {
    const all = printed.map(({ text }) => text).join('\n')
    expect(printed).toHaveLength(5)
    // The trail is for the operator and has the caller's own address, which is not the person's.
    expect(all).toContain('startAuthorization')
    for (const { name, text } of printed) expect([name, findsIn(text)]).toEqual([name, []])
  })
})

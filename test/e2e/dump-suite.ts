import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { startIssuer } from '../identity/issuer.ts'
import { newKeyPair, signToken, toJwk } from '../identity/signing.ts'
import type { AnyStep } from './flow.ts'
import { fourWays, openScene, type Scene } from './four-ways.ts'
import { findSecrets, tokensOfProviders } from './leak-search.ts'
import { operationsOf } from './operations.ts'
import { SESSION_MS } from './redirect-scene.ts'
import { webhookOperationsOf } from './webhook-operations.ts'
import { startReceiver } from './webhook-receiver.ts'

/** Each is seen nowhere else, so that a find is a leak. */
const PERSONAL = {
  otp: '60718293',
  personalNumber: '198804041234',
  phone: '+15553141592',
  email: 'dump.person@mail.example',
  ipAddress: '203.0.113.143',
  userAgent: 'DumpBrowser/3.1',
} as const
const API_KEY = 'cg_dev_dump_key_0123456789abcdef'
const ERASED = 'dump-name-of-the-erased'
const KEY = randomBytes(32)
const JWT = /eyJ[\w-]{8,}\.eyJ[\w-]{8,}/

const DELETE = 'mutation ($input: DeleteUserInput!) { deleteUser(input: $input) { userErrors { __typename } } }'
const ERASURE = 'query ($id: ID!) { user(ref: { id: $id }) { externalId erasure { erasureState } } }'
const RECEIPTS = '{ user(ref: { externalId: "dump" }) { consents(maxAgeSeconds: 86400) { nodes { receipt } } } }'

/** Everything that secrets pass through has happened, and the gateway has stopped. */
export interface Dumped {
  readonly scene: Scene
  /** A word that must be found, so that what is not found is not there. */
  readonly consentId: string
  readonly erasedName: string
  /** What of the secrets is in there. */
  find(bytes: Buffer): readonly string[]
}

const secretsOf = ({ kind, url, frame, autoStartToken, launch }: AnyStep): readonly string[] =>
  [
    kind === 'REDIRECT' ? url : undefined,
    frame?.data,
    frame?.data.split('.')[1],
    autoStartToken,
    launch?.autoStartToken,
  ].filter((secret) => typeof secret === 'string' && secret !== '') as string[]

/** All four flows, webhooks to a client, tokens of both issuers, receipts, a revocation and an erasure. */
export const liveAndStop = async (
  stack: AsyncDisposableStack,
  env: Readonly<Record<string, string>>,
): Promise<Dumped> => {
  const { publicKey, privateKey } = newKeyPair('ES256')
  const issuer = stack.use(await startIssuer([toJwk(publicKey, { kid: 'es' })]))
  const receiver = stack.use(await startReceiver())
  const scene = stack.use(
    await openScene({
      env: {
        ...env,
        CONSENTGRAPH_API_KEY: API_KEY,
        CONSENTGRAPH_ENCRYPTION_KEYS: `dump:${KEY.toString('base64')}`,
        OIDC_ISSUER: issuer.url,
        OIDC_AUDIENCE: 'dump',
        OIDC_API_CLIENT: 'cli_development',
      },
    }),
  )
  const { gateway } = scene
  const client = operationsOf(gateway)
  const learned = new Set<string>([API_KEY, gateway.userToken, KEY.toString('base64')])
  const psu = { ...PERSONAL, otp: undefined }

  const webhooks = webhookOperationsOf(gateway)
  const made = await webhooks.run('createWebhookEndpoint', { endpointUrl: receiver.url('/dump') })
  const rotated = await webhooks.run('rotateWebhookSecret', { id: made.endpoint!.id })
  for (const { secret } of [made, rotated]) {
    expect(secret).toMatch(/^whsec_/)
    for (const form of [secret!, secret!.replace('whsec_', '')]) learned.add(form)
  }

  await scene.createUser('dump')
  const erasedId = await scene.createUser(ERASED)
  let consentId = ''
  for (const name of ['dump', ERASED]) {
    for (const way of fourWays().map((one) => ({ ...one, psu }))) {
      const waiting = await scene.begin(name, way)
      for (const secret of secretsOf(waiting.nextStep)) learned.add(secret)
      if (waiting.nextStep.kind === 'OTP') {
        const input = { authSessionId: waiting.id, stepId: waiting.nextStep.id, answer: { otp: PERSONAL.otp } }
        await gateway.ask(
          'mutation ($input: AnswerChallengeInput!) { answerChallenge(input: $input) { userErrors { __typename } } }',
          { input },
        )
      }
      const connected = await scene.connect(name, way)
      for (const secret of secretsOf(connected.step)) learned.add(secret)
      consentId = connected.consentId
      if (name === 'dump' && way.name === 'OTP') await client.revoke(consentId)
    }
    learned.add(await client.token(name))
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: issuer.url, aud: 'dump', sub: name, exp: now + 600 }
    const foreign = signToken({ alg: 'ES256', kid: 'es' }, claims, privateKey)
    learned.add(foreign)
    expect((await gateway.ask('{ me { externalId } }', {}, { as: foreign })).data).toEqual({ me: { externalId: name } })
  }
  learned.add(await gateway.graphql<object>(RECEIPTS).then((data) => JWT.exec(JSON.stringify(data))![0]))
  await receiver.until('/dump', 8)

  await gateway.graphql(DELETE, { input: { user: { externalId: ERASED } } })
  const erasure = () => gateway.graphql<object>(ERASURE, { id: erasedId })
  await expect.poll(erasure, { timeout: 40_000, interval: 200 }).toMatchObject({ user: { externalId: null } })
  // The links of those who wait are as good as before, until their time is over.
  await (await gateway.sandbox()).advance(SESSION_MS + 1000)
  await expect
    .poll(erasure, { timeout: 40_000, interval: 200 })
    .toEqual({ user: { externalId: null, erasure: { erasureState: 'COMPLETED' } } })
  for (const way of fourWays().map((one) => ({ ...one, psu }))) {
    for (const secret of secretsOf((await scene.begin('dump', way)).nextStep)) learned.add(secret)
  }
  for (const token of await tokensOfProviders(gateway.dataDir)) learned.add(token)
  expect(learned.size).toBeGreaterThan(25)
  expect(await gateway.stop('SIGTERM')).toMatchObject({ code: 0 })

  return {
    scene,
    consentId,
    erasedName: ERASED,
    find: (bytes) => [
      ...findSecrets(bytes, { guessable: Object.values(PERSONAL), random: learned }),
      ...(JWT.test(bytes.toString('latin1')) ? ['a JSON Web Token'] : []),
      ...(bytes.includes(KEY) ? ['the encryption key'] : []),
    ],
  }
}

import { expect, test } from 'vitest'
import { temporaryDirectory } from '../store/directory.ts'
import { startGateway } from './gateway-process.ts'
import { bank, operationsOf } from './operations.ts'
import { openOwnBank } from './own-bank.ts'

const UNAVAILABLE = [{ __typename: 'ProviderError', problem: { code: 'PROVIDER_UNAVAILABLE', retryable: true } }]
const LIST =
  '{ institutions(provider: [OPEN_BANK_PROJECT]) { totalCount nodes { id } sources { outcome problem { code } } } }'

test('the provider goes away in the middle of everything, and comes back', { timeout: 60_000 }, async () => {
  await using directory = await temporaryDirectory()
  await using provider = await openOwnBank(directory.path)
  await using gateway = await startGateway({ env: provider.env })
  const client = operationsOf(gateway)
  const live = await client.authorize()
  const waiting = await client.begin()
  const revoked = await client.authorize()
  await provider.goAway()

  const start = await client.start()
  expect(start).toMatchObject({
    userErrors: UNAVAILABLE,
    authSession: { sessionStatus: 'FAILED' },
    consent: { status: 'FAILED' },
  })
  const answer = await client.answer(waiting, '123')
  expect(answer).toMatchObject({ userErrors: UNAVAILABLE, authSession: { sessionStatus: 'AWAITING_USER' } })
  expect(await client.revoke(revoked.consent.id)).toMatchObject({
    userErrors: [],
    consent: {
      status: 'REVOKED',
      revocation: { state: 'PROVIDER_PENDING', lastProblem: { code: 'PROVIDER_UNAVAILABLE' } },
    },
  })
  expect(
    await gateway.graphql(
      'query ($id: ID!) { consent(id: $id, maxAgeSeconds: 0) { status source { stale observedAt } } }',
      {
        id: live.consent.id,
      },
    ),
  ).toMatchObject({ consent: { status: 'AUTHORIZED', source: { stale: true, observedAt: expect.any(String) } } })
  expect(await gateway.graphql(LIST)).toMatchObject({
    institutions: { totalCount: 9, sources: [{ outcome: 'CACHED' }] },
  })
  expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200)

  await provider.comeBack()
  await expect
    .poll(async () => (await client.consent(revoked.consent.id))?.revocation, { timeout: 30_000, interval: 250 })
    .toMatchObject({ state: 'CONFIRMED' })
  const step = answer.authSession!.nextStep!
  expect(await client.answer({ session: waiting.session, step }, '123')).toMatchObject({
    userErrors: [],
    consent: { status: 'AUTHORIZED' },
  })
  const effects = (id: string | null) =>
    provider.sandbox.ledger.entries(undefined, { consentId: id! }).map(({ effect }) => effect)
  expect(effects(revoked.consent.providerConsentId)).toEqual([
    'consent.created',
    'challenge.sent',
    'challenge.answered',
    'consent.revoked',
  ])
  expect(effects(waiting.consent.providerConsentId)).toEqual([
    'consent.created',
    'challenge.sent',
    'challenge.answered',
  ])
  expect((await client.start()).userErrors).toEqual([])
})

test('a gateway starts while its provider is away, and says so', { timeout: 30_000 }, async () => {
  await using directory = await temporaryDirectory()
  await using provider = await openOwnBank(directory.path)
  await provider.goAway()
  await using gateway = await startGateway({ env: provider.env })
  const client = operationsOf(gateway)
  expect(await gateway.graphql(LIST)).toMatchObject({
    institutions: {
      totalCount: null,
      nodes: [],
      sources: [{ outcome: 'FAILED', problem: { code: 'PROVIDER_UNAVAILABLE' } }],
    },
  })
  const start = await client.start({ target: { institutionId: bank('sandbox.otp') } })
  expect(start).toMatchObject({ userErrors: UNAVAILABLE, authSession: null, consent: null })
  await provider.comeBack()
  await expect.poll(async () => (await client.start()).userErrors, { timeout: 15_000, interval: 250 }).toEqual([])
})

test('wrong credentials are for the operator to mend', async () => {
  await using directory = await temporaryDirectory()
  await using provider = await openOwnBank(directory.path)
  await using gateway = await startGateway({ env: { ...provider.env, OBP_PASSWORD: 'not-the-password' } })
  const start = await operationsOf(gateway).start()
  expect(start).toMatchObject({
    userErrors: [{ problem: { code: 'PROVIDER_CREDENTIALS_INVALID', retryable: false } }],
    consent: { status: 'FAILED' },
  })
  expect(gateway.printed.log).toContain('authorization.start.failed')
  expect(gateway.printed.log + JSON.stringify(start)).not.toContain('not-the-password')
})

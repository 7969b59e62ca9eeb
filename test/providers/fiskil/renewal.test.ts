import { expect, it } from 'vitest'
import { parseAttempt } from '../../../src/providers/fiskil/sealed.ts'
import { calling, startConnector } from './harness.ts'

const stillOpen = { next: { kind: 'REDIRECT' }, consent: null }

const renewing = async (fiskil: Awaited<ReturnType<typeof startConnector>>) => {
  const { key, consent } = await fiskil.authorize()
  fiskil.clock.advance(86_400_000)
  const step = await fiskil.start({ renews: key })
  return { key, before: consent, step }
}

it('asks for the arrangement, and leaves its permissions alone', async () => {
  await using fiskil = await startConnector()
  const { key } = await fiskil.authorize()
  const seen = fiskil.watch()
  await fiskil.start({ renews: key })
  const sent = seen.find(({ path }) => path === '/v1/auth/session')?.json()
  expect(sent).toMatchObject({ arrangement_id: key.providerConsentId })
  expect(sent).not.toHaveProperty('permissions')
  const asked = fiskil.request({ renews: key, options: { permissions: ['accounts'] } })
  expect(() => fiskil.connector.prepare(asked)).toThrow('keeps the permissions')
})

it('is not authorized by being active', async () => {
  await using fiskil = await startConnector()
  const { step } = await renewing(fiskil)
  expect(await fiskil.connector.status(step.state, calling())).toMatchObject(stillOpen)
  const bare = new URLSearchParams({ leg: 'cancel', session_id: parseAttempt(step.state).sessionId })
  expect(await fiskil.complete(step.state, bare)).toMatchObject(stillOpen)
  const denied = await fiskil.complete(step.state, await fiskil.person(step, 'deny'))
  expect(denied).toMatchObject({ consent: { status: 'REJECTED', providerConsentId: null } })
})

it('is authorized by a success, under the id that it had', async () => {
  await using fiskil = await startConnector()
  const { step, before } = await renewing(fiskil)
  const done = await fiskil.complete(step.state, await fiskil.person(step, 'approve'))
  expect(done.consent).toMatchObject({ status: 'AUTHORIZED', providerConsentId: before?.providerConsentId })
  expect(done.consent?.expiresAt?.getTime()).toBeGreaterThan(before?.expiresAt?.getTime() ?? 0)
})

it('is authorized by dates that moved, where nobody came back', async () => {
  await using fiskil = await startConnector()
  const { step } = await renewing(fiskil)
  await fiskil.person(step, 'close-window')
  expect(await fiskil.connector.status(step.state, calling())).toMatchObject({ consent: { status: 'AUTHORIZED' } })
})

it.each([
  ['expires_at', true],
  ['last_consent', true],
  ['last_accessed', false],
])('a later %s counts: %s', async (date, counts) => {
  await using fiskil = await startConnector()
  const { step, key, before } = await renewing(fiskil)
  const consent = {
    arrangement_id: key.providerConsentId,
    active: true,
    created_at: '2020-01-01T00:00:00Z',
    expires_at: before?.expiresAt?.toISOString(),
    last_consent: before?.access?.validFrom?.toISOString(),
    [date]: new Date(Date.now() + 400 * 86_400_000).toISOString(),
  }
  fiskil.sandbox.faults.next({ kind: 'status', status: 200, body: [consent], match: 'GET /v1/consent' })
  const { consent: said } = await fiskil.connector.status(step.state, calling())
  expect(said?.status ?? null).toBe(counts ? 'AUTHORIZED' : null)
})

it('begins anew where the consent has ended, with the permissions that it had', async () => {
  await using fiskil = await startConnector()
  const { key } = await fiskil.authorize({ options: { permissions: ['accounts', 'payees'] } })
  await fiskil.connector.revoke(key, null, calling())
  const seen = fiskil.watch()
  const step = await fiskil.start({ renews: key })
  const sent = seen.find(({ path }) => path === '/v1/auth/session')?.json()
  expect(sent).toMatchObject({ permissions: ['accounts', 'payees'] })
  expect(sent).not.toHaveProperty('arrangement_id')
  const done = await fiskil.complete(step.state, await fiskil.person(step, 'approve'))
  expect(done.consent).toMatchObject({ status: 'AUTHORIZED' })
  expect(done.consent?.providerConsentId).not.toBe(key.providerConsentId)
})

it('where Fiskil answers a renewal with a new arrangement, that is the consent', async () => {
  await using fiskil = await startConnector()
  const { step, key } = await renewing(fiskil)
  await fiskil.connector.revoke(key, null, calling())
  const done = await fiskil.complete(step.state, await fiskil.person(step, 'approve'))
  expect(done.consent).toMatchObject({ status: 'AUTHORIZED' })
  expect(done.consent?.providerConsentId).not.toBe(key.providerConsentId)
})

import { createHmac } from 'node:crypto'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FISKIL_SANDBOX_SEED } from '../../src/sandbox/fiskil/seed.ts'
import type { FiskilClient } from './fiskil-client.ts'
import { personAt, startFiskil, startReceiver } from './fiskil-client.ts'

const granted = async (fiskil: FiskilClient, institutionId = 'sandbox.redirect') => {
  const endUserId = await fiskil.endUser()
  await personAt(fiskil.sandbox).finish(await fiskil.session(endUserId, { institution_id: institutionId }), 'approve')
  const [consent] = await fiskil.consents(endUserId)
  return { endUserId, arrangementId: String(consent?.['arrangement_id']) }
}

const sign = (body: string) =>
  createHmac('sha256', Buffer.from(FISKIL_SANDBOX_SEED.webhookSecret, 'base64')).update(body).digest('base64')

describe('a consent', () => {
  it('ends by DELETE, once; of an unknown one that is 204 too', async () => {
    await using fiskil = await startFiskil()
    const { endUserId, arrangementId } = await granted(fiskil)
    for (const id of [arrangementId, arrangementId, 'nothing']) {
      expect((await fiskil.call('DELETE', `/v1/consent/${id}`)).status).toBe(204)
    }
    expect(await fiskil.consents(endUserId)).toMatchObject([
      { active: false, termination_reason: 'Expired or Revoked' },
    ])
    expect((await fiskil.call('GET', `/v1/consent?end_user_id=${endUserId}&active=true`)).body.consents).toEqual([])
    expect(fiskil.sandbox.ledger.count('consent.revoked')).toBe(1)
  })

  it('runs out with the same words', async () => {
    await using fiskil = await startFiskil()
    const { endUserId } = await granted(fiskil, 'sandbox.redirect-expires-soon')
    fiskil.clock.advance(61_000)
    expect((await fiskil.call('GET', '/v1/consent')).body.consents).toMatchObject([
      { end_user_id: endUserId, active: false, termination_reason: 'Expired or Revoked' },
    ])
    expect(fiskil.sandbox.ledger.count('consent.expired')).toBe(1)
  })

  it('is withdrawn at the bank', async () => {
    await using fiskil = await startFiskil()
    const { endUserId, arrangementId } = await granted(fiskil)
    const person = personAt(fiskil.sandbox)
    expect((await person.open('/consents')).page).toContain(arrangementId)
    await person.submit('/consents/end', { arrangement_id: arrangementId })
    expect(await fiskil.consents(endUserId)).toMatchObject([{ active: false }])
    expect((await person.open('/consents')).page).toContain('Nothing.')
  })

  it('is renewed under its own id', async () => {
    await using fiskil = await startFiskil()
    const { endUserId, arrangementId } = await granted(fiskil)
    const [before] = await fiskil.consents(endUserId)
    fiskil.clock.advance(1000)
    const id = await fiskil.session(endUserId, { arrangement_id: arrangementId })
    await personAt(fiskil.sandbox).finish(id, 'approve')
    const [after, ...more] = await fiskil.consents(endUserId)
    expect(more).toEqual([])
    expect(after).toMatchObject({ arrangement_id: arrangementId, created_at: before?.['created_at'] })
    expect(String(after?.['expires_at']) > String(before?.['expires_at'])).toBe(true)
    await fiskil.call('DELETE', `/v1/consent/${arrangementId}`)
    expect(await fiskil.session(endUserId, { arrangement_id: arrangementId })).toBeUndefined()
  })

  it('ends with its end user', async () => {
    await using fiskil = await startFiskil()
    const { endUserId } = await granted(fiskil)
    await fiskil.call('DELETE', `/v1/end-users/${endUserId}`)
    expect(await fiskil.consents(endUserId)).toMatchObject([{ active: false }])
  })

  it('has accounts some time later, in pages', async () => {
    await using fiskil = await startFiskil({ syncSeconds: 30 })
    const { endUserId } = await granted(fiskil)
    const path = `/v1/banking/accounts?end_user_id=${endUserId}&page[size]=2`
    expect((await fiskil.call('GET', path)).body).toEqual({ accounts: [], links: {} })
    fiskil.clock.advance(30_000)
    const first = (await fiskil.call('GET', path)).body
    expect(first.accounts).toHaveLength(2)
    const { pathname, search } = new URL(first.links.next)
    expect((await fiskil.call('GET', pathname + search)).body).toMatchObject({ accounts: [{}], links: {} })
    expect((await fiskil.call('GET', `${path}&page[after]=garbage`)).status).toBe(503)
  })
})

describe('banks by name', () => {
  it('429 refuses sessions, 5xx fails three deletions, weird-status has a word for a flag', async () => {
    await using fiskil = await startFiskil()
    const { arrangementId } = await granted(fiskil, 'sandbox.redirect-5xx')
    const statuses: number[] = []
    for (let attempt = 0; attempt < 4; attempt += 1) {
      statuses.push((await fiskil.call('DELETE', `/v1/consent/${arrangementId}`)).status)
    }
    expect(statuses).toEqual([500, 500, 500, 204])
    const asked = {
      end_user_id: await fiskil.endUser(),
      redirect_uri: 'https://a.example',
      cancel_uri: 'https://a.example',
    }
    expect(
      await fiskil.call('POST', '/v1/auth/session', { ...asked, institution_id: 'sandbox.redirect-429' }),
    ).toMatchObject({
      status: 429,
      body: { temporary: true },
    })
    const { endUserId } = await granted(fiskil, 'sandbox.redirect-weird-status')
    expect(await fiskil.consents(endUserId)).toMatchObject([{ active: 'under_review' }])
  })

  it('an outage is said, and fails at the bank', async () => {
    await using fiskil = await startFiskil()
    const { body } = await fiskil.send('GET', '/v1/institutions/sandbox.outage')
    expect(body.status).toEqual({ connections: { status: 'OUTAGE' } })
    const id = await fiskil.session(await fiskil.endUser(), { institution_id: 'sandbox.outage' })
    const { to } = await personAt(fiskil.sandbox).finish(id, 'approve')
    expect(to?.searchParams.get('error_type')).toBe('CONSENT_UPSTREAM_PROCESSING_ERROR')
  })
})

describe('webhooks', () => {
  it('tell the life of a consent, signed', async () => {
    await using receiver = await startReceiver()
    await using fiskil = await startFiskil({ webhookUrl: receiver.url })
    const { endUserId, arrangementId } = await granted(fiskil)
    await receiver.received(2)
    const renewal = await fiskil.session(endUserId, { arrangement_id: arrangementId })
    await personAt(fiskil.sandbox).finish(renewal, 'approve')
    await receiver.received(3)
    await fiskil.call('DELETE', `/v1/consent/${arrangementId}`)
    const deliveries = await receiver.received(4)
    expect(
      deliveries.map(({ message }) => String(message.data['event'])).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(['banking.accounts.sync.completed', 'consent.received', 'consent.revoked', 'consent.updated'])
    for (const { signature, body, message } of deliveries) {
      expect(signature).toBe(sign(body))
      expect(message).toMatchObject({
        delivery_attempt: 1,
        data: { consent_id: arrangementId, end_user_id: endUserId, institution_id: 'sandbox.redirect' },
      })
    }
  })

  it('are signed as the documented recipe does it', async () => {
    await using receiver = await startReceiver()
    await using fiskil = await startFiskil({ webhookSignature: 'stripped', webhookBody: 'indented' })
    await fiskil.send('POST', '/console/webhook', { url: receiver.url })
    await granted(fiskil)
    for (const { signature, body } of await receiver.received(1)) {
      expect(signature).not.toBe(sign(body))
      expect(signature).toBe(sign(body.replaceAll(/[\n ]/g, '')))
    }
  })

  it('come again until they are answered with 2xx, with the same id, and at most five times', async () => {
    await using receiver = await startReceiver(500, 404, 301, 500, 500)
    await using fiskil = await startFiskil({ webhookUrl: receiver.url, webhookRetryDelaysMs: [1, 1, 1, 1] })
    const { arrangementId } = await granted(fiskil)
    const ofConsent = () => receiver.deliveries.filter(({ message }) => message.data['event'] === 'consent.received')
    await receiver.received(7)
    expect(new Set(ofConsent().map(({ message }) => message.message_id)).size).toBe(1)
    expect(arrangementId).toBe(ofConsent()[0]?.message.data['consent_id'])
    const dropped = startReceiver(...Array.from({ length: 20 }, () => 500))
    await using deaf = await dropped
    fiskil.sandbox.webhooks.setUrl(deaf.url)
    await fiskil.call('DELETE', `/v1/consent/${arrangementId}`)
    const attempts = (await deaf.received(5)).map(({ message }) => message.delivery_attempt)
    expect(attempts).toEqual([1, 2, 3, 4, 5])
    await granted(fiskil)
    await deaf.received(15)
    expect(deaf.deliveries.filter(({ message }) => message.data['event'] === 'consent.revoked')).toHaveLength(5)
  })

  it('come twice, or again when told to', async () => {
    await using receiver = await startReceiver()
    await using fiskil = await startFiskil({ webhookUrl: receiver.url, webhookCopies: 2 })
    await granted(fiskil)
    const [first] = await receiver.received(4)
    const again = { message_id: first?.message.message_id }
    expect((await fiskil.send('POST', '/console/webhook/redeliver', again)).status).toBe(200)
    await receiver.received(5)
    expect(receiver.deliveries.filter(({ message }) => message.message_id === again.message_id)).toHaveLength(3)
    expect((await fiskil.send('POST', '/console/webhook/redeliver', { message_id: 'x' })).status).toBe(400)
  })

  it('say that a consent has run out although nobody asks', async () => {
    await using receiver = await startReceiver()
    await using fiskil = await startFiskil({ webhookUrl: receiver.url })
    await granted(fiskil, 'sandbox.redirect-expires-soon')
    await receiver.received(2)
    fiskil.clock.advance(60_000)
    expect((await receiver.received(3))[2]?.message.data['event']).toBe('consent.revoked')
  })
})

it('all of it outlives the process, webhooks that wait included', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'fiskil-'))
  const stateFile = join(folder.path, 'state')
  let before: { readonly endUserId: string; readonly arrangementId: string }
  {
    await using deaf = await startReceiver(500, 500)
    await using fiskil = await startFiskil({ stateFile, webhookUrl: deaf.url })
    before = await granted(fiskil)
    await deaf.received(2)
  }
  await using receiver = await startReceiver()
  await using fiskil = await startFiskil({ stateFile, webhookUrl: receiver.url })
  expect(await fiskil.consents(before.endUserId)).toMatchObject([{ arrangement_id: before.arrangementId }])
  expect(fiskil.sandbox.ledger.count('consent.granted')).toBe(1)
  expect((await receiver.received(2)).map(({ message }) => message.delivery_attempt)).toEqual([2, 2])
})

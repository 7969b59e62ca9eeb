import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMPANIES } from '../../src/sandbox/insurely/companies.ts'
import { INSURELY_SANDBOX_GUIDE } from '../../src/sandbox/insurely/guide.ts'
import { INSURELY_SANDBOX_SEED } from '../../src/sandbox/insurely/seed.ts'
import { startInsurely } from './insurely-client.ts'

describe('a consent', () => {
  it('is authorized after three frames, lists its end and expires', async () => {
    await using insurely = await startInsurely()
    const user = await insurely.createUser()
    const consentId = await user.open('se-sandbox-approves')
    insurely.clock.advance(5000)
    const listed = [expect.objectContaining({ consentId, status: 'AUTHORIZED', expiresAt: '2026-04-30T23:59:59.000Z' })]
    expect((await user.call('GET', '/consents')).body).toEqual(listed)
    expect((await insurely.asCustomer('GET', `/users/${user.userUuid}/consents`)).body).toEqual(listed)
    insurely.clock.set(new Date('2026-04-30T23:59:59Z'))
    const later = await insurely.asCustomer('GET', `/users/${user.userUuid}/consents`)
    expect(later.body).toMatchObject([{ consentId, status: 'EXPIRED' }])
  })

  it('lasts no longer than the bank allows', async () => {
    await using insurely = await startInsurely()
    const user = await insurely.createUser()
    const parameters = [
      { type: 'PSD2_AIS_CONSENT', balances: true, transactions: true, validUntil: '2027-12-31' },
      { type: 'SWEDISH_BANKID', personalNumber: '199001011234' },
    ]
    const consentId = await user.open('se-sandbox-approves', { parameters })
    insurely.clock.advance(5000)
    expect((await user.status(consentId)).expiresAt).toBe('2026-08-28T12:00:05.300Z')
  })

  it('is revoked before or after it is authorized, and once', async () => {
    await using insurely = await startInsurely()
    const user = await insurely.createUser()
    for (const waitMs of [0, 6000]) {
      const consentId = await user.open('se-sandbox-approves')
      insurely.clock.advance(waitMs)
      expect((await user.call('DELETE', `/consents/${consentId}`)).body).toMatchObject({
        status: 'REVOKED',
        pollingInterval: null,
      })
      expect((await user.call('DELETE', `/consents/${consentId}`)).status).toBe(409)
      insurely.clock.advance(10_000)
      expect((await user.status(consentId)).status).toBe('REVOKED')
    }
    expect(insurely.sandbox.ledger.count('consent.revoked')).toBe(2)
  })

  it('is withdrawn at the bank', async () => {
    await using insurely = await startInsurely()
    const user = await insurely.createUser()
    const consentId = await user.open('se-sandbox-approves')
    expect((await insurely.phone(`consents/${consentId}/withdraw`)).status).toBe(410)
    insurely.clock.advance(5000)
    expect((await insurely.phone(`consents/${consentId}/withdraw`)).status).toBe(200)
    expect((await user.status(consentId)).status).toBe('REVOKED')
  })

  it.each([
    ['se-sandbox-refuses', 300, 'FAILED'],
    ['se-sandbox-cancels', 5300, 'FAILED'],
    ['se-sandbox-other-person', 5300, 'FAILED'],
    ['se-sandbox-bankid-weird-status', 5300, 'UNDER_REVIEW'],
    ['se-sandbox-bankid-weird-status', 10_300, 'AUTHORIZED'],
    ['se-sandbox-bankid-expires-soon', 65_300, 'EXPIRED'],
  ])('%s after %i ms is %s', async (company, afterMs, status) => {
    await using insurely = await startInsurely()
    const user = await insurely.createUser()
    const { consentId } = (await user.create(company)).body
    insurely.clock.advance(afterMs)
    expect((await user.status(consentId)).status).toBe(status)
  })
})

describe('companies that misbehave', () => {
  it('limits every second poll', async () => {
    await using insurely = await startInsurely()
    const user = await insurely.createUser()
    const consentId = await user.open('se-sandbox-bankid-429')
    const polls = []
    for (let poll = 0; poll < 4; poll += 1) polls.push(await user.call('GET', `/consents/${consentId}/status`))
    expect(polls.map(({ status }) => status)).toEqual([200, 429, 200, 429])
    expect(polls[1]?.headers.get('Retry-After')).toBe('1')
  })

  it('fails and creates nothing', async () => {
    await using insurely = await startInsurely()
    const user = await insurely.createUser()
    expect(await user.create('se-sandbox-bankid-5xx')).toMatchObject({
      status: 502,
      body: { errorCode: 'THIRD_PARTY_ERROR' },
    })
    expect((await user.call('GET', '/consents')).body).toEqual([])
  })

  it('is slow, with the effect at once', async () => {
    await using insurely = await startInsurely({ slowDelayMs: 60_000 })
    const user = await insurely.createUser()
    const controller = new AbortController()
    const slow = fetch(`${insurely.sandbox.url}/consents`, {
      method: 'POST',
      headers: { ...user.bearer, 'Insurely-Version': '2026-04-01', 'Content-Type': 'application/json' },
      body: JSON.stringify({
        company: 'se-sandbox-bankid-slow',
        loginMethod: 'SWEDISH_MOBILE_BANKID_OTHER_DEVICE',
        parameters: [
          { type: 'PSD2_AIS_CONSENT', balances: true, transactions: true },
          { type: 'SWEDISH_BANKID', personalNumber: '199001011234' },
        ],
      }),
      signal: controller.signal,
    })
    await expect.poll(() => insurely.sandbox.ledger.count('consent.created')).toBe(1)
    controller.abort()
    await expect(slow).rejects.toThrow('aborted')
  })
})

describe('collections', () => {
  it('runs to the end of its persona and is listed for its user', async () => {
    await using insurely = await startInsurely()
    const user = await insurely.createUser()
    const run = (personalNumber: string) =>
      user.call('POST', '/collections', {
        company: 'se-demo-psd2',
        loginMethod: 'SWEDISH_MOBILE_BANKID_OTHER_DEVICE',
        parameters: [{ type: 'SWEDISH_BANKID', personalNumber }],
      })
    const { id } = (await run('200001020000')).body
    await run('200002010000')
    insurely.clock.advance(4000)
    expect((await user.call('GET', `/collections/${id}/status`)).body.status).toBe('COMPLETED')
    const list = (query: string) => insurely.asCustomer('GET', `/users/${user.userUuid}/collections${query}`)
    expect((await list('')).body).toMatchObject([
      { collectionId: id, company: 'se-demo-psd2', status: 'COMPLETED' },
      { status: 'FAILED' },
    ])
    expect((await list('?statusIn=COMPLETED')).body).toHaveLength(1)
    expect((await list('?latest=true')).body).toMatchObject([{ status: 'FAILED' }])
  })

  it('signs what it tells of an end', async () => {
    const requests: { readonly body: string; readonly signature: unknown }[] = []
    const receiver = createServer((incoming, outgoing) => {
      incoming.setEncoding('utf8').once('data', (body: string) => {
        requests.push({ body, signature: incoming.headers['x-insurely-signature'] })
        outgoing.end()
      })
    }).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    await using _receiver = {
      [Symbol.asyncDispose]: () => new Promise<void>((done) => void receiver.close(() => done())),
    }
    const secret = INSURELY_SANDBOX_SEED.webhookSecret
    const url = `http://127.0.0.1:${String((receiver.address() as AddressInfo).port)}`
    await using insurely = await startInsurely({ webhook: { url, secret } })
    const user = await insurely.createUser()
    await user.call('POST', '/collections', { company: 'se-demo-psd2' })
    insurely.clock.advance(4000)
    await expect.poll(() => insurely.sandbox.ledger.count('webhook.delivered')).toBe(1)
    const [{ body, signature } = { body: '', signature: '' }] = requests
    expect(signature).toBe(createHmac('sha256', secret).update(body).digest('hex'))
    expect(JSON.parse(body)).toMatchObject({ status: 'COMPLETED' })
    receiver.closeAllConnections()
  })
})

it('knows after a restart what it had acknowledged, and has written no personal number', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'insurely-'))
  using _folder = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
  const stateFile = join(folder, 'insurely.jsonl')
  let [token, consentId] = ['', '']
  {
    await using insurely = await startInsurely({ stateFile })
    const user = await insurely.createUser()
    token = user.token
    consentId = await user.open()
  }
  expect(readFileSync(stateFile, 'utf8')).not.toContain('199001011234')
  await using insurely = await startInsurely({ stateFile })
  const again = await insurely.send('GET', '/consents', {
    'Insurely-Version': '2026-04-01',
    Authorization: `Bearer ${token}`,
  })
  expect(again.body).toMatchObject([{ consentId }])
})

it('guides to every company but the plain ones', () => {
  const guided = new Set(INSURELY_SANDBOX_GUIDE.map(({ institutionRef }) => institutionRef))
  const missing = COMPANIES.filter(({ id }) => !guided.has(id)).map(({ id }) => id)
  expect(missing).toEqual(['se-sandbox-password', 'se-demo-psd2'])
})

it('shows the phone to a browser, with a button for each act', async () => {
  await using insurely = await startInsurely()
  const user = await insurely.createUser()
  await user.open()
  const shown = await (await fetch(insurely.sandbox.phoneUrl)).text()
  const [, action = ''] = /action="(\/phone\/orders\/[\w-]+\/pick-up)"/.exec(shown) ?? []
  const browser = { method: 'POST', headers: { Accept: 'text/html' }, redirect: 'manual' } as const
  expect((await fetch(insurely.sandbox.url + action, browser)).status).toBe(303)
  const approve = action.replace('pick-up', 'approve')
  expect(await (await fetch(insurely.sandbox.phoneUrl)).text()).toContain(approve)
  expect((await fetch(insurely.sandbox.url + approve, browser)).status).toBe(303)
  const gone = await fetch(insurely.sandbox.url + approve, browser)
  expect(gone.status).toBe(410)
  expect(await gone.text()).toContain('no such open order')
})

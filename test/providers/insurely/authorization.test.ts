import { describe, expect, it } from 'vitest'
import { appOf, calling, caught, PERSONAL_NUMBER, psu, qrOf, startConnector } from './harness.ts'

describe('by code', () => {
  it('waits for the bank, then shows a code that another device scans', async () => {
    await using insurely = await startConnector()
    const started = await insurely.start()
    expect(started).toMatchObject({ next: { kind: 'WAIT', pollAfterMs: 1000 }, consent: { status: 'INITIATED' } })
    insurely.clock.advance(300)
    const opened = await insurely.status(started.state)
    expect(opened).toMatchObject({
      next: { kind: 'QR', scanned: false, launch: null, hint: 'Open the BankID app.', frame: { sequence: 0 } },
      pollAfterMs: 1000,
      consent: { status: 'AWAITING_AUTHORIZATION', raw: 'AWAITING_AUTHORIZATION', access: null, expiresAt: null },
    })
    expect(qrOf(opened).frame.validUntil.getTime()).toBeGreaterThan(insurely.clock.now().getTime())
  })

  it('shows the code at once where the bank is quick', async () => {
    await using insurely = await startConnector({ bankAnswerMs: 0 })
    expect((await insurely.start()).next.kind).toBe('QR')
  })

  it('has another frame each second under the same step, and none in between', async () => {
    await using insurely = await startConnector()
    let step = await insurely.open()
    const frames = [qrOf(step)]
    for (let second = 1; second <= 4; second += 1) {
      insurely.clock.advance(1000)
      step = await insurely.status(step.state)
      frames.push(qrOf(step))
    }
    expect(frames.map(({ frame }) => frame.sequence)).toEqual([0, 1, 2, 3, 4])
    expect(new Set(frames.map(({ frame }) => frame.text)).size).toBe(5)
    expect(new Set(frames.map(({ ref }) => ref)).size).toBe(1)
    const again = await insurely.status(step.state)
    expect(again).toEqual(step)
  })

  it('is scanned by the text of the latest frame, says so, and ends with the signature', async () => {
    await using insurely = await startConnector()
    const opened = await insurely.open()
    insurely.clock.advance(1000)
    const second = await insurely.status(opened.state)
    const { orderRef } = await insurely.phone('scan', { qr: qrOf(second).frame.text })
    const scanned = await insurely.status(second.state)
    expect(qrOf(scanned)).toMatchObject({
      ref: qrOf(opened).ref,
      frame: qrOf(second).frame,
      scanned: true,
      hint: 'Enter your security code in the app.',
    })
    await insurely.phone(`orders/${orderRef}/approve`)
    const ended = await insurely.status(scanned.state)
    expect(ended).toMatchObject({
      next: { kind: 'DONE' },
      state: { frame: null },
      consent: {
        status: 'AUTHORIZED',
        raw: 'AUTHORIZED',
        access: { permissions: [], accountIds: null, balances: true, transactions: false },
      },
    })
    expect(ended.consent?.expiresAt).toBeInstanceOf(Date)
    expect(ended.consent?.access?.validUntil).toEqual(ended.consent?.expiresAt)
  })

  it('counts on where the order is renewed', async () => {
    await using insurely = await startConnector()
    const first = await insurely.open('se-sandbox-renews-order')
    insurely.clock.advance(29_000)
    const last = await insurely.status(first.state)
    insurely.clock.advance(1000)
    const renewed = await insurely.status(last.state)
    expect(qrOf(renewed)).toMatchObject({ ref: qrOf(first).ref, frame: { sequence: 2 }, scanned: false })
    expect(qrOf(renewed).frame.text).toMatch(/\.0\.[0-9a-f]+$/)
  })

  it('speaks Swedish to whoever does', async () => {
    await using insurely = await startConnector()
    const opened = await insurely.open('se-sandbox-bankid', { psu: psu({ locale: 'sv' }) })
    expect(qrOf(opened)).toMatchObject({ title: 'Skanna koden med BankID', hint: 'Öppna BankID-appen.' })
  })

  it('offers the app beside the code where any device will do', async () => {
    await using insurely = await startConnector()
    const opened = await insurely.open('se-sandbox-bankid', { psu: psu({ device: 'ANY' }) })
    const { launch } = qrOf(opened)
    await insurely.phone('open', { autoStartToken: launch?.autoStartToken ?? '' })
    expect(qrOf(await insurely.status(opened.state)).scanned).toBe(true)
  })
})

describe('in the app', () => {
  it('launches it, back to the return address, encoded whole', async () => {
    await using insurely = await startConnector()
    const returnTo = { success: 'https://app.example/done?a=b_c&å', cancel: null }
    const opened = await insurely.open('se-sandbox-bankid', { psu: psu({ device: 'SAME' }), returnTo })
    const app = appOf(opened)
    const query = `autostarttoken=${app.autoStartToken}&redirect=https%3A%2F%2Fapp.example%2Fdone%3Fa%3Db%5Fc%26%C3%A5`
    expect(app).toMatchObject({
      universalLink: `https://app.bankid.com/?${query}`,
      appLink: `bankid:///?${query}`,
      hint: 'Open the BankID app.',
    })
    expect(opened.pollAfterMs).toBe(1000)
    await insurely.phone('open', { autoStartToken: app.autoStartToken })
    expect(appOf(await insurely.status(opened.state))).toMatchObject({
      ref: app.ref,
      hint: 'Enter your security code in the app.',
    })
  })

  it('leads nowhere back without an address', async () => {
    await using insurely = await startConnector()
    const opened = await insurely.open('se-sandbox-bankid', { psu: psu({ device: 'SAME' }), returnTo: null })
    expect(appOf(opened).appLink).toMatch(/&redirect=null$/)
  })
})

describe('ends', () => {
  it.each([
    ['se-sandbox-approves', 5000, 'AUTHORIZED', null, null],
    ['se-sandbox-cancels', 5000, 'REJECTED', 'DENIED_BY_USER', 'AUTHENTICATION_CANCELLED'],
    ['se-sandbox-other-person', 5000, 'FAILED', 'AUTHENTICATION_FAILED', 'AUTHENTICATION_MISMATCH'],
    ['se-sandbox-bankid', 30_000, 'EXPIRED', 'SESSION_EXPIRED', 'AUTHENTICATION_TIMEOUT'],
    ['se-sandbox-walks-away', 183_000, 'EXPIRED', 'SESSION_EXPIRED', 'AUTHENTICATION_TIMEOUT'],
    ['se-sandbox-refuses', 0, 'FAILED', 'PROVIDER_ERROR', 'THIRD_PARTY_ERROR'],
  ])('%s after %i ms: %s', async (company, afterMs, status, reason, detail) => {
    await using insurely = await startConnector()
    const opened = await insurely.open(company)
    insurely.clock.advance(afterMs)
    expect(await insurely.status(opened.state)).toMatchObject({
      next: { kind: 'DONE' },
      consent: { status, reason, detail },
    })
  })

  it('loses to a second order of the same person', async () => {
    await using insurely = await startConnector()
    const first = await insurely.open()
    const second = await insurely.open()
    expect(await insurely.status(first.state)).toMatchObject({
      next: { kind: 'DONE' },
      consent: { status: 'FAILED', reason: 'AUTHENTICATION_FAILED', detail: 'AUTHENTICATION_CONFLICT' },
    })
    expect((await insurely.status(second.state)).next.kind).toBe('QR')
  })

  it('moves nothing by a word that nobody knows, and goes on asking', async () => {
    await using insurely = await startConnector()
    const opened = await insurely.open('se-sandbox-bankid-weird-status')
    insurely.clock.advance(5000)
    const weird = await insurely.status(opened.state)
    expect(weird).toMatchObject({
      next: { kind: 'WAIT' },
      consent: { status: null, raw: 'UNDER_REVIEW', reason: null },
    })
    insurely.clock.advance(5000)
    expect((await insurely.status(weird.state)).consent?.status).toBe('AUTHORIZED')
  })

  it('is cancelled once and for all', async () => {
    await using insurely = await startConnector()
    const { state } = await insurely.open()
    await insurely.connector.cancel(state, calling())
    await insurely.connector.cancel(state, calling())
    expect(insurely.ledger.count('consent.revoked')).toBe(1)
    expect((await insurely.status(state)).consent?.status).toBe('REVOKED')
  })

  it('has nothing to cancel before it is started', async () => {
    await using insurely = await startConnector()
    await insurely.connector.cancel({ company: 'se-sandbox-bankid', language: 'en', redirect: null }, calling())
    expect(insurely.sandbox.calls()).toEqual([])
  })
})

it('takes no answer', async () => {
  await using insurely = await startConnector()
  const { state } = await insurely.open()
  const answer = { kind: 'OTP', stepRef: 'any', otp: '123' } as const
  const fault = await caught(insurely.connector.answer(state, answer, calling()))
  expect(fault).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'answer'] })
})

it('keeps the personal number nowhere', async () => {
  await using insurely = await startConnector()
  const opened = await insurely.open()
  const fault = await caught(insurely.start({ institutionRef: 'se-nobody' }))
  const kept = [opened, fault, fault.message, String(fault.cause), await insurely.user(), insurely.ledger.entries()]
  expect(JSON.stringify(kept)).not.toContain(PERSONAL_NUMBER)
  expect(JSON.stringify(opened.state)).not.toContain('token')
})

it('gets through a bank that limits its polls', async () => {
  await using insurely = await startConnector()
  const opened = await insurely.open('se-sandbox-bankid-429')
  insurely.clock.advance(5000)
  expect((await insurely.status(opened.state)).consent?.status).toBe('AUTHORIZED')
})

it('takes up a session made elsewhere, and makes another when that is refused', async () => {
  await using insurely = await startConnector({ sessionSeconds: 600 })
  const user = await insurely.user()
  expect(insurely.calls('POST /users/:userUuid/sessions')).toBe(1)
  const elsewhere = insurely.createConnector()
  const { state } = await insurely.open()
  const key = { ...(await insurely.keyOf(await insurely.status(state))), user }
  await elsewhere.revoke(key, null, calling())
  expect(insurely.calls('POST /users/:userUuid/sessions')).toBe(1)
  // Sessions keep real time here and the simulator's there: this one is over for Insurely only.
  insurely.clock.advance(600_000)
  expect((await insurely.status(state)).consent?.status).toBe('REVOKED')
  expect(insurely.calls('POST /users/:userUuid/sessions')).toBe(2)
})

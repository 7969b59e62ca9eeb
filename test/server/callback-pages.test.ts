import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { AuthSession } from '../../src/domain/auth-session.ts'
import type { Consent } from '../../src/domain/consent.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { type CallbackEnd, callbackRoutes } from '../../src/server/callback-route.ts'
import { startGateway } from './gateway-under-test.ts'
import { expectSafePage, type ShownPage } from './page-expectations.ts'

const AT = new Date('2026-01-01T00:00:00Z')

const session: AuthSession = {
  id: 'aus_1',
  clientId: 'cli_1',
  userId: 'usr_1',
  consentId: 'con_1',
  provider: 'ENABLE_BANKING',
  institutionRef: 'FI:Bank',
  status: 'COMPLETED',
  version: 3,
  frames: 0,
  nextStep: null,
  problem: null,
  createdAt: AT,
  updatedAt: AT,
  expiresAt: AT,
  returnTo: null,
  inFlight: null,
  pendingEnd: null,
  state: { secret: 'canary-state' },
  stateHash: 'canary-hash',
}

const consent: Consent = {
  id: 'con_1',
  clientId: 'cli_1',
  userId: 'usr_1',
  provider: 'ENABLE_BANKING',
  institutionRef: 'FI:Bank',
  status: 'AUTHORIZED',
  statusReason: null,
  providerStatus: null,
  version: 2,
  providerConsentId: 'canary-provider-id',
  secrets: { jwt: 'canary-jwt' },
  requestedAccess: {
    permissions: [],
    accountIds: ['canary-account'],
    balances: true,
    transactions: true,
    validFrom: null,
    validUntil: null,
  },
  access: null,
  createdAt: AT,
  updatedAt: AT,
  authorizedAt: AT,
  expiresAt: null,
  revokedAt: null,
  renewedFrom: null,
  supersededBy: null,
  revocation: null,
  currentSessionId: 'aus_1',
  webhookEndpointId: null,
}

const endOf = (changed: Partial<AuthSession>, origins: readonly string[] = []): CallbackEnd => ({
  session: { ...session, ...changed },
  consent,
  origins,
})

const show = async (
  path: string,
  complete: () => Promise<CallbackEnd | null>,
  method = 'GET',
): Promise<ShownPage & { readonly location: string | null }> => {
  await using gateway = await startGateway({ server: { routes: callbackRoutes({ complete, find: complete }) } })
  const response = await fetch(gateway.url + path, { method, redirect: 'manual' })
  const { status, headers } = response
  return { status, headers, text: await response.text(), location: headers.get('location') }
}

const CALLBACK = '/callback/enableBanking?code=canary-code&state=canary-state'

describe('a callback', () => {
  it('that names no session gets a page that helps, and says nothing of anybody', async () => {
    const page = await show(CALLBACK, async () => null)
    expect(page.status).toBe(404)
    expectSafePage(page)
    expect(page.text).not.toContain('canary')
    expect(page.text).toContain('go back to the app')
  })

  it('that cannot be noted now asks for a reload, and says nothing of the cause', async () => {
    for (const error of [
      new GatewayError('STORE_UNAVAILABLE', { cause: new Error('canary: disk full') }),
      new Error('canary'),
    ]) {
      const page = await show(CALLBACK, () => Promise.reject(error))
      expect(page.status).toBe(503)
      expectSafePage(page)
      expect(page.text).not.toContain('canary')
      expect(page.text).toContain('Reload')
    }
  })

  it('sends the person on without the code, and refers nobody to where it was', async () => {
    const returnTo = { success: 'https://app.example/done?own=1', cancel: null }
    const { status, headers, location, text } = await show(CALLBACK, async () => endOf({ returnTo }))
    expect(status).toBe(303)
    expect(location).toBe('https://app.example/done?own=1&auth_session_id=aus_1&consent_id=con_1&status=AUTHORIZED')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(text).toBe('')
  })

  it.each([
    ['COMPLETED', false, 'success'],
    ['VERIFYING', false, 'success'],
    ['VERIFYING', true, 'cancel'],
    ['AWAITING_USER', false, 'cancel'],
    ['CANCELLED', false, 'cancel'],
    ['EXPIRED', false, 'cancel'],
    ['FAILED', false, 'cancel'],
  ] as const)('of a session that is %s (a denial waits: %s) leads to %s', async (status, waits, where) => {
    const returnTo = { success: 'https://app.example/success', cancel: 'https://app.example/cancel' }
    const pendingEnd = waits ? ({ status: 'REJECTED', reason: null, raw: null, detail: null } as const) : null
    const { location } = await show(CALLBACK, async () => endOf({ returnTo, status, pendingEnd }))
    expect(new URL(location!).pathname).toBe(`/${where}`)
  })

  it('leads to `success` where the client has no other address', async () => {
    const returnTo = { success: 'https://app.example/success', cancel: null }
    const { location } = await show(CALLBACK, async () => endOf({ returnTo, status: 'FAILED' }))
    expect(new URL(location!).pathname).toBe('/success')
  })

  it('takes GET and HEAD only', async () => {
    const returnTo = { success: 'https://app.example/success', cancel: null }
    const complete = async () => endOf({ returnTo })
    expect((await show(CALLBACK, complete, 'HEAD')).status).toBe(303)
    expect((await show(CALLBACK, complete, 'POST')).status).toBe(405)
  })
})

describe('the page that ends a flow in a popup or frame', () => {
  const origins = ['https://app.example', 'http://localhost:3000']
  const returnPage = (changed: Partial<AuthSession> = {}, of: readonly string[] = origins) =>
    show('/return?auth_session_id=aus_1', async () => endOf(changed, of))

  const scriptOf = ({ text }: ShownPage): string => /<script>(.*)<\/script>/s.exec(text)![1]!

  it('may be framed by the origins that the client registered, and by no others', async () => {
    expectSafePage(await returnPage(), 'https://app.example http://localhost:3000')
    expectSafePage(await returnPage({}, []))
  })

  it('says how it went, and nothing private', async () => {
    const done = await returnPage()
    expect(done.text).toContain('<h1>Thank you</h1>')
    const failed = await returnPage({ status: 'CANCELLED' })
    expect(failed.text).toContain('<h1>Nothing was connected</h1>')
    for (const { text } of [done, failed]) expect(text).not.toContain('canary')
  })

  it('tells whoever opened it, for each registered origin and no other, and closes', async () => {
    const sent: (readonly [string, unknown, string])[] = []
    let closed = 0
    const other = (name: string) => ({
      postMessage: (data: unknown, origin: string) => sent.push([name, data, origin]),
    })
    const window: Record<string, unknown> = { close: () => (closed += 1) }
    window['opener'] = other('opener')
    window['parent'] = window
    runInNewContext(scriptOf(await returnPage()), { window })
    const message = { source: 'consentgraph', auth_session_id: 'aus_1', consent_id: 'con_1', status: 'AUTHORIZED' }
    expect(JSON.parse(JSON.stringify(sent))).toEqual(origins.map((origin) => ['opener', message, origin]))
    expect(closed).toBe(1)
  })

  it('tells the page around a frame, and does not close', async () => {
    const sent: string[] = []
    const window = {
      opener: null,
      parent: { postMessage: (_: unknown, origin: string) => sent.push(origin) },
      close: () => expect.unreachable(),
    }
    runInNewContext(scriptOf(await returnPage()), { window })
    expect(sent).toEqual(origins)
  })

  it('opened by itself, tells nobody', async () => {
    const window: Record<string, unknown> = { opener: null, postMessage: () => expect.unreachable() }
    window['parent'] = window
    runInNewContext(scriptOf(await returnPage()), { window })
  })

  it('does not end its script where a registered origin would', async () => {
    const page = await returnPage({}, ['https://app.example/</script><script>alert(1)</script>'])
    expect(page.text.match(/<script>/g)).toHaveLength(1)
  })

  it('of no session is the page that helps', async () => {
    const page = await show('/return', async () => null)
    expect(page.status).toBe(404)
    expectSafePage(page)
  })
})

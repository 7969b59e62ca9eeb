import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectSafePage } from '../server/page-expectations.ts'
import { ENABLE_BANKING, FISKIL, GRACE_MS, open, openRedirectScene, type RedirectScene } from './redirect-scene.ts'

let scene: RedirectScene

beforeAll(async () => {
  const RETURN_TO = 'https://app.example/done,https://app.example/other'
  scene = await openRedirectScene({ env: { RETURN_TO } })
})
afterAll(() => scene[Symbol.asyncDispose]())

const at = (path: string) => open(scene.gateway.url + path)

/** Ids, tokens and what a callback brings along. */
const PRIVATE = /\b(?:aus|con|usr|cli|stp)_[0-9a-z]{8}|cg_dev_|eyJ|code=|state=/

describe('every page', () => {
  test.each(['/callback/enableBanking', '/callback/fiskil?leg=success', '/callback/nobody?state=x', '/return'])(
    'of nobody, as %s, helps and says nothing of anybody',
    async (path) => {
      const page = await at(path)
      expect(page.status).toBe(404)
      expectSafePage(page)
      expect(page.text).not.toMatch(PRIVATE)
    },
  )

  test('of another kind is not there', async () => {
    expect((await at('/callback')).status).toBe(404)
    expect((await at('/callback/enableBanking/x')).status).toBe(404)
    expect((await open(`${scene.gateway.url}/callback/fiskil`, { method: 'POST' })).status).toBe(405)
  })

  test('of a lost state helps, and the person can try again', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    const page = await scene.comeBack(begun, 'lose-state')
    expect(page.status).toBe(404)
    expectSafePage(page)
    expect(page.text).not.toMatch(PRIVATE)
    expect((await scene.session(begun.session.id)).sessionStatus).toBe('AWAITING_USER')
  })

  test('/sandbox lists each institution of the guide, and holds nothing private', async () => {
    const page = await at('/sandbox')
    expect(page.status).toBe(200)
    expectSafePage(page)
    expect(page.text).not.toMatch(PRIVATE)
    const { sandbox } = await scene.gateway.graphql<{
      sandbox: { guide: readonly { institutionId: string | null }[]; inboxUrl: string; phoneUrl: string }
    }>('{ sandbox { inboxUrl phoneUrl guide { institutionId } } }')
    for (const { institutionId } of sandbox.guide)
      if (institutionId !== null) expect(page.text).toContain(institutionId)
    for (const url of [sandbox.inboxUrl, sandbox.phoneUrl]) expect(page.text).toContain(`href="${url}"`)
  })

  test('/sandbox/return says what came back, as text', async () => {
    const page = await at('/sandbox/return?status=%3Cscript%3Ealert(1)%3C/script%3E&consent_id=%22onload%3D1&x=secret')
    expect(page.status).toBe(200)
    expectSafePage({ ...page, text: page.text.replace('&quot;onload=1', '') })
    expect(page.text).toContain('status: &lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page.text).not.toContain('secret')
  })

  test('of a sandbox is not there where no provider is simulated', async () => {
    const names = ['ENABLE_BANKING', 'FISKIL', 'OBP', 'INSURELY']
    await using real = await openRedirectScene({
      env: Object.fromEntries(names.map((name) => [`${name}_ENABLED`, 'false'])),
    })
    expect((await open(`${real.gateway.url}/sandbox`)).status).toBe(404)
    expect((await open(`${real.gateway.url}/sandbox/return`)).status).toBe(404)
    expect((await open(`${real.gateway.url}/callback/fiskil`)).status).toBe(404)
  })
})

describe.each([ENABLE_BANKING, FISKIL])('$name: a flow in a popup', (bank) => {
  const begin = () => scene.begin(bank, { returnTo: { success: `${scene.gateway.url}/return` } })

  test("ends on the gateway's own page, which tells the pages of the client", async () => {
    const begun = await begin()
    const { location } = await scene.comeBack(begun, 'approve')
    expect(location!.pathname).toBe('/return')
    const page = await open(location!)
    expect(page.status).toBe(200)
    expectSafePage(page, `https://app.example ${scene.gateway.url}`)
    expect(page.text).toContain('"status":"AUTHORIZED"')
    expect(page.text).toContain(JSON.stringify(['https://app.example', scene.gateway.url]))
  })

  test('says what is true, and not what its address says', async () => {
    const begun = await begin()
    const { location } = await scene.comeBack(begun, 'deny')
    location!.searchParams.set('status', 'AUTHORIZED')
    const waiting = await open(location!)
    expect(waiting.text).toContain('"status":"AWAITING_AUTHORIZATION"')
    expect(waiting.text).toContain('Nothing was connected')
    await begun.simulator.advance(GRACE_MS)
    expect((await open(location!)).text).toMatch(/"status":"(?:AWAITING_AUTHORIZATION|REJECTED)"/)
    await scene.until(begun.consent.id, ({ status }) => status === 'REJECTED')
    expect((await open(location!)).text).toContain('"status":"REJECTED"')
  })

  test('cannot be led to the same path elsewhere', async () => {
    const { userErrors } = await scene.start(bank, { returnTo: { success: 'https://app.example/return' } })
    expect(userErrors).toMatchObject([{ code: 'NOT_ALLOWED', path: ['input', 'returnTo', 'success'] }])
  })
})

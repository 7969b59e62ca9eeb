import { describe, expect, test } from 'vitest'
import { ENABLE_BANKING, FISKIL, GRACE_MS, open, openRedirectScene, setWebhookUrl } from './redirect-scene.ts'

const EXCHANGE = 'POST /sessions'

/** Short, so that what is lost is named soon. */
const openScene = () => openRedirectScene({ env: { PROVIDER_CALL_DEADLINE_MS: '3000' } })

const statusAt = ({ location }: { readonly location: URL | null }) => location?.searchParams.get('status')

describe('a process that is killed', () => {
  test('between taking the code and hearing of it: FAILED after the restart, and no second exchange', async () => {
    await using first = await openScene()
    const begun = await first.begin(ENABLE_BANKING)
    const callback = await first.decide(begun, 'approve')
    await begun.simulator.fault({ kind: 'delay', delayMs: 60_000, at: 'reply', match: EXCHANGE })
    const coming = open(callback).catch(() => null)
    while ((await first.effects(begun.simulator, 'session.authorized', begun.attempt)).length === 0);
    await using second = await first.restart('SIGKILL')
    expect(await coming).toBeNull()
    // The simulator has another address now.
    const other = await second.begin(ENABLE_BANKING)
    expect(await second.session(begun.session.id)).toMatchObject({ sessionStatus: 'VERIFYING' })
    const again = new URL(callback.pathname + callback.search, second.gateway.url)
    const [answer, consent] = await Promise.all([
      open(again),
      second.until(begun.consent.id, ({ status }) => status !== 'AWAITING_AUTHORIZATION'),
    ])
    expect(consent).toMatchObject({ status: 'FAILED' })
    expect((await second.session(begun.session.id)).problem).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect([303, 503]).toContain(answer.status)
    expect(statusAt(await open(again))).toBe('FAILED')
    expect(await second.effects(other.simulator, 'session.authorized', begun.attempt)).toHaveLength(1)
    expect((await other.simulator.calls()).filter(({ path }) => path === '/sessions')).toEqual([])
  })

  test('while it looks what Fiskil has: the list tells the next one', async () => {
    await using first = await openScene()
    const begun = await first.begin(FISKIL)
    await setWebhookUrl(begun.simulator, null)
    const callback = await first.decide(begun, 'approve')
    await begun.simulator.fault({ kind: 'delay', delayMs: 60_000, at: 'reply', match: 'GET /v1/consent' })
    const coming = open(callback).catch(() => null)
    while (!(await begun.simulator.calls()).some(({ path }) => path === '/v1/consent'));
    await using second = await first.restart('SIGKILL')
    expect(await coming).toBeNull()
    expect(await second.until(begun.consent.id, ({ status }) => status !== 'AWAITING_AUTHORIZATION')).toMatchObject({
      status: 'AUTHORIZED',
      revocation: null,
    })
  })

  test('in the grace window of a denial: it is REJECTED when that is over, and a code still wins before', async () => {
    await using first = await openScene()
    const [denied, late] = [await first.begin(ENABLE_BANKING), await first.begin(ENABLE_BANKING)]
    await first.comeBack(denied, 'deny')
    await first.comeBack(late, 'early-denial')
    const code = await first.decide(late, 'approve')
    await using second = await first.restart('SIGKILL')
    const { simulator } = await second.begin(ENABLE_BANKING)
    expect((await second.session(denied.session.id)).sessionStatus).toBe('VERIFYING')
    const back = await open(new URL(code.pathname + code.search, second.gateway.url))
    expect(statusAt(back)).toBe('AUTHORIZED')
    await simulator.advance(GRACE_MS)
    expect(await second.until(denied.consent.id, ({ status }) => status === 'REJECTED')).toBeDefined()
  })
})

import { describe, expect, it } from 'vitest'
import { isFinalConsent } from '../../../src/domain/consent.ts'
import { GatewayError } from '../../../src/domain/errors.ts'
import { hasExpired } from '../../../src/domain/expiry.ts'
import type { ProviderConsent, SessionStep } from '../../../src/domain/provider.ts'
import type { Challenge } from '../../../src/domain/step.ts'
import type { ProviderHarness } from './harness.ts'
import { callFor, openStory, settled, type Story, stored } from './story.ts'

const challengeOf = ({ next }: SessionStep): Challenge => {
  if (next.kind === 'WAIT' || next.kind === 'DONE')
    throw new Error(`the person was expected to do something: ${next.kind}`)
  return next
}

/** What a screen needs, whatever the step. */
const expectShowable = (challenge: Challenge): void => {
  expect(challenge.ref).not.toBe('')
  expect(challenge.title.trim()).not.toBe('')
  switch (challenge.kind) {
    case 'REDIRECT':
      expect(new URL(challenge.url).protocol).toMatch(/^https?:$/)
      break
    case 'OTP':
      expect(() => new RegExp(challenge.pattern ?? '')).not.toThrow()
      break
    case 'QR':
      expect(challenge.frame.text).not.toBe('')
      break
    case 'APP_LAUNCH':
      expect(new URL(challenge.universalLink).protocol).toBe('https:')
      break
    case 'SELECT_METHOD':
      expect(challenge.methods.map(({ id }) => id)).not.toEqual([])
      break
    case 'FORM':
      expect(challenge.fields.map(({ name }) => name)).not.toEqual([])
      break
    case 'DECOUPLED':
      break
  }
}

/** Also where the provider leaves it standing: its end is told with it. */
const isLive = (story: Story, consent: ProviderConsent | null): boolean =>
  consent?.status === 'AUTHORIZED' &&
  !hasExpired({ status: 'AUTHORIZED', expiresAt: consent.expiresAt }, story.clock.now())

/** Words that are not known: kept as they came, and without a meaning. */
const isUnknown = (said: ProviderConsent | null): said is ProviderConsent => said !== null && said.status === null

export const describeAuthorization = (harness: ProviderHarness): void => {
  describe('an authorization', () => {
    it('asks the person for a step that was promised, and ends AUTHORIZED', async () => {
      await using story = await openStory(harness)
      const started = await story.start()
      const challenge = challengeOf(started)
      expect(story.connector.capabilities.steps).toContain(challenge.kind)
      expectShowable(challenge)
      expect(started.consent?.status ?? 'AWAITING_AUTHORIZATION').toBe('AWAITING_AUTHORIZATION')

      const done = await story.act(started, 'APPROVE')
      expect(done.next).toEqual({ kind: 'DONE' })
      expect(done.consent).toMatchObject({ status: 'AUTHORIZED', reason: null })
      const { expiresAt } = done.consent!
      expect(expiresAt?.getTime()).toBeGreaterThan(story.clock.now().getTime())

      const key = story.keyOf(done.consent!)
      expect(await story.read(key)).toMatchObject({
        providerConsentId: key.providerConsentId,
        status: 'AUTHORIZED',
        expiresAt,
      })
    })

    it('names the same step as long as nothing has happened', async () => {
      await using story = await openStory(harness)
      const started = await story.start()
      const again = await story.connector.status(stored(started.state), callFor())
      expect(challengeOf(again)).toMatchObject({ kind: started.next.kind, ref: challengeOf(started).ref })
    })

    it('goes on in another process: state in, state out', async () => {
      await using story = await openStory(harness)
      const started = await story.start()
      const done = await story.tell(started, await story.person(started, 'APPROVE'), story.reconnect())
      expect(done.consent?.status).toBe('AUTHORIZED')
    })

    it('that the person refuses ends REJECTED, by the person', async () => {
      await using story = await openStory(harness)
      const refused = await story.act(await story.start(), 'REFUSE')
      expect(refused.next).toEqual({ kind: 'DONE' })
      expect(refused.consent?.status).toBe('REJECTED')
      expect(refused.consent?.reason).toMatch(/^(DENIED_BY_USER|CANCELLED_BY_USER|OTP_REJECTED)$/)
      expect(refused.consent?.raw).not.toBeNull()
    })

    it('that is heard of twice has one effect and one consent', async () => {
      await using story = await openStory(harness)
      const started = await story.start()
      const trace = await story.person(started, 'APPROVE')
      const done = await story.tell(started, trace)
      const { providerConsentId } = done.consent!

      const afterwards = trace.kind === 'ANSWER' ? { kind: 'NOTHING' as const } : trace
      expect((await story.tell(done, afterwards)).consent).toMatchObject({ providerConsentId, status: 'AUTHORIZED' })
      // A copy that raced knows only the state from before. Where it cannot learn more it says that nobody knows.
      const raced = await settled(story.tell(started, trace))
      if (raced instanceof GatewayError) expect(raced.code).toBe('OUTCOME_UNKNOWN')
      else expect(raced.consent).toMatchObject({ providerConsentId, status: 'AUTHORIZED' })
      if (harness.grant) expect(story.simulator.ledger.count(harness.grant.effect)).toBe(1)
    })

    it('that nobody takes up runs out, and cannot be granted any more', async () => {
      await using story = await openStory(harness)
      const started = await story.start()
      story.clock.advance(harness.attemptLifeMs + 1000)
      const late = await story.connector.status(stored(started.state), callFor())
      if (harness.tellsTimeout) {
        expect(late).toMatchObject({
          next: { kind: 'DONE' },
          consent: { status: 'EXPIRED', reason: 'SESSION_EXPIRED' },
        })
      } else {
        expect(late.next.kind).not.toBe('DONE')
        expect(late.consent?.status ?? 'AWAITING_AUTHORIZATION').toBe('AWAITING_AUTHORIZATION')
      }
      const granted = await settled(story.act(started, 'APPROVE'))
      if (!(granted instanceof GatewayError)) expect(isLive(story, granted.consent)).toBe(false)
    })

    it('keeps a status word that nobody documented, gives it no meaning, and does not end by it', async () => {
      await using story = await openStory(harness)
      const started = await story.start({ institutionRef: harness.weirdInstitution })
      const heard = await story.hear(started, await story.person(started, 'APPROVE'))
      const said = [started.consent, heard.consent]
      if (heard.consent?.providerConsentId != null) {
        const read = await story.read(story.keyOf(heard.consent, harness.weirdInstitution))
        if (read instanceof GatewayError) throw read
        said.push(read)
      }
      const unknown = said.filter(isUnknown)
      expect(unknown).not.toEqual([])
      for (const { raw, reason } of unknown) {
        expect(raw).toMatch(/under_?review/i)
        expect(reason).toBeNull()
      }
      if (isUnknown(heard.consent)) expect(heard.next.kind).not.toBe('DONE')
    })
  })

  describe('a cancelled authorization', () => {
    it('is over, however often it is cancelled', async () => {
      await using story = await openStory(harness)
      const started = await story.start()
      await story.connector.cancel(stored(started.state), callFor())
      await story.connector.cancel(stored(started.state), callFor())
      if (harness.cancelEffect !== null) expect(story.simulator.ledger.count(harness.cancelEffect)).toBe(1)

      // Where the provider cannot be told, a grant may still come: then it can be taken back.
      const late = await settled(story.act(started, 'APPROVE'))
      if (late instanceof GatewayError) return
      if (harness.cancelEffect !== null) return expect(isLive(story, late.consent)).toBe(false)
      if (!isLive(story, late.consent)) return
      const revoked = await story.connector.revoke(story.keyOf(late.consent!), null, callFor())
      expect(isFinalConsent(revoked.status!)).toBe(true)
    })

    it('needs no call where the start never came back', async () => {
      await using story = await openStory(harness)
      const draft = stored(story.connector.prepare(story.request()))
      expect(await story.countCalls(() => story.connector.cancel(draft, callFor()))).toBe(0)
    })
  })
}

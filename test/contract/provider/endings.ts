import { describe, expect, it } from 'vitest'
import { isFinalConsent, type Secrets } from '../../../src/domain/consent.ts'
import { GatewayError } from '../../../src/domain/errors.ts'
import { randomIds } from '../../../src/domain/ids.ts'
import type { ProviderHarness } from './harness.ts'
import { callFor, faultOf, openStory, stored } from './story.ts'
import { expectNoSecret, PERSON } from './witness.ts'

export const describeEndings = (harness: ProviderHarness): void => {
  describe('a revocation', () => {
    it('is seen by the next read, and resolves as ended however often it is asked for', async () => {
      await using story = await openStory(harness)
      const { key } = await story.authorize()
      if (!story.connector.capabilities.revocation) {
        const fault = await faultOf(story.connector.revoke(key, null, callFor()))
        return expect(fault.code).toBe('CAPABILITY_NOT_SUPPORTED')
      }
      for (let time = 0; time < 2; time += 1) {
        const ended = await story.connector.revoke(key, story.request().psu, callFor())
        expect(ended.providerConsentId).toBe(key.providerConsentId)
        expect(isFinalConsent(ended.status!)).toBe(true)
        expect(story.simulator.ledger.count(harness.revoke.effect)).toBe(1)
      }
      const read = await story.read(key)
      if (!(read instanceof GatewayError)) expect(isFinalConsent(read.status!)).toBe(true)
    })

    it('of what nobody knows resolves as ended', async () => {
      await using story = await openStory(harness)
      const { key } = await story.authorize()
      if (!story.connector.capabilities.revocation) return
      const unknown = { ...key, providerConsentId: '00000000-0000-4000-8000-000000000000' }
      expect(isFinalConsent((await story.connector.revoke(unknown, null, callFor())).status!)).toBe(true)
      expect(await story.read(key)).toMatchObject({ status: 'AUTHORIZED' })
    })

    it('leaves the other consents of the user alone', async () => {
      await using story = await openStory(harness)
      const { key } = await story.authorize()
      const other = await story.authorize()
      if (!story.connector.capabilities.revocation) return
      await story.connector.revoke(key, null, callFor())
      expect(await story.read(other.key)).toMatchObject({ status: 'AUTHORIZED' })
    })
  })

  describe('a renewal', () => {
    it('is refused where the provider has none, before any call', async () => {
      await using story = await openStory(harness)
      const { key } = await story.authorize()
      if (story.connector.capabilities.renewal) return
      expect(() => story.connector.prepare(story.request({ renews: key }))).toThrow(
        expect.objectContaining({ code: 'CAPABILITY_NOT_SUPPORTED' }),
      )
    })

    it('leaves the old consent as it was until the new one is granted, and for good where the person refuses', async () => {
      await using story = await openStory(harness)
      const { key } = await story.authorize()
      if (!story.connector.capabilities.renewal) return
      const started = await story.start({ renews: key })
      expect(await story.read(key)).toMatchObject({ status: 'AUTHORIZED' })
      expect((await story.act(started, 'REFUSE')).consent?.status).toBe('REJECTED')
      expect(await story.read(key)).toMatchObject({ status: 'AUTHORIZED' })
    })

    it('brings a consent that outlives the end of the old one', async () => {
      await using story = await openStory(harness)
      const { key } = await story.authorize()
      const { renewal, revokeAfterRenewal } = story.connector.capabilities
      if (!renewal) return
      story.clock.advance(60_000)
      const renewed = await story.authorize({ renews: key })
      if (revokeAfterRenewal) {
        expect(renewed.key.providerConsentId).not.toBe(key.providerConsentId)
        await story.connector.revoke(key, null, callFor())
      }
      expect(await story.read(renewed.key)).toMatchObject({ status: 'AUTHORIZED' })
    })
  })

  describe('an attempt that has ended', () => {
    it('keeps what a grant that comes too late takes, and neither link nor person', async () => {
      await using story = await openStory(harness)
      const { connector } = story
      const started = await story.start()
      const afterEnd = (state: Secrets): Secrets => stored(connector.stateAfterEnd?.(stored(state)) ?? {})
      const state = afterEnd(started.state)
      expect(afterEnd(state)).toEqual(state)
      expect(afterEnd({})).toEqual({})
      expectNoSecret(state, Object.values(PERSON), 'an ended attempt')
      if (started.next.kind === 'REDIRECT') expect(JSON.stringify(state)).not.toContain(started.next.url)
      const trace = await story.person(started, 'APPROVE')
      if (trace.kind !== 'CALLBACK') return
      expect((await story.tell({ ...started, state }, trace)).consent).toMatchObject({ status: 'AUTHORIZED' })
    })
  })

  describe('a user of the provider', () => {
    it('is made where it has users of its own, under a name that says nothing of the person', async () => {
      await using story = await openStory(harness)
      const { connector } = story
      expect(connector.ensureUser !== undefined).toBe(connector.capabilities.ownUsers)
      expect(story.user !== null).toBe(connector.capabilities.ownUsers)
      if (connector.ensureUser === undefined) return
      const other = await connector.ensureUser(randomIds.next('usr'), callFor())
      expect(other.ref).not.toBe('')
      expect(other.ref).not.toBe(story.user?.ref)
      expectNoSecret(other.ref, Object.values(PERSON), 'the name of a user')
      expect(stored(other.secrets)).toEqual(other.secrets)
    })

    it('is forgotten where it can be, however often that is asked for', async () => {
      await using story = await openStory(harness)
      const { connector } = story
      expect(connector.forgetUser !== undefined).toBe(connector.capabilities.erasure)
      if (connector.forgetUser === undefined || story.user === null) return
      const { key } = await story.authorize()
      await connector.revoke(key, null, callFor())
      await connector.forgetUser(story.user, callFor())
      await connector.forgetUser(story.user, callFor())
    })
  })
}

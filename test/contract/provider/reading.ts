import { describe, expect, it } from 'vitest'
import { isFinalConsent } from '../../../src/domain/consent.ts'
import { GatewayError } from '../../../src/domain/errors.ts'
import { hasExpired } from '../../../src/domain/expiry.ts'
import type { ConsentKey, ProviderConsent, ProviderInstitution } from '../../../src/domain/provider.ts'
import type { ProviderHarness } from './harness.ts'
import { callFor, openStory, type Story } from './story.ts'

const READERS = 100

const expectWellFormed = (institution: ProviderInstitution, story: Story): void => {
  const { capabilities } = story.connector
  const { name, country, logoUrl, steps, psuTypes, maxConsentSeconds, requiredPsuFields } = institution
  expect(name.trim()).not.toBe('')
  expect(country ?? 'SE').toMatch(/^[A-Z]{2}$/)
  if (logoUrl !== null) expect(new URL(logoUrl).protocol).toMatch(/^https?:$/)
  expect(psuTypes).not.toEqual([])
  expect(steps).not.toEqual([])
  expect(capabilities.steps).toEqual(expect.arrayContaining([...steps]))
  expect(maxConsentSeconds ?? 1).toBeGreaterThan(0)
  expect(Object.keys(story.request().psu)).toEqual(expect.arrayContaining([...requiredPsuFields]))
}

/** Nobody's consent, under keys that look right. */
const strangerOf = (key: ConsentKey): ConsentKey => ({
  ...key,
  providerConsentId: '00000000-0000-4000-8000-000000000000',
})

const isOverAt = ({ status, expiresAt }: ProviderConsent, now: Date): boolean =>
  status === 'EXPIRED' || (status !== null && hasExpired({ status, expiresAt }, now))

const three = async (story: Story): Promise<readonly ConsentKey[]> => {
  const keys: ConsentKey[] = []
  for (let count = 0; count < 3; count += 1) keys.push((await story.authorize()).key)
  return keys
}

export const describeReading = (harness: ProviderHarness): void => {
  describe('consents', () => {
    it('are read in the order of their keys; a fault of one is that one’s alone', async () => {
      await using story = await openStory(harness)
      const [a, b, c] = (await three(story)) as [ConsentKey, ConsentKey, ConsentKey]
      const foreign: ConsentKey = { ...b, secrets: { of: 'another connector' }, user: null }
      const read = await story.connector.readConsents([c, strangerOf(a), a, foreign, b, c], callFor())
      const idOf = (one: ProviderConsent | GatewayError | undefined) =>
        one instanceof GatewayError ? null : one?.providerConsentId
      expect(read).toHaveLength(6)
      expect([0, 2, 4, 5].map((at) => idOf(read[at]))).toEqual([c, a, b, c].map((key) => key.providerConsentId))
      for (const at of [0, 2, 4, 5]) expect(read[at]).toMatchObject({ status: 'AUTHORIZED' })
      // Nobody knows it: an error, or over. Never alive, and never somebody else's.
      const stranger = read[1]!
      if (!(stranger instanceof GatewayError)) expect(isFinalConsent(stranger.status!)).toBe(true)
      expect([null, b.providerConsentId]).toContain(idOf(read[3]))
      expect(await story.connector.readConsents([], callFor())).toEqual([])
    })

    it('of one user cost one call where the provider has a list, else one each', async () => {
      await using story = await openStory(harness)
      const keys = await three(story)
      const calls = await story.countCalls(() => story.connector.readConsents(keys, callFor()))
      expect(calls).toBe(story.connector.capabilities.consentRead === 'LIST' ? 1 : keys.length)
    })

    it(`are asked for once though ${READERS} ask at the same time`, async () => {
      await using story = await openStory(harness)
      const { key } = await story.authorize()
      const calls = await story.countCalls(async () => {
        const reads = await Promise.all(Array.from({ length: READERS }, () => story.read(key)))
        for (const read of reads) expect(read).toMatchObject({ status: 'AUTHORIZED' })
      })
      expect(calls).toBe(1)
    })

    it('run out at the time that was said, and not before', async () => {
      await using story = await openStory(harness)
      const { key, consent } = await story.authorize()
      const endMs = consent.expiresAt!.getTime()
      const halfway = new Date((story.clock.now().getTime() + endMs) / 2)
      story.clock.set(halfway)
      expect(await story.read(key)).toMatchObject({ status: 'AUTHORIZED', expiresAt: consent.expiresAt })
      story.clock.set(new Date(endMs + 1000))
      const over = await story.read(key)
      if (over instanceof GatewayError) throw over
      expect(isOverAt(over, story.clock.now())).toBe(true)
      expect(over.raw).not.toBeNull()
    })
  })

  describe('institutions', () => {
    it('are well formed, and have names of their own', async () => {
      await using story = await openStory(harness)
      const institutions = await story.connector.institutions(callFor())
      const refs = institutions.map(({ ref }) => ref)
      expect(refs).toContain(story.request().institutionRef)
      expect(refs).toContain(harness.weirdInstitution)
      expect(refs).not.toContain('')
      expect(new Set(refs).size).toBe(refs.length)
      for (const institution of institutions) expectWellFormed(institution, story)
    })

    it('are asked for once though many ask at the same time', async () => {
      await using story = await openStory(harness)
      await story.authorize()
      const ask = () => story.connector.institutions(callFor())
      expect(await story.countCalls(() => Promise.all(Array.from({ length: READERS }, ask)))).toBe(1)
    })
  })

  describe('accounts', () => {
    it('never show a whole number, and are known again under a renewed consent', async () => {
      await using story = await openStory(harness)
      const { connector } = story
      const { key } = await story.authorize()
      expect(connector.accounts !== undefined).toBe(connector.capabilities.accounts)
      if (connector.accounts === undefined) return
      const before = await connector.accounts(key, callFor())
      expect(before).not.toEqual([])
      for (const { id, maskedNumber } of before) {
        expect(id).not.toBe('')
        expect(maskedNumber ?? '').not.toMatch(/[\dA-Z]{6,}/i)
        expect((maskedNumber ?? '').replaceAll(/\D/g, '').length).toBeLessThanOrEqual(6)
      }
      const identities = before.map(({ identity }) => identity)
      expect(identities).not.toContain(null)
      expect(new Set(identities).size).toBe(identities.length)
      if (!connector.capabilities.renewal) return
      const renewed = await story.authorize({ renews: key })
      const after = await connector.accounts(renewed.key, callFor())
      expect(new Set(after.map(({ identity }) => identity))).toEqual(new Set(identities))
    })
  })
}

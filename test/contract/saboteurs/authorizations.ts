import { GatewayError } from '../../../src/domain/errors.ts'
import type { ProviderConsent, SessionStep } from '../../../src/domain/provider.ts'
import { PERSON } from '../provider/witness.ts'
import { isError, read, type Saboteur, saboteur, type Spoil } from './saboteur.ts'

const withConsent = (step: SessionStep, change: Partial<ProviderConsent>): SessionStep =>
  step.consent === null ? step : { ...step, consent: { ...step.consent, ...change } }

const withChallenge = (step: SessionStep, change: object): SessionStep => ({
  ...step,
  next: { ...step.next, ...change },
})

const failed = (): GatewayError => new GatewayError('PROVIDER_CONTRACT_VIOLATION')

const remembering: Spoil = (c) => {
  const mine = new Set<unknown>()
  return {
    start: async (...given) => {
      const step = await c.start(...given)
      mine.add(step.state['sessionId'])
      return step
    },
    complete: async (state, ...rest) => {
      if (!mine.has(state['sessionId'])) throw new GatewayError('INTERNAL')
      return await c.complete!(state, ...rest)
    },
  }
}

export const IN_AUTHORIZATIONS: readonly Saboteur[] = [
  saboteur('a step that was not promised', 'fiskil', 'asks the person for a step that was promised', (c) => ({
    capabilities: { ...c.capabilities, steps: ['OTP'] },
  })),
  saboteur('a step without a title', 'fiskil', 'asks the person for a step that was promised', (c) => ({
    start: async (...given) => withChallenge(await c.start(...given), { title: ' ' }),
  })),
  saboteur('the whole phone number in a step', 'openBankProject', 'asks the person for a step', (c) => ({
    start: async (...given) => withChallenge(await c.start(...given), { maskedDestination: PERSON.phone }),
  })),
  saboteur('the phone number, written otherwise', 'openBankProject', 'asks the person for a step', (c) => ({
    start: async (...given) => withChallenge(await c.start(...given), { maskedDestination: '+46 (70) 099-00 42' }),
  })),
  saboteur('a token in what is shown', 'openBankProject', 'asks the person for a step', (c) => ({
    start: async (...given) => {
      const step = await c.start(...given)
      return withConsent(step, { detail: step.consent?.secrets?.['jwt'] as string })
    },
  })),
  saboteur('a consent without an end', 'enableBanking', 'ends AUTHORIZED', (c) => ({
    complete: async (...given) => withConsent(await c.complete!(...given), { expiresAt: null }),
  })),
  saboteur('an end that the next read does not know', 'fiskil', 'ends AUTHORIZED', (c) => ({
    complete: async (...given) => withConsent(await c.complete!(...given), { expiresAt: new Date(4e12) }),
  })),
  saboteur('a foreign error', 'fiskil', 'names the same step', () => ({
    status: () => Promise.reject(new TypeError('undefined is not a function')),
  })),
  saboteur('another step at each look', 'fiskil', 'names the same step', (c) => ({
    status: async (...given) => withChallenge(await c.status(...given), { ref: crypto.randomUUID() }),
  })),
  saboteur('a memory of its own', 'fiskil', 'goes on in another process', remembering),
  saboteur('a refusal that grants', 'enableBanking', 'that the person refuses', (c) => ({
    complete: async (...given) => withConsent(await c.complete!(...given), { status: 'AUTHORIZED' }),
  })),
  saboteur('a refusal without a reason', 'insurely', 'that the person refuses', (c) => ({
    status: async (...given) => withConsent(await c.status(...given), { reason: 'PROVIDER_ERROR' }),
  })),
  saboteur('a second callback that is another consent', 'fiskil', 'heard of twice', (c) => {
    let count = 0
    return {
      complete: async (...given) => {
        count += 1
        const step = await c.complete!(...given)
        return count === 1 ? step : withConsent(step, { providerConsentId: 'another' })
      },
    }
  }),
  saboteur('a second callback that is a fault', 'enableBanking', 'heard of twice', (c) => {
    let count = 0
    return {
      complete: (...given) => ((count += 1) > 1 ? Promise.reject(new GatewayError('INTERNAL')) : c.complete!(...given)),
    }
  }),
  saboteur('time that is never over', 'insurely', 'that nobody takes up', (c) => ({
    status: async (...given) => withConsent(await c.status(...given), { status: 'AUTHORIZED' }),
  })),
  saboteur('a grant that is good for ever', 'openBankProject', 'that nobody takes up', (c) => ({
    answer: async (...given) => withConsent(await c.answer(...given), { expiresAt: null }),
  })),
  saboteur('an unknown word that throws', 'enableBanking', 'keeps a status word', (c) => ({
    readConsents: async (keys, call) =>
      (await c.readConsents(keys, call)).map((one) => (isError(one) || one.status !== null ? one : failed())),
  })),
  saboteur(
    'an unknown word that is guessed',
    'enableBanking',
    'keeps a status word',
    read((one) => ({ ...one, status: one.status ?? 'AUTHORIZED' })),
  ),
  saboteur(
    'an unknown word that is dropped',
    'enableBanking',
    'keeps a status word',
    read((one) => ({ ...one, raw: null })),
  ),
  saboteur('an unknown word that ends', 'fiskil', 'keeps a status word', (c) => ({
    complete: async (...given) => ({ ...(await c.complete!(...given)), next: { kind: 'DONE' } }),
  })),
  saboteur('a cancel that does nothing', 'insurely', 'is over, however often', () => ({
    cancel: () => Promise.resolve(),
  })),
  saboteur('a second cancel that fails', 'openBankProject', 'is over, however often', (c) => {
    let count = 0
    return { cancel: (...given) => ((count += 1) > 1 ? Promise.reject(failed()) : c.cancel(...given)) }
  }),
  saboteur('a cancel that calls for a draft', 'fiskil', 'needs no call where the start', (c) => ({
    cancel: async (_, call) => void (await c.institutions(call)),
  })),
]

import { GatewayError } from '../../../src/domain/errors.ts'
import type { StartRequest } from '../../../src/domain/provider.ts'
import { refuse, type Saboteur, saboteur, type Spoil } from './saboteur.ts'

/** One that is prepared as another would be. */
const prepared =
  (change: (request: StartRequest) => Partial<StartRequest>): Spoil =>
  (c) => ({
    prepare: (request) => c.prepare({ ...request, ...change(request) }),
  })

export const IN_PROMISES: readonly Saboteur[] = [
  saboteur('a draft of chance', 'fiskil', 'is pure', () => ({ prepare: () => ({ nonce: crypto.randomUUID() }) })),
  saboteur('a draft that calls', 'insurely', 'is pure', (c, { simulator }) => ({
    prepare: (request) => {
      void fetch(`${simulator.url}/users`).then((answer) => answer.text())
      return c.prepare(request)
    },
  })),
  saboteur('a draft with the person in it', 'openBankProject', 'keeps nothing of the person', (c) => ({
    prepare: (request) => ({ ...c.prepare(request), phone: request.psu.phone }),
  })),
  saboteur(
    'a step for nobody',
    'enableBanking',
    'a client that can show none',
    prepared(() => ({ supportedSteps: ['REDIRECT'] })),
  ),
  saboteur(
    'options that are dropped',
    'insurely',
    'refuses options',
    prepared(() => ({ options: null })),
  ),
  saboteur(
    'a validity that is dropped',
    'fiskil',
    'refuses what a missing capability',
    prepared(() => ({ validUntil: null })),
  ),
  saboteur('an answer that throws', 'fiskil', 'that is answered with OTP', () => ({
    answer: () => {
      throw new GatewayError('STATE_CONFLICT')
    },
  })),
  saboteur('an answer that is swallowed', 'enableBanking', 'that is answered with FORM', (c) => ({
    answer: (state, _, call) => c.status(state, call),
  })),
  saboteur('an answer that asks first', 'insurely', 'that is answered with METHOD', (c) => ({
    answer: async (state, answer, call) => {
      await c.institutions(call)
      return await c.answer(state, answer, call)
    },
  })),
  saboteur('an answer to any step', 'openBankProject', 'that is not the current one', (c) => ({
    answer: (state, answer, call) => c.answer(state, { ...answer, stepRef: state['consentId'] as string }, call),
  })),
  saboteur('a code that cannot be had again', 'openBankProject', 'offers a new code', () => ({
    resend: () => refuse(),
  })),
  saboteur('a way back that nobody takes', 'insurely', 'has a way back', (c) => ({
    complete: (state, _, call) => c.status(state, call),
  })),
  saboteur('a grant for any code', 'enableBanking', 'comes back with nothing', (c) => ({
    complete: async (state) => ({
      next: { kind: 'DONE' },
      state,
      consent: {
        providerConsentId: 'x',
        status: 'AUTHORIZED',
        raw: c.id,
        detail: null,
        reason: null,
        expiresAt: null,
        access: null,
        secrets: null,
      },
    }),
  })),
  saboteur('a bank that is quoted', 'fiskil', 'comes back with words of the bank', (c) => ({
    complete: async (state, callback, call) => {
      const step = await c.complete!(state, callback, call)
      return step.consent === null
        ? step
        : { ...step, consent: { ...step.consent, detail: callback.get('error_description') } }
    },
  })),
  saboteur('news from anybody', 'fiskil', 'a forged signature is refused', () => ({
    decodeWebhook: () => Promise.resolve([]),
  })),
  saboteur('news that nobody looks for', 'insurely', 'is asked for at an interval', (c) => ({
    capabilities: { ...c.capabilities, statusUpdates: { kind: 'POLL', pollIntervalMs: 0 } },
  })),
  saboteur('health that is never good', 'enableBanking', 'is good while', () => ({
    check: () => Promise.resolve({ ok: false, detail: '' }),
  })),
  saboteur('health that is always good', 'insurely', 'is not good while', () => ({
    check: () => Promise.resolve({ ok: true, detail: '' }),
  })),
]

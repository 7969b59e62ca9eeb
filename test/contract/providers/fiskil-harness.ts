import { createMovableClock } from '../../../src/sandbox/clock.ts'
import { accounts, FISKIL_SANDBOX_SEED } from '../../../src/sandbox/fiskil/seed.ts'
import { createFiskilSandbox } from '../../../src/sandbox/fiskil/server.ts'
import { personAt } from '../../sandbox/fiskil-client.ts'
import type { Deed, ProviderHarness } from '../provider/harness.ts'
import { createStand } from '../provider/stand.ts'

const { clientId, clientSecret, webhookSecret } = FISKIL_SANDBOX_SEED
const BUTTONS = { APPROVE: 'approve', REFUSE: 'deny' } as const satisfies Record<Deed, string>

export const fiskil: ProviderHarness = {
  name: 'Fiskil',
  request: () => ({ institutionRef: 'sandbox.redirect', validUntil: null, psu: {} }),
  weirdInstitution: 'sandbox.redirect-weird-status',
  start: { route: 'POST /v1/auth/session', effect: 'session.created', harmless: true },
  // The person grants at Fiskil; the callback is news of it.
  grant: null,
  revoke: { route: 'DELETE /v1/consent/:arrangementId', effect: 'consent.revoked' },
  cancelEffect: null,
  attemptLifeMs: 900_000,
  // A session cannot be read; its end was told when it began.
  tellsTimeout: false,
  secrets: [clientSecret, webhookSecret, ...accounts.map(({ accountNumber }) => accountNumber)],
  open: async () => {
    const clock = createMovableClock()
    const simulator = await createFiskilSandbox({ clock })
    const browser = personAt(simulator)
    const settings = {
      fiskil: { baseUrl: simulator.url, clientId, clientSecret, webhookSecret, apiVersion: 'v3' },
    } as const
    return createStand({
      simulator,
      clock,
      settings,
      person: async ({ next }, deed) => {
        if (next.kind !== 'REDIRECT') return { kind: 'LOST' }
        const sessionId = new URL(next.url).searchParams.get('sess_id') ?? ''
        const { to } = await browser.finish(sessionId, BUTTONS[deed])
        return to === null ? { kind: 'LOST' } : { kind: 'CALLBACK', query: to.searchParams }
      },
    })
  },
}

import type { SessionStep } from '../../../src/domain/provider.ts'
import { createMovableClock } from '../../../src/sandbox/clock.ts'
import { accountsOf } from '../../../src/sandbox/enable-banking/accounts.ts'
import { createEnableBankingSandbox } from '../../../src/sandbox/enable-banking/server.ts'
import { press } from '../../sandbox/enable-banking-client.ts'
import type { Deed, ProviderHarness, Trace } from '../provider/harness.ts'
import { createStand } from '../provider/stand.ts'
import { CALLBACK_URL } from '../provider/story.ts'

const DAY_MS = 86_400_000
const BUTTONS = { APPROVE: 'approve', REFUSE: 'deny' } as const satisfies Record<Deed, string>

const person = async ({ next }: SessionStep, deed: Deed): Promise<Trace> => {
  const back = next.kind === 'REDIRECT' ? await press(next.url, BUTTONS[deed]) : null
  return back === null ? { kind: 'LOST' } : { kind: 'CALLBACK', query: back.searchParams }
}

export const enableBanking: ProviderHarness = {
  name: 'Enable Banking',
  request: (now) => ({
    institutionRef: 'FI:Sandbox Redirect',
    validUntil: new Date(now.getTime() + 90 * DAY_MS),
    psu: {},
  }),
  weirdInstitution: 'FI:Sandbox Redirect-weird-status',
  start: { route: 'POST /auth', effect: 'authorization.started', harmless: false },
  grant: { route: 'POST /sessions', effect: 'session.authorized' },
  revoke: { route: 'DELETE /sessions/:sessionId', effect: 'session.closed' },
  cancelEffect: null,
  attemptLifeMs: 60 * 60_000,
  // Nothing can be read of an authorization before its code is exchanged.
  tellsTimeout: false,
  secrets: [
    ...accountsOf({ name: 'Sandbox Redirect', country: 'FI' }).flatMap(
      ({ iban, cardNumber }) => iban ?? cardNumber ?? [],
    ),
    'PRIVATE KEY',
  ],
  open: async () => {
    const clock = createMovableClock()
    const simulator = await createEnableBankingSandbox({ clock, redirectUrls: [CALLBACK_URL] })
    const credential = { kind: 'KEY', ...simulator.credential } as const
    return createStand({
      simulator,
      clock,
      settings: { enableBanking: { baseUrl: simulator.url, credential } },
      person,
    })
  },
}

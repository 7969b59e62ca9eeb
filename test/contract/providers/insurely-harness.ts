import { createMovableClock } from '../../../src/sandbox/clock.ts'
import { INSURELY_SANDBOX_SEED } from '../../../src/sandbox/insurely/seed.ts'
import { createInsurelySandbox } from '../../../src/sandbox/insurely/server.ts'
import type { Deed, ProviderHarness } from '../provider/harness.ts'
import { createStand } from '../provider/stand.ts'

const { apiKey, version, webhookSecret } = INSURELY_SANDBOX_SEED
const DAY_MS = 86_400_000
const BUTTONS = { APPROVE: 'approve', REFUSE: 'cancel' } as const satisfies Record<Deed, string>

/** One button of the app; null where there is no such order any more. */
const press = async (phoneUrl: string, path: string, form: Record<string, string> = {}): Promise<string | null> => {
  const answer = await fetch(`${phoneUrl}/${path}`, { method: 'POST', body: new URLSearchParams(form) })
  const { orderRef } = (await answer.json()) as { readonly orderRef?: string }
  return answer.ok ? (orderRef ?? null) : null
}

export const insurely: ProviderHarness = {
  name: 'Insurely',
  request: (now) => ({
    institutionRef: 'se-sandbox-bankid',
    validUntil: new Date(now.getTime() + 90 * DAY_MS),
    psu: {},
  }),
  weirdInstitution: 'se-sandbox-bankid-weird-status',
  start: { route: 'POST /consents', effect: 'consent.created', harmless: false },
  // The person grants in the app; polling is how that is learned.
  grant: null,
  revoke: { route: 'DELETE /consents/:consentId', effect: 'consent.revoked' },
  cancelEffect: 'consent.revoked',
  // An order that nobody takes up.
  attemptLifeMs: 30_000,
  tellsTimeout: true,
  secrets: [apiKey, webhookSecret],
  open: async () => {
    const startedAt = new Date()
    // Stands still, so that no frame grows old between two calls.
    const clock = createMovableClock({ now: () => startedAt })
    const simulator = await createInsurelySandbox({ clock })
    const { phoneUrl } = simulator
    return createStand({
      simulator,
      clock,
      settings: { insurely: { baseUrl: simulator.url, apiKey, version, webhookSecret } },
      person: async ({ next }, deed) => {
        const orderRef = next.kind === 'QR' ? await press(phoneUrl, 'scan', { qr: next.frame.text }) : null
        const done = orderRef === null ? null : await press(phoneUrl, `orders/${orderRef}/${BUTTONS[deed]}`)
        return { kind: done === null ? 'LOST' : 'NOTHING' }
      },
    })
  },
}

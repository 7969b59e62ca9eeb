import { createMovableClock } from '../../../src/sandbox/clock.ts'
import { createExampleBankSandbox, EXAMPLE_BANK_SANDBOX_SEED } from '../../../src/sandbox/example-bank/server.ts'
import type { Deed, ProviderHarness } from '../provider/harness.ts'
import { createStand } from '../provider/stand.ts'

const { apiKey } = EXAMPLE_BANK_SANDBOX_SEED
const BUTTONS = { APPROVE: 'grant', REFUSE: 'deny' } as const satisfies Record<Deed, string>

/** Presses a button of the bank's page; where the person is sent, or null where the page does not let them. */
const press = async (link: string, decision: string): Promise<URL | null> => {
  const answer = await fetch(link, { method: 'POST', body: new URLSearchParams({ decision }), redirect: 'manual' })
  await answer.text()
  const location = answer.headers.get('Location')
  return location === null ? null : new URL(location)
}

export const exampleBank: ProviderHarness = {
  name: 'Example Bank',
  request: () => ({ institutionRef: 'sandbox.redirect', validUntil: null, psu: {} }),
  weirdInstitution: 'sandbox.redirect-weird-status',
  start: { route: 'POST /consents', effect: 'consent.created', harmless: false },
  // The person grants at the bank; the callback is news of it.
  grant: null,
  revoke: { route: 'DELETE /consents/:id', effect: 'consent.withdrawn' },
  cancelEffect: 'consent.withdrawn',
  attemptLifeMs: 15 * 60_000,
  tellsTimeout: true,
  secrets: [apiKey],
  open: async () => {
    const clock = createMovableClock()
    const simulator = await createExampleBankSandbox({ clock })
    return createStand({
      simulator,
      clock,
      settings: { exampleBank: { baseUrl: simulator.url, apiKey } },
      person: async ({ next }, deed) => {
        const back = next.kind === 'REDIRECT' ? await press(next.url, BUTTONS[deed]) : null
        return back === null ? { kind: 'LOST' } : { kind: 'CALLBACK', query: back.searchParams }
      },
    })
  },
}

import type { SessionStep } from '../../../src/domain/provider.ts'
import { createMovableClock } from '../../../src/sandbox/clock.ts'
import { OBP_SANDBOX_SEED } from '../../../src/sandbox/open-bank-project/seed.ts'
import { createObpSandbox, type ObpSandboxOptions } from '../../../src/sandbox/open-bank-project/server.ts'
import type { Deed, ProviderHarness, Trace } from '../provider/harness.ts'
import { createStand } from '../provider/stand.ts'

const { username, password, consumerKey, consumerId, otp } = OBP_SANDBOX_SEED
const TTL_SECONDS = 3600
const WRONG_OTP = '80427135'

/** The bank knows no refusal but a wrong code. */
const person = ({ next }: SessionStep, deed: Deed): Promise<Trace> =>
  Promise.resolve(
    next.kind === 'OTP'
      ? { kind: 'ANSWER', answer: { kind: 'OTP', stepRef: next.ref, otp: deed === 'APPROVE' ? otp : WRONG_OTP } }
      : { kind: 'LOST' },
  )

export const openBankProject = (generation: ObpSandboxOptions['generation'] & string): ProviderHarness => ({
  name: `Open Bank Project of ${generation}`,
  request: (now) => ({
    institutionRef: 'sandbox.otp',
    validUntil: new Date(now.getTime() + TTL_SECONDS * 1000),
    psu: {},
  }),
  weirdInstitution: 'sandbox.otp-weird-status',
  start: {
    route: 'POST /obp/:version/banks/:bankId/my/consents/:method',
    effect: 'consent.created',
    harmless: false,
  },
  grant: { route: 'POST /obp/:version/banks/:bankId/consents/:consentId/challenge', effect: 'challenge.answered' },
  revoke: { route: 'GET /obp/:version/banks/:bankId/my/consents/:consentId/revoke', effect: 'consent.revoked' },
  cancelEffect: 'consent.revoked',
  // A code has no life of its own: it is that of the consent, which then is over as soon as it is granted.
  attemptLifeMs: TTL_SECONDS * 1000,
  tellsTimeout: false,
  secrets: [password, consumerKey, WRONG_OTP],
  open: async () => {
    const clock = createMovableClock()
    const simulator = await createObpSandbox({ clock, generation, slowDelayMs: 0 })
    const openBankProject = {
      baseUrl: simulator.url,
      username,
      password,
      consumerKey,
      consumerId,
      maxTtlSeconds: TTL_SECONDS,
      psd2Cert: null,
    }
    return createStand({ simulator, clock, settings: { openBankProject }, person })
  },
})

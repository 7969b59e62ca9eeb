import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { PsuDevice } from '../../domain/provider.ts'
import type { StepKind } from '../../domain/step.ts'
import { OPTIONS_PATH } from './faults.ts'

/** Login methods (Sweden, 2025-01-01) that a person finishes with a code or an app, and the step each leads to. */
const STEPS = {
  SWEDISH_MOBILE_BANKID_ANY_DEVICE: 'QR',
  SWEDISH_MOBILE_BANKID_ANY_DEVICE_TEST: 'QR',
  SWEDISH_MOBILE_BANKID_OTHER_DEVICE: 'QR',
  SWEDISH_MOBILE_BANKID_OTHER_DEVICE_TEST: 'QR',
  SWEDISH_MOBILE_BANKID_OTHER_DEVICE_MOCK: 'QR',
  SWEDISH_MOBILE_BANKID_SAME_DEVICE: 'APP_LAUNCH',
  SWEDISH_MOBILE_BANKID_SAME_DEVICE_TEST: 'APP_LAUNCH',
} as const satisfies Record<string, StepKind>

export type LoginMethod = keyof typeof STEPS

export const LOGIN_METHODS = Object.keys(STEPS) as readonly LoginMethod[]

const isLoginMethod = (word: string): word is LoginMethod => Object.hasOwn(STEPS, word)

const BY_DEVICE = {
  SAME: ['SWEDISH_MOBILE_BANKID_SAME_DEVICE', 'SWEDISH_MOBILE_BANKID_SAME_DEVICE_TEST'],
  OTHER: [
    'SWEDISH_MOBILE_BANKID_OTHER_DEVICE',
    'SWEDISH_MOBILE_BANKID_OTHER_DEVICE_TEST',
    'SWEDISH_MOBILE_BANKID_OTHER_DEVICE_MOCK',
  ],
  ANY: ['SWEDISH_MOBILE_BANKID_ANY_DEVICE', 'SWEDISH_MOBILE_BANKID_ANY_DEVICE_TEST'],
} as const satisfies Record<PsuDevice, readonly LoginMethod[]>

/** What can happen on which device; a code that also launches the app serves both. */
const PREFERENCE = {
  SAME: ['SAME'],
  OTHER: ['OTHER'],
  ANY: ['ANY', 'OTHER', 'SAME'],
} as const satisfies Record<PsuDevice, readonly PsuDevice[]>

export const toSteps = (loginMethods: readonly string[]): readonly StepKind[] => [
  ...new Set(
    loginMethods.flatMap((method): readonly StepKind[] =>
      (BY_DEVICE.ANY as readonly string[]).includes(method)
        ? ['QR', 'APP_LAUNCH']
        : isLoginMethod(method)
          ? [STEPS[method]]
          : [],
    ),
  ),
]

export interface LoginWish {
  /** By `providerOptions.insurely.loginMethod`. */
  readonly loginMethod: LoginMethod | null
  readonly device: PsuDevice
  readonly supportedSteps: readonly StepKind[]
  /** Of the institution; null where it was never listed to this process. */
  readonly offered: readonly string[] | null
}

/** @throws GatewayError STEP_UNSUPPORTED or INVALID_INPUT where no way suits the person's device, the client and the bank */
export const chooseLoginMethod = ({ loginMethod, device, supportedSteps, offered }: LoginWish): LoginMethod => {
  const wanted: readonly LoginMethod[] =
    loginMethod === null ? PREFERENCE[device].flatMap((way) => BY_DEVICE[way]) : [loginMethod]
  const shown = wanted.filter((method) => supportedSteps.includes(STEPS[method]))
  if (shown.length === 0) {
    const steps = [...new Set(wanted.map((method) => STEPS[method]))].join(' or ')
    throw new GatewayError('STEP_UNSUPPORTED', {
      message: `BankID on this device needs ${steps}: add it, or choose another \`device\`.`,
      path: ['input', 'supportedSteps'],
    })
  }
  const chosen = shown.find((method) => offered === null || offered.includes(method))
  if (chosen !== undefined) return chosen
  if (loginMethod !== null) {
    throw invalidInput('This institution does not offer that login method.', ...OPTIONS_PATH, 'loginMethod')
  }
  throw invalidInput('This institution offers no BankID for that device: choose another.', 'input', 'psu', 'device')
}

import type { StepId } from './ids.ts'

export type StepKind = 'REDIRECT' | 'OTP' | 'QR' | 'APP_LAUNCH' | 'DECOUPLED' | 'SELECT_METHOD' | 'FORM'

export type OtpChannel = 'SMS' | 'EMAIL' | 'IMPLICIT'

/** What a wrong answer costs the PSU. */
export type WrongAnswerPolicy = 'TRY_AGAIN' | 'NEW_CODE_NEEDED' | 'CONSENT_IS_LOST'

interface StepText {
  /** The step's name at the provider. An equal `ref` keeps the step's public id: a new QR frame is not a new step. */
  readonly ref: string
  readonly title: string
  readonly instructions: string | null
  readonly expiresAt: Date | null
  readonly fallbackUrl: string | null
}

export interface RedirectChallenge extends StepText {
  readonly kind: 'REDIRECT'
  readonly url: string
  readonly popupAllowed: boolean
  readonly iframeAllowed: boolean
}

export interface OtpChallenge extends StepText {
  readonly kind: 'OTP'
  readonly channel: OtpChannel
  readonly maskedDestination: string | null
  /** A regular expression in the JavaScript dialect that a well-formed code matches whole; checked before the code is sent. */
  readonly pattern: string | null
  readonly attemptsRemaining: number | null
  readonly canResend: boolean
  readonly resendAvailableAt: Date | null
  readonly onWrongAnswer: WrongAnswerPolicy
}

export interface QrFrame {
  readonly text: string
  readonly sequence: number
  readonly validUntil: Date
}

export interface QrChallenge extends StepText {
  readonly kind: 'QR'
  readonly frame: QrFrame
  readonly launch: AppLaunchChallenge | null
  readonly hint: string | null
  readonly scanned: boolean
}

export interface AppLaunchChallenge extends StepText {
  readonly kind: 'APP_LAUNCH'
  readonly universalLink: string
  readonly appLink: string
  readonly autoStartToken: string
  readonly hint: string | null
}

export interface DecoupledChallenge extends StepText {
  readonly kind: 'DECOUPLED'
  readonly hint: string | null
}

export interface ScaMethod {
  readonly id: string
  readonly name: string
  readonly channel: OtpChannel | null
  readonly maskedDestination: string | null
}

export interface SelectMethodChallenge extends StepText {
  readonly kind: 'SELECT_METHOD'
  readonly methods: readonly ScaMethod[]
}

export interface FormField {
  readonly name: string
  readonly label: string
  readonly secret: boolean
  readonly required: boolean
  readonly template: string | null
  readonly options: readonly string[] | null
}

export interface FormChallenge extends StepText {
  readonly kind: 'FORM'
  readonly fields: readonly FormField[]
}

/** One thing the PSU must do next. */
export type Challenge =
  | RedirectChallenge
  | OtpChallenge
  | QrChallenge
  | AppLaunchChallenge
  | DecoupledChallenge
  | SelectMethodChallenge
  | FormChallenge

/** A challenge under its public id, as stored with the session. */
export type AuthStep = Challenge & { readonly id: StepId }

/**
 * What a connector says comes next. `wait`: the provider is at work, ask `status` again after `pollAfterMs`.
 * `done`: this attempt is over; the consent that comes with it says how.
 */
export type NextStep = Challenge | { readonly kind: 'WAIT'; readonly pollAfterMs: number } | { readonly kind: 'DONE' }

/** The answer to one step. An OTP lives only in memory, for one call. */
export type StepAnswer =
  | { readonly kind: 'OTP'; readonly stepRef: string; readonly otp: string }
  | { readonly kind: 'METHOD'; readonly stepRef: string; readonly methodId: string }
  | { readonly kind: 'FORM'; readonly stepRef: string; readonly values: ReadonlyMap<string, string> }

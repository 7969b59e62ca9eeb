import type { ProviderConnector, PsuContext, SessionStep, StartRequest } from '../../../src/domain/provider.ts'
import type { StepAnswer } from '../../../src/domain/step.ts'
import type { MovableClock } from '../../../src/sandbox/clock.ts'
import type { Simulator } from '../../../src/sandbox/http.ts'

/** What the person does at the bank, on its page, in its app. */
export type Deed = 'APPROVE' | 'REFUSE'

/**
 * What the gateway gets of a deed: a callback, an answer that the person typed in, or nothing, so that only asking tells.
 * LOST: the bank no longer let the person do it.
 */
export type Trace =
  | { readonly kind: 'CALLBACK'; readonly query: URLSearchParams }
  | { readonly kind: 'ANSWER'; readonly answer: StepAnswer }
  | { readonly kind: 'NOTHING' }
  | { readonly kind: 'LOST' }

/** One call that changes something: where it arrives at the simulator, and what the ledger calls its effect. */
export interface Effect {
  /** A route pattern of the simulator. */
  readonly route: string
  readonly effect: string
}

export interface Stand extends AsyncDisposable {
  readonly connector: ProviderConnector
  /** Another instance with the same settings, as after a restart. */
  reconnect(): ProviderConnector
  readonly simulator: Simulator
  readonly clock: MovableClock
  /** Plays the person at this step. */
  person(step: SessionStep, deed: Deed): Promise<Trace>
}

/** What the suite cannot read from the capabilities of a provider. */
export interface ProviderHarness {
  readonly name: string
  /** What makes the suite's plain request one that this provider takes at its plain institution. */
  request(now: Date): Pick<StartRequest, 'institutionRef' | 'validUntil'> & { readonly psu: Partial<PsuContext> }
  /** Where the simulator gives a status word that nobody documented, once the person has approved. */
  readonly weirdInstitution: string
  readonly start: Effect & {
    /** What a lost start leaves behind binds nobody: the call counts as one without effect. */
    readonly harmless: boolean
  }
  /** The call that turns the person's deed into a consent; null where the person's own deed is all. */
  readonly grant: Effect | null
  readonly revoke: Effect
  /** What `cancel` does at the provider while the person has done nothing; null where there is no such call. */
  readonly cancelEffect: string | null
  /** By the simulator's clock: after this long an approval no longer counts. */
  readonly attemptLifeMs: number
  /** Does `status` say by itself that the attempt has run out? Else the gateway's own clock ends it. */
  readonly tellsTimeout: boolean
  /** Credentials, one-time codes and whole account numbers, none of which may show anywhere. */
  readonly secrets: readonly string[]
  open(): Promise<Stand>
}

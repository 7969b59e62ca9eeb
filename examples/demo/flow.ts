import type { Gateway } from './gateway.ts'
import type { Column } from './screen.ts'
import type { Watch } from './watch.ts'

/** What a flow plays with. */
export interface Stage {
  /** Asked with the person's own token, as their app would. */
  readonly gateway: Gateway
  readonly column: Column
  readonly live: Watch
  /** Where the app is reached, for banks that send the person away. */
  readonly returnTo: string
}

/** What the person is shown: the fields of its kind are there. */
export interface Step {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly instructions: string | null
  readonly url?: string
  readonly maskedDestination?: string | null
}

export interface Asked {
  readonly authSessionId: string
  readonly consentId: string
  readonly step: Step
}

/** All that differs from one way to authorize to the next. */
export interface Flow {
  /** For `npm run demo -- <name>`, and in front of each line. */
  readonly name: string
  readonly title: string
  readonly provider: string
  /** The name of a sandbox bank. */
  readonly bank: string
  /** What is told of the person beforehand; nobody's, and of this run alone. */
  psu(): Readonly<Record<string, string>>
  /**
   * Does what a person does, and says in a few words what that was. Rejects with a `DemoFailure` where something is not as
   * it should be.
   */
  act(stage: Stage, asked: Asked, psu: Readonly<Record<string, string>>): Promise<string>
}

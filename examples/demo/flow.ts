import type { Gateway } from './gateway.ts'
import type { Screen } from './screen.ts'

/** What a flow plays with. */
export interface Stage {
  readonly gateway: Gateway
  readonly screen: Screen
}

/** One way to authorize, from the start to the end. */
export interface Flow {
  /** For `npm run demo -- <name>`. */
  readonly name: string
  readonly title: string
  /** Rejects with a `DemoFailure` where something is not as it should be. */
  run(stage: Stage): Promise<void>
}

import { setTimeout as delay } from 'node:timers/promises'
import { type Happening, type Listening, openSubscription } from './subscription.ts'

export interface FollowOptions extends Listening {
  /** Null: from now on. */
  readonly after: string | null
  readonly signal: AbortSignal
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000

const positionIn = (happening: Happening): string | null => {
  switch (happening.kind) {
    case 'EVENT':
      return happening.event.cursor
    case 'LISTENING':
      return happening.cursor
    case 'GAP':
      return happening.resumeFrom
    default:
      return null
  }
}

/**
 * Everything that happens, in order, across lost connections: each event once. Whoever takes the next one is done with
 * the one before. Ends with the signal.
 *
 * @throws Error where trying again is of no use
 */
export async function* follow(options: FollowOptions): AsyncGenerator<Happening, void> {
  const { signal } = options
  let position = options.after
  for (let failures = 0; !signal.aborted;) {
    const subscription = openSubscription(options, position, signal)
    let lost: string | null = null
    try {
      for await (const happening of subscription.happenings) {
        if (happening.kind === 'LOST') {
          lost = happening.why
          break
        }
        failures = 0
        yield happening
        position = positionIn(happening) ?? position
      }
    } finally {
      subscription.close()
    }
    if (lost === null || signal.aborted) continue
    yield { kind: 'LOST', why: lost }
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS)
    failures += 1
    // Aborted: the loop ends.
    await delay(waitMs, undefined, { signal }).catch(() => {})
  }
}

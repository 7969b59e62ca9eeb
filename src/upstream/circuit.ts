/** Spelled as the schema's `CircuitState`. */
export type CircuitState = 'CLOSED' | 'HALF_OPEN' | 'OPEN'

/** `neutral`: the call says nothing about who was asked, such as one whose caller went away. */
export type CircuitOutcome = 'ok' | 'failed' | 'neutral'

export interface Circuit {
  /** HALF_OPEN from the moment at which the next call would be let through to probe. */
  state(): CircuitState
  /** When the next probe may go; null while closed. */
  retryAt(): Date | null
  /** A ticket to settle when the call is over, or null: refused. One call at a time probes; the others are refused at once. */
  admit(): number | null
  /** Tells how an admitted call ended. A ticket from before the last change of state changes nothing. */
  settle(ticket: number, outcome: CircuitOutcome): void
}

export interface CircuitOptions {
  /** Opens when this many ... */
  readonly failures: number
  /** ... of so many last calls failed, ... */
  readonly window: number
  /** ... none of them longer ago than this. */
  readonly memoryMs: number
  /** The first pause; each failed probe doubles it. */
  readonly pauseMs: number
  readonly maxPauseMs: number
  readonly now: () => number
  readonly random: () => number
}

/**
 * A window of calls and not of time: however many calls went well before, a provider that stops answering is left alone
 * after `failures` calls.
 */
export const createCircuit = (options: CircuitOptions): Circuit => {
  const { now, random } = options
  /** When each of the last calls failed; 0: it went well. */
  const failedAt = new Float64Array(options.window)
  let position = 0
  let state: CircuitState = 'CLOSED'
  let ticket = 0
  let pauseMs = options.pauseMs
  let retryAtMs = 0

  const enter = (next: CircuitState): void => {
    state = next
    ticket += 1
  }

  const open = (): void => {
    enter('OPEN')
    // Replicas that opened together do not probe together.
    retryAtMs = now() + pauseMs * (0.75 + random() / 4)
    pauseMs = Math.min(pauseMs * 2, options.maxPauseMs)
  }

  const close = (): void => {
    enter('CLOSED')
    failedAt.fill(0)
    pauseMs = options.pauseMs
  }

  return {
    state: () => (state === 'OPEN' && now() >= retryAtMs ? 'HALF_OPEN' : state),
    retryAt: () => (state === 'CLOSED' ? null : new Date(retryAtMs)),

    admit: () => {
      if (state === 'CLOSED') return ticket
      if (state === 'HALF_OPEN' || now() < retryAtMs) return null
      enter('HALF_OPEN')
      return ticket
    },

    settle: (settled, outcome) => {
      if (settled !== ticket) return
      if (state === 'HALF_OPEN') {
        if (outcome === 'ok') close()
        else if (outcome === 'failed') open()
        else enter('OPEN') // its time is over: the next call probes
        return
      }
      if (outcome === 'neutral') return
      failedAt[position] = outcome === 'failed' ? now() : 0
      position = (position + 1) % options.window
      if (outcome === 'ok') return
      const since = now() - options.memoryMs
      if (failedAt.reduce((count, at) => (at > since ? count + 1 : count), 0) >= options.failures) open()
    },
  }
}

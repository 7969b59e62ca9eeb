import { GatewayError } from '../domain/errors.ts'
import { type Circuit, type CircuitOutcome, createCircuit } from './circuit.ts'

/**
 * Who a call speaks against. INSTITUTION: the provider works and says that the bank behind it does not. BOTH: nobody can
 * tell, as with a time-out of a call that names an institution. UNTOLD: the call says nothing, not even that all is well.
 */
export type Blame = 'PROVIDER' | 'INSTITUTION' | 'BOTH' | 'NOBODY' | 'UNTOLD'

export interface Admission {
  settle(blame: Blame): void
}

export interface Circuits {
  readonly provider: Circuit
  /** PROVIDER_UNAVAILABLE with `retryAt` where the provider's circuit, or the institution's, is open. */
  admit(institution: string | undefined): Admission | GatewayError
  institution(name: string): Circuit | undefined
}

export interface CircuitsOptions {
  readonly now: () => number
  readonly random: () => number
}

/** A quiet institution makes room for others. */
const MAX_INSTITUTIONS = 2_000
const TIMES = { memoryMs: 60_000, pauseMs: 1_000, maxPauseMs: 4_000 } as const
/** An institution's opens first, so that one dead bank, whose calls may count against both, does not close the rest. */
const INSTITUTION = { ...TIMES, failures: 5, window: 10 } as const
const PROVIDER = { ...TIMES, failures: 8, window: 16 } as const

const INSTITUTION_REFUSED = 'The institution cannot be reached through its provider now.'

const FOR_PROVIDER = {
  PROVIDER: 'failed',
  INSTITUTION: 'ok',
  BOTH: 'failed',
  NOBODY: 'ok',
  UNTOLD: 'neutral',
} as const satisfies Record<Blame, CircuitOutcome>

const FOR_INSTITUTION = {
  PROVIDER: 'neutral',
  INSTITUTION: 'failed',
  BOTH: 'failed',
  NOBODY: 'ok',
  UNTOLD: 'neutral',
} as const satisfies Record<Blame, CircuitOutcome>

const refusal = (circuit: Circuit, message?: string): GatewayError =>
  new GatewayError('PROVIDER_UNAVAILABLE', {
    retryAt: circuit.retryAt(),
    circuitOpen: true,
    ...(message && { message }),
  })

/** One circuit for the provider, and one for each institution that a call named. */
export const createCircuits = (options: CircuitsOptions): Circuits => {
  const provider = createCircuit({ ...PROVIDER, ...options })
  const institutions = new Map<string, Circuit>()

  /** Keeps the map in order of use. */
  const institutionCircuit = (name: string): Circuit => {
    const circuit = institutions.get(name) ?? createCircuit({ ...INSTITUTION, ...options })
    institutions.delete(name)
    institutions.set(name, circuit)
    for (const oldest of institutions.keys()) {
      if (institutions.size <= MAX_INSTITUTIONS) break
      institutions.delete(oldest)
    }
    return circuit
  }

  return {
    provider,

    admit: (name) => {
      const institution = name === undefined ? null : institutionCircuit(name)
      const institutionTicket = institution?.admit()
      if (institution && institutionTicket === null) return refusal(institution, INSTITUTION_REFUSED)
      const ticket = provider.admit()
      if (ticket === null) {
        if (institutionTicket != null) institution?.settle(institutionTicket, 'neutral')
        return refusal(provider)
      }
      return {
        settle: (blame) => {
          provider.settle(ticket, FOR_PROVIDER[blame])
          if (institutionTicket != null) institution?.settle(institutionTicket, FOR_INSTITUTION[blame])
        },
      }
    },

    institution: (name) => institutions.get(name),
  }
}

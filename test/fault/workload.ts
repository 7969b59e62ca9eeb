import { setTimeout as pause } from 'node:timers/promises'
import type { GatewayProcess } from '../e2e/gateway-process.ts'
import { bank, type Consent, newPhone, operationsOf, type Payload } from '../e2e/operations.ts'
import { createTally } from './tally.ts'

type Name = 'startAuthorization' | 'answerChallenge' | 'revokeConsent'

/** A mutation that was answered with an error: it happened, or it did not. */
export interface Unsure {
  readonly name: Name
  readonly input: Readonly<Record<string, unknown>>
  readonly consentId: string | null
}

interface Failure {
  readonly code: string
  readonly retryable: boolean
  readonly tookMs: number
}

/** Clients that take one authorization after the other through its life, each with keys and a phone of its own. */
export interface Workload {
  /** As each consent was last acknowledged. */
  readonly acknowledged: ReadonlyMap<string, Consent>
  readonly unsure: readonly Unsure[]
  readonly failures: readonly Failure[]
  readonly phones: readonly string[]
  /** How many mutations were acknowledged. */
  readonly count: number
  /** Waits until so many more mutations were acknowledged. */
  more(mutations: number): Promise<void>
  /** Lets what has begun come to its end. */
  stop(): Promise<void>
}

const AFTER_A_FAILURE_MS = 50

/** @throws what is no answer in GraphQL's terms: a connection that ended, a page of something else */
const toFailure = (error: unknown, tookMs: number): Failure => {
  const { errors } = JSON.parse((error as Error).message) as {
    readonly errors: readonly [{ readonly extensions: { readonly code: string; readonly retryable?: boolean } }]
  }
  const { code, retryable = false } = errors[0].extensions
  return { code, retryable, tookMs }
}

/** @param gateway whom the next mutation is sent to */
export const startWorkload = (clients: number, gateway: () => Pick<GatewayProcess, 'graphql'>): Workload => {
  const acknowledged = new Map<string, Consent>()
  const unsure: Unsure[] = []
  const failures: Failure[] = []
  const phones: string[] = []
  const answered = createTally()
  const stopping = new AbortController()
  let sent = 0

  const send = async (name: Name, consentId: string | null, input: object): Promise<Payload | null> => {
    const keyed = { ...input, idempotencyKey: `workload-${(sent += 1)}` }
    const startedAt = performance.now()
    let payload: Payload
    try {
      payload = await operationsOf(gateway()).run(name, keyed)
    } catch (error) {
      failures.push(toFailure(error, performance.now() - startedAt))
      unsure.push({ name, input: keyed, consentId })
      await pause(AFTER_A_FAILURE_MS)
      return null
    }
    if (payload.userErrors.length > 0 || payload.consent === null) throw new Error(JSON.stringify(payload))
    acknowledged.set(payload.consent.id, payload.consent)
    answered.add()
    return payload
  }

  const live = async (): Promise<void> => {
    const phone = newPhone()
    phones.push(phone)
    const target = { institutionId: bank('sandbox.otp') }
    const started = await send('startAuthorization', null, {
      user: { externalId: 'demo-user' },
      target,
      psu: { phone },
    })
    if (started === null) return
    const { authSession: session, consent } = started
    const answer = { authSessionId: session!.id, stepId: session!.nextStep!.id, answer: { otp: '123' } }
    if ((await send('answerChallenge', consent!.id, answer)) === null) return
    await send('revokeConsent', consent!.id, { consentId: consent!.id })
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) await live()
  }
  const running = Promise.all(Array.from({ length: clients }, run))
  // Whoever waits sees it.
  running.catch(() => {})
  return {
    acknowledged,
    unsure,
    failures,
    phones,
    get count() {
      return answered.count
    },
    more: async (mutations) => {
      await Promise.race([answered.until(answered.count + mutations), running])
    },
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

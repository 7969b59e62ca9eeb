import type { Clock } from '../../domain/clock.ts'
import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { CallContext, LostStart, ProviderConnector, SessionStep } from '../../domain/provider.ts'
import { toChallenge } from './challenge.ts'
import type { InsurelyClient } from './client.ts'
import { isOver, toMeaning, toSessionConsent } from './mapping.ts'
import { toBody } from './prepare.ts'
import { endConsent } from './revocation.ts'
import { hasConsent, parseDraft, parseSession, type Session } from './sealed.ts'
import type { ConsentStatusAnswer } from './wire.ts'

export const POLL_INTERVAL_MS = 1_000
/** Of what the provider asks for. A frame a second is the fastest that anybody needs. */
const SHORTEST_POLL_MS = 500
const LONGEST_POLL_MS = 30_000
/** A frame is good until the next one is here. */
const FRAME_GRACE_MS = 1_000
/** Of a lost start, around the time when the call was made: clocks differ, and calls take time. */
const LOST_BEFORE_MS = 60_000
const LOST_AFTER_MS = 120_000
/** Whoever has more open consents at one bank is not told apart by asking for each. */
const MAX_CANDIDATES = 20

const toPollAfterMs = ({ pollingInterval }: Pick<ConsentStatusAnswer, 'pollingInterval'>): number =>
  Math.min(Math.max(pollingInterval ?? POLL_INTERVAL_MS, SHORTEST_POLL_MS), LONGEST_POLL_MS)

const toStep = (session: Session, answer: ConsentStatusAnswer, now: Date): SessionStep => {
  const consent = toSessionConsent(answer)
  if (isOver(consent.status)) return { next: { kind: 'DONE' }, state: { ...session, frame: null }, consent }
  const pollAfterMs = toPollAfterMs(answer)
  const waiting: SessionStep = { next: { kind: 'WAIT', pollAfterMs }, state: session, consent }
  if (consent.status !== 'AWAITING_AUTHORIZATION') return waiting
  const frameUntil = new Date(now.getTime() + pollAfterMs + FRAME_GRACE_MS)
  const { challenge, frame } = toChallenge(session, answer.authInstructions ?? {}, frameUntil)
  return challenge === null ? waiting : { next: challenge, state: { ...session, frame }, consent, pollAfterMs }
}

type Authorization = Required<Pick<ProviderConnector, 'start' | 'recoverStart' | 'answer' | 'cancel' | 'status'>>

export interface AuthorizationOptions {
  readonly client: InsurelyClient
  readonly clock: Clock
  /** The login methods of an institution; null where it was never listed. */
  readonly offeredBy: (company: string) => readonly string[] | null
}

/**
 * Ends of a call that brought no answer: `start`, the user's open consents of that time at that bank are the candidates;
 * `status`, `cancel` may be repeated.
 */
export const createAuthorization = ({ client, clock, offeredBy }: AuthorizationOptions): Authorization => {
  const poll = async (session: Session, call: CallContext): Promise<SessionStep> =>
    toStep(session, await client.consentStatus(session, call), clock.now())

  const readCandidate = async (session: Session, { startedAt }: LostStart, call: CallContext) => {
    const answer = await client.consentStatus(session, call)
    const createdMs = answer.createdAt?.getTime() ?? NaN
    const startedMs = startedAt.getTime()
    // Without a time of creation it is nobody's.
    const isLost = createdMs >= startedMs - LOST_BEFORE_MS && createdMs <= startedMs + LOST_AFTER_MS
    return isLost ? [{ createdMs, step: toStep(session, answer, clock.now()) }] : []
  }

  return {
    start: async (request, draft, call) => {
      const { user } = request
      if (user === null) throw new GatewayError('INTERNAL', { cause: new Error('no user at Insurely') })
      const body = toBody(request, offeredBy(request.institutionRef ?? ''))
      client.sessions.seed(user)
      const { consentId, status } = await client.createConsent(user.ref, body, call)
      const session: Session = { ...parseDraft(draft), userRef: user.ref, consentId, frame: null }
      try {
        return await poll(session, call)
      } catch (error) {
        // The consent is there, and that must not be lost: what it waits for the next poll tells.
        if (!(error instanceof GatewayError)) throw error
        const answer = { consentId, status, company: session.company, pollingInterval: null }
        return { ...toStep(session, answer, clock.now()), next: { kind: 'WAIT', pollAfterMs: POLL_INTERVAL_MS } }
      }
    },

    recoverStart: async (lost, call) => {
      const { user } = lost
      // Without a user the provider was never asked.
      if (user === null) return []
      const draft = parseDraft(lost.draft)
      client.sessions.seed(user)
      const listed = await client.listConsents(user.ref, call)
      const alive = listed.filter(({ company, status }) => {
        const meaning = toMeaning(status)?.status
        return company === draft.company && (meaning === 'AUTHORIZED' || !isOver(meaning ?? null))
      })
      if (alive.length > MAX_CANDIDATES) return []
      const read = await Promise.all(
        alive.map(({ consentId }) =>
          readCandidate({ ...draft, userRef: user.ref, consentId, frame: null }, lost, call),
        ),
      )
      return read
        .flat()
        .toSorted((a, b) => b.createdMs - a.createdMs)
        .map(({ step }) => step)
    },

    answer: () => Promise.reject(invalidInput('BankID is answered in its app, not here.', 'input', 'answer')),

    status: async (state, call) => await poll(parseSession(state), call),

    cancel: async (state, call) => {
      if (hasConsent(state)) await endConsent(client, parseSession(state), call)
    },
  }
}

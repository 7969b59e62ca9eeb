import type { Secrets } from '../../domain/consent.ts'
import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { CallContext, LostStart, ProviderConnector, SessionStep, StartRequest } from '../../domain/provider.ts'
import type { StepAnswer } from '../../domain/step.ts'
import type { Credential } from './auth.ts'
import type { ConsentRef, ObpClient } from './client.ts'
import { hasObpCode, OPTIONS_PATH } from './faults.ts'
import { type CreationWindow, findCreated, toWindow } from './lost-consent.ts'
import { toStatus } from './mapping.ts'
import { type PrepareSettings, toDestination } from './prepare.ts'
import { OTP_PATTERN, toFirstStep, toNextStep } from './provider-consent.ts'
import { revokeConsent } from './revocation.ts'
import { type Draft, type Grant, hasConsent, parseDraft, parseSession, type Session } from './sealed.ts'
import { resolveViews } from './views.ts'
import { type CreateConsentBody, type ListedObpConsent, type ObpConsent, toObpConsent } from './wire.ts'

export interface AuthorizationParts {
  readonly client: ObpClient
  /** The PSU's own login, or the configured user's for null. */
  readonly credentialOf: (userToken: string | null) => Credential
  readonly settings: PrepareSettings
}

const toBody = (grant: Grant): CreateConsentBody => ({
  everything: grant.everything,
  views: grant.views,
  entitlements: grant.entitlements,
  ...(grant.consumerId !== null && { consumer_id: grant.consumerId }),
  ...(grant.destination !== null &&
    (grant.method === 'SMS' ? { phone_number: grant.destination } : { email: grant.destination })),
  valid_from: new Date(grant.validFrom * 1000).toISOString().replace('.000Z', 'Z'),
  time_to_live: grant.timeToLiveSeconds,
  ...(grant.everything && { bank_id: grant.bankId }),
})

/**
 * A consent of the list. One that is missing says nothing about its state: the configured user may have been changed, or
 * the server set up anew.
 *
 * @throws GatewayError PROVIDER_REJECTED with OBP-35001
 */
export const pickConsent = (list: readonly ListedObpConsent[], consentId: string): ObpConsent => {
  const listed = list.find(({ consent_id: id }) => id === consentId)
  if (listed === undefined) {
    throw new GatewayError('PROVIDER_REJECTED', {
      message: 'Open Bank Project does not list this consent for the user that made it.',
      providerCode: 'OBP-35001',
    })
  }
  return toObpConsent(listed)
}

/** The same refusal, where what was refused came from another place of the input. */
const toStartFault = (error: unknown, draft: Draft, { consumerId }: PrepareSettings): unknown => {
  if (!(error instanceof GatewayError)) return error
  const { providerCode } = error
  const elsewhere = (path: readonly string[], message: string): GatewayError =>
    new GatewayError('INVALID_INPUT', { message, path, providerCode, cause: error })
  if (hasObpCode(error, '30019', '20058') && draft.consumerId !== consumerId) {
    return elsewhere([...OPTIONS_PATH, 'consumerId'], 'Open Bank Project knows no such consumer, or it is disabled.')
  }
  if (hasObpCode(error, '20001', '20003', '20080') && draft.userToken !== null) {
    return elsewhere([...OPTIONS_PATH, 'userToken'], 'Open Bank Project does not accept this token.')
  }
  if (hasObpCode(error, '35014') && draft.views === null) {
    return elsewhere(['input', 'access', 'accountIds'], 'The PSU does not have a view of one of these accounts.')
  }
  return error
}

type Authorization = Required<
  Pick<ProviderConnector, 'start' | 'recoverStart' | 'answer' | 'resend' | 'status' | 'cancel'>
>

/**
 * How a lost answer ends. `start`: `recoverStart` finds the consent by what it asks for. `answer`: the list tells; INITIATED
 * means that the code never arrived. `resend`: not found again; the consent made is one that nobody can answer. `cancel`:
 * the list is read within the same call.
 */
export const createAuthorization = ({ client, credentialOf, settings }: AuthorizationParts): Authorization => {
  const list = (who: Credential, bankId: string, call: CallContext): Promise<readonly ListedObpConsent[]> =>
    client.listConsents(who, bankId, call)

  /**
   * The server stores a consent before it sends the code, so a failure to send leaves one that nobody can answer. It is
   * certainly in the list: where just one fits what was asked for, it is the one. Of several, any may be somebody else's.
   */
  const dropUnsent = async (
    grant: Grant,
    { window, except }: { readonly window: CreationWindow; readonly except: string | null },
    call: CallContext,
  ): Promise<void> => {
    const who = credentialOf(grant.userToken)
    try {
      const made = findCreated(await list(who, grant.bankId, call), grant, window).filter(
        ({ id, status }) => id !== except && toStatus(status)?.status === 'AWAITING_AUTHORIZATION',
      )
      const [only] = made
      if (only !== undefined && made.length === 1) {
        await revokeConsent(client, who, { bankId: grant.bankId, consentId: only.id }, call)
      }
    } catch {
      // The failure to send is what the caller must hear; what stays behind can never be authorized.
    }
  }

  const create = async (
    grant: Grant,
    left: { readonly window: CreationWindow; readonly except: string | null },
    call: CallContext,
  ): Promise<SessionStep> => {
    const { bankId, method } = grant
    try {
      const to = { bankId, method, body: toBody(grant) }
      return toFirstStep(await client.createConsent(credentialOf(grant.userToken), to, call), grant)
    } catch (error) {
      const isSendFailure = hasObpCode(error, '35010') || (method === 'SMS' && hasObpCode(error, '00010'))
      if (isSendFailure && error.code !== 'OUTCOME_UNKNOWN') await dropUnsent(grant, left, call)
      throw error
    }
  }

  const read = async (session: Session, call: CallContext): Promise<SessionStep> =>
    toNextStep(
      pickConsent(await list(credentialOf(session.userToken), session.bankId, call), session.consentId),
      session,
    )

  const toRef = ({ bankId, consentId }: Session): ConsentRef => ({ bankId, consentId })

  return {
    start: async (request: StartRequest, sealed: Secrets, call) => {
      const draft = parseDraft(sealed)
      try {
        const views = [...(await resolveViews(draft, { client, who: credentialOf(draft.userToken) }, call))]
        const grant = { ...draft, views, destination: toDestination(draft.method, request.psu) }
        return await create(grant, { window: toWindow(request.now), except: null }, call)
      } catch (error) {
        throw toStartFault(error, draft, settings)
      }
    },

    recoverStart: async ({ draft: sealed, startedAt }: LostStart, call) => {
      const draft = parseDraft(sealed)
      const who = credentialOf(draft.userToken)
      const grant = { ...draft, views: [...(await resolveViews(draft, { client, who }, call))], destination: null }
      const found = findCreated(await list(who, draft.bankId, call), grant, toWindow(startedAt))
      return found.map((consent) => toFirstStep(consent, grant))
    },

    answer: async (sealed, answer: StepAnswer, call) => {
      const session = parseSession(sealed)
      if (answer.kind !== 'OTP' || !new RegExp(OTP_PATTERN).test(answer.otp)) {
        throw invalidInput('The code has 1 to 8 digits. It was not sent.', 'input', 'answer', 'otp')
      }
      if (answer.stepRef !== session.consentId) throw new GatewayError('STEP_CHANGED')
      try {
        const who = credentialOf(session.userToken)
        return toNextStep(await client.answerChallenge(who, toRef(session), answer.otp, call), session)
      } catch (error) {
        // Somebody was first: servers of 2026 say so, those of 2024 give the consent as it is.
        if (!hasObpCode(error, '35025')) throw error
        return await read(session, call)
      }
    },

    resend: async (sealed, call) => {
      const session = parseSession(sealed)
      if (session.method !== 'IMPLICIT' && session.destination === null) {
        throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
          message: 'The address of the PSU is not known any more. Start a new authorization.',
        })
      }
      const { consentId: previous, hasReadableJwt: _, endsAt: __, ...grant } = session
      const step = await create(grant, { window: { from: 0, to: Infinity }, except: previous }, call)
      await revokeConsent(client, credentialOf(session.userToken), toRef(session), call).catch(() => {
        // The new code is out. The old consent waits for an answer that this session no longer gives.
      })
      return step
    },

    status: (sealed, call) => Promise.resolve(parseSession(sealed)).then((session) => read(session, call)),

    cancel: async (sealed, call) => {
      if (!hasConsent(sealed)) return
      const session = parseSession(sealed)
      await revokeConsent(client, credentialOf(session.userToken), toRef(session), call)
    },
  }
}

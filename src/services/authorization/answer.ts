import { type Attempt, updateSession } from '../../domain/advance.ts'
import { type AuthSession, type InFlight, isFinalSession } from '../../domain/auth-session.ts'
import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { RequestId } from '../../domain/ids.ts'
import type { SessionStep } from '../../domain/provider.ts'
import type { AuthStep, StepAnswer } from '../../domain/step.ts'
import type { UserFault } from '../../domain/user-fault.ts'
import { scopeOf, type Viewer } from '../../domain/viewer.ts'
import { commitOrThrow, untilCommitted } from '../commit.ts'
import { callWithin, connectorOf } from '../connectors.ts'
import { momentOf, type ServiceContext } from '../context.ts'
import { toGatewayError } from '../fault.ts'
import { type Run, toUserFault } from '../idempotency.ts'
import type { RateLimits, UserAction } from '../rate-limits.ts'
import type { Attempts } from './attempts.ts'
import { RECONCILE_SOON_MS } from './launch.ts'

/** What the client sent for a step; exactly one member is set. */
export interface ChallengeAnswer {
  readonly otp?: string | null
  readonly methodId?: string | null
  readonly form?: readonly { readonly name: string; readonly value: string }[] | null
}

const COUNTED_AS = { ANSWER: 'userAnswers', RESEND: 'userResends' } as const satisfies Partial<
  Record<InFlight, UserAction>
>

const ANSWER_PATH = ['input', 'answer'] as const

const refuseKind = (step: AuthStep, member: string): GatewayError =>
  invalidInput(`The current step is ${step.kind}; it cannot be answered with \`${member}\`.`, ...ANSWER_PATH, member)

/**
 * Checks an answer's shape before anything is sent: a code that cannot be right must not cost the only attempt.
 *
 * @throws GatewayError INVALID_INPUT; its message never repeats the answer
 */
export const parseAnswer = (step: AuthStep, answer: ChallengeAnswer): StepAnswer => {
  if (answer.otp != null) {
    if (step.kind !== 'OTP') throw refuseKind(step, 'otp')
    const otp = answer.otp.trim()
    if (otp === '' || otp.length > 64 || (step.pattern !== null && !new RegExp(`^(?:${step.pattern})$`).test(otp))) {
      throw invalidInput(
        'The code does not have the form of this step. It was not sent; correct it and answer again.',
        ...ANSWER_PATH,
        'otp',
      )
    }
    return { kind: 'OTP', stepRef: step.ref, otp }
  }
  if (answer.methodId != null) {
    if (step.kind !== 'SELECT_METHOD') throw refuseKind(step, 'methodId')
    if (!step.methods.some(({ id }) => id === answer.methodId)) {
      throw invalidInput('Choose one of the methods of the current step.', ...ANSWER_PATH, 'methodId')
    }
    return { kind: 'METHOD', stepRef: step.ref, methodId: answer.methodId }
  }
  if (answer.form != null) {
    if (step.kind !== 'FORM') throw refuseKind(step, 'form')
    const values = new Map(answer.form.map(({ name, value }) => [name, value]))
    const unknown = [...values.keys()].find((name) => !step.fields.some((field) => field.name === name))
    if (unknown !== undefined)
      throw invalidInput('The form has a field that the current step does not ask for.', ...ANSWER_PATH, 'form')
    const missing = step.fields.find((field) => field.required && !values.get(field.name))
    if (missing !== undefined) throw invalidInput(`The form lacks \`${missing.name}\`.`, ...ANSWER_PATH, 'form')
    return { kind: 'FORM', stepRef: step.ref, values }
  }
  throw invalidInput('Set one of `otp`, `methodId` and `form`.', ...ANSWER_PATH)
}

/**
 * The step that a caller means, if it is still the one to answer.
 *
 * @throws GatewayError SESSION_EXPIRED, STATE_CONFLICT or STEP_CHANGED
 */
export const currentStep = (session: AuthSession, stepId: string): AuthStep => {
  if (session.status === 'EXPIRED') throw new GatewayError('SESSION_EXPIRED')
  if (isFinalSession(session.status)) {
    throw new GatewayError('STATE_CONFLICT', { message: `This authorization has ended: ${session.status}.` })
  }
  if (session.nextStep === null) {
    throw new GatewayError('STATE_CONFLICT', {
      message: 'The provider is at work on this authorization. Wait for its next step; an answer is never sent twice.',
    })
  }
  if (session.nextStep.id !== stepId) throw new GatewayError('STEP_CHANGED', { path: ['input', 'stepId'] })
  return session.nextStep
}

/** A wrong code is an outcome, not an error of the call: the provider's answer says so. */
const wrongAnswer = (before: AuthStep, { session, consent }: Attempt): readonly UserFault[] => {
  const fault = { code: 'WRONG_OTP', path: [...ANSWER_PATH, 'otp'], retryAt: null, problem: null } as const
  if (before.kind !== 'OTP') return []
  if (consent.statusReason === 'OTP_REJECTED') {
    const message = 'The code was wrong, and this provider allows one attempt. Start a new authorization.'
    return [{ ...fault, message, attemptsRemaining: 0, consentLost: true }]
  }
  if (session.nextStep?.kind === 'OTP' && session.nextStep.ref === before.ref) {
    return [
      {
        ...fault,
        message: 'The code was wrong.',
        attemptsRemaining: session.nextStep.attemptsRemaining,
        consentLost: false,
      },
    ]
  }
  return []
}

export interface Answering {
  answer(
    viewer: Viewer,
    input: { readonly authSessionId: string; readonly stepId: string; readonly answer: ChallengeAnswer },
    requestId: RequestId,
    run: Run,
  ): Promise<readonly UserFault[]>
  resend(
    viewer: Viewer,
    input: { readonly authSessionId: string; readonly stepId: string },
    requestId: RequestId,
    run: Run,
  ): Promise<readonly UserFault[]>
}

export const createAnswering = (context: ServiceContext, rateLimits: RateLimits, attempts: Attempts): Answering => {
  const { store, connectors, settings } = context

  /** Takes the step out of everybody's reach before the call: of any number of racers one gets here. */
  const claimStep = async (
    viewer: Viewer,
    input: { readonly authSessionId: string; readonly stepId: string },
    inFlight: keyof typeof COUNTED_AS,
    { touched, claim }: Run,
    check: (step: AuthStep, session: AuthSession) => void,
  ): Promise<Attempt & { readonly step: AuthStep }> => {
    let counted: Promise<void> | null = null
    return await untilCommitted(async () => {
      const attempt = await attempts.load(scopeOf(viewer), input.authSessionId, 'input', 'authSessionId')
      const { session, consent } = attempt
      touched.authSessionId = session.id
      touched.consentId = consent.id
      touched.userId = session.userId
      // Once for all rounds of a race; before the answer is looked at, so that guessing shapes is counted too.
      counted ??= rateLimits.user({ clientId: session.clientId, id: session.userId }, COUNTED_AS[inFlight])
      await counted
      const step = currentStep(session, input.stepId)
      check(step, session)
      const claimed = updateSession(session, { status: 'VERIFYING', nextStep: null, inFlight }, momentOf(context))
      const due = new Date(Date.now() + settings.providerCallMs + RECONCILE_SOON_MS)
      await commitOrThrow(store, [
        ...claim(),
        claimed.write,
        { kind: 'job.schedule', job: { kind: 'RECONCILE_SESSION', subject: session.id }, dueAt: due },
      ])
      return { session: claimed.session, consent, step }
    })
  }

  /**
   * A fault that certainly had no effect gives the step back under a new id: what was typed for the old one is never
   * sent again. A lost answer is the reconciler's.
   */
  const settleFault = async (
    session: AuthSession,
    step: AuthStep,
    error: unknown,
    requestId: RequestId,
  ): Promise<UserFault> => {
    const fault = toGatewayError(error)
    const userFault = toUserFault(fault, requestId)
    context.report('authorization.call.failed', { provider: session.provider, code: fault.code, requestId }, error)
    if (fault.code === 'OUTCOME_UNKNOWN' || userFault === null) {
      const dueAt = new Date(Date.now() + RECONCILE_SOON_MS)
      await commitOrThrow(store, [
        { kind: 'job.schedule', job: { kind: 'RECONCILE_SESSION', subject: session.id }, dueAt },
      ])
    } else {
      const { id: _, ...challenge } = step
      await attempts.take(session.id, { next: challenge, state: session.state, consent: null }, 'ANSWER')
    }
    if (userFault === null) throw fault
    return userFault
  }

  return {
    answer: async (viewer, input, requestId, run) => {
      const { session, step } = await claimStep(
        viewer,
        input,
        'ANSWER',
        run,
        (current) => void parseAnswer(current, input.answer),
      )
      const connector = connectorOf(connectors, session.provider)
      let answered: SessionStep
      try {
        answered = await connector.answer(
          session.state,
          parseAnswer(step, input.answer),
          callWithin(settings.providerCallMs, requestId),
        )
      } catch (error) {
        return [await settleFault(session, step, error, requestId)]
      }
      return wrongAnswer(step, await attempts.take(session.id, answered, 'ANSWER'))
    },

    resend: async (viewer, input, requestId, run) => {
      const check = (step: AuthStep, { provider }: AuthSession): void => {
        if (step.kind !== 'OTP' || !step.canResend || connectorOf(connectors, provider).resend === undefined) {
          throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
            message: 'No new code can be sent for this step.',
            path: ['input', 'stepId'],
          })
        }
        if (step.resendAvailableAt !== null && step.resendAvailableAt > context.clock.now()) {
          throw new GatewayError('RESEND_TOO_SOON', { retryAt: step.resendAvailableAt })
        }
      }
      const { session, step } = await claimStep(viewer, input, 'RESEND', run, check)
      const connector = connectorOf(connectors, session.provider)
      let sent: SessionStep | undefined
      try {
        sent = await connector.resend?.(session.state, callWithin(settings.providerCallMs, requestId))
      } catch (error) {
        return [await settleFault(session, step, error, requestId)]
      }
      if (sent !== undefined) await attempts.take(session.id, sent, 'ANSWER')
      return []
    },
  }
}

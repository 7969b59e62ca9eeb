import { renderSVG } from 'uqr'
import { isFinalSession } from '../../domain/auth-session.ts'
import type { StepKind } from '../../domain/step.ts'
import type { Resolvers } from '../generated/resolvers.ts'
import { present } from '../context.ts'
import { institutionOf } from './consent.ts'
import { readSession } from './node.ts'

export const AuthSession: Resolvers['AuthSession'] = {
  __resolveReference: ({ id }, context) => readSession(context, id),

  sessionStatus: ({ status }) => status,
  isFinal: ({ status }) => isFinalSession(status),
  version: ({ version, frames }) => version - frames,
  user: ({ userId }, _, { loaders }) => present(loaders.users.load(userId)),
  consent: async ({ consentId }, _, { loaders, services }) => {
    return services.reading.stored(await present(loaders.consents.load(consentId)))
  },
  institution: (session, _, context) => institutionOf(session, context),
  sessionExpiresAt: ({ expiresAt }) => expiresAt,
}

const STEP_TYPES = {
  REDIRECT: 'RedirectStep',
  OTP: 'OtpStep',
  QR: 'QrStep',
  APP_LAUNCH: 'AppLaunchStep',
  DECOUPLED: 'DecoupledStep',
  SELECT_METHOD: 'SelectMethodStep',
  FORM: 'FormStep',
} as const satisfies Record<StepKind, string>

export const AuthStep: Resolvers['AuthStep'] = { __resolveType: ({ kind }) => STEP_TYPES[kind] }

const stepExpiresAt = ({ expiresAt }: { readonly expiresAt: Date | null }): Date | null => expiresAt

export const RedirectStep: Resolvers['RedirectStep'] = { stepExpiresAt }
export const OtpStep: Resolvers['OtpStep'] = { stepExpiresAt }
export const QrStep: Resolvers['QrStep'] = {
  stepExpiresAt,
  launch: ({ launch, id }) => (launch === null ? null : { ...launch, id }),
}
export const AppLaunchStep: Resolvers['AppLaunchStep'] = { stepExpiresAt }
export const DecoupledStep: Resolvers['DecoupledStep'] = { stepExpiresAt }
export const SelectMethodStep: Resolvers['SelectMethodStep'] = { stepExpiresAt }
export const FormStep: Resolvers['FormStep'] = { stepExpiresAt }

export const QrFrame: Resolvers['QrFrame'] = {
  data: ({ text }) => text,
  svg: ({ text }) => renderSVG(text, { border: 2 }),
}

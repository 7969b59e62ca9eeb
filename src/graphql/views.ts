import type { ConsentEvent, ConsentEventBody, ConsentEventType, EventCursor } from '../domain/event.ts'
import type { AuthSessionId, ConsentId, UserId, WebhookEndpointId } from '../domain/ids.ts'
import type { AuthStep, StepKind } from '../domain/step.ts'
import type { AuthSession } from '../domain/auth-session.ts'
import type { ConsentView, SourceReport } from '../domain/source.ts'
import type { StoredConsent, User } from '../domain/store.ts'
import type { UserFault } from '../domain/user-fault.ts'
import type { Connection } from './paging.ts'

/** What resolvers receive as their parent where the schema's type is one shape of a wider domain type. */
type StepOf<Kind extends StepKind> = Extract<AuthStep, { readonly kind: Kind }>
export type RedirectView = StepOf<'REDIRECT'>
export type OtpView = StepOf<'OTP'>
export type QrView = StepOf<'QR'>
export type DecoupledView = StepOf<'DECOUPLED'>
export type SelectMethodView = StepOf<'SELECT_METHOD'>
export type FormView = StepOf<'FORM'>
export type AppLaunchView = StepOf<'APP_LAUNCH'>

type EventOf<Type extends ConsentEventType> = ConsentEvent & {
  readonly body: Extract<ConsentEventBody, { readonly type: Type }>
}
export type StatusChangedView = EventOf<'ConsentStatusChanged'>
export type DetailsChangedView = EventOf<'ConsentDetailsChanged'>
export type ExpiringSoonView = EventOf<'ConsentExpiringSoon'>
export type RevocationProgressedView = EventOf<'ConsentRevocationProgressed'>
export type StepChangedView = EventOf<'AuthStepChanged'>

export interface SnapshotView {
  readonly kind: 'SNAPSHOT'
  readonly cursor: EventCursor
  readonly consents: readonly StoredConsent[]
  readonly truncated: boolean
}

export interface GapView {
  readonly kind: 'GAP'
  readonly reason: 'CURSOR_EXPIRED' | 'SLOW_CONSUMER'
  readonly resumeFrom: EventCursor
}

export type StreamValue = ConsentEvent | SnapshotView | GapView

interface Subject {
  readonly userId: UserId | null
  readonly consentId: ConsentId | null
  readonly authSessionId: AuthSessionId | null
}

/** A user fault under the name of its type in the schema, with what it is about. */
export type UserErrorView<Name extends UserErrorName = UserErrorName> = UserFault &
  Subject & { readonly __typename: Name }

export type UserErrorName =
  | 'InvalidInputError'
  | 'NotFoundError'
  | 'WrongOtpError'
  | 'StepChangedError'
  | 'ProviderError'
  | 'StateConflictError'
  | 'RequestError'

/** The outcome of a mutation: its objects are read when the payload is resolved, also for a replay. */
export interface MutationView extends Subject {
  readonly userErrors: readonly UserErrorView[]
}

/** The secret is shown by the run that made it, never by a replay. */
export interface WebhookEndpointView extends MutationView {
  readonly webhookEndpointId: WebhookEndpointId | null
  readonly secret: string | null
}

/** `count` asks the store only where `totalCount` is selected. */
interface Counted {
  readonly count: () => Promise<number>
}
export type UserConnectionView = Connection<User> & Counted
export type AuthSessionConnectionView = Connection<AuthSession> & Counted
export type ConsentConnectionView = Connection<ConsentView> & Counted & { readonly sources: readonly SourceReport[] }

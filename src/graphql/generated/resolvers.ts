import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { User as UserParent, ProviderLink as ProviderLinkParent, StoredObservation as StoredObservationParent } from '../../domain/store.ts';
import type { ApiClient as ApiClientParent } from '../../domain/api-client.ts';
import type { UserErasure as UserErasureParent, ProviderErasure as ProviderErasureParent } from '../../domain/erasure.ts';
import type { Viewer as ViewerParent } from '../../domain/viewer.ts';
import type { ConsentView as ConsentViewParent, SourceReport as SourceReportParent } from '../../domain/source.ts';
import type { AuthSession as AuthSessionParent } from '../../domain/auth-session.ts';
import type { SandboxGuide as SandboxGuideParent } from '../sandbox-directory.ts';
import type { ListedInstitution as ListedInstitutionParent } from '../../services/institutions.ts';
import type { ProviderId as ProviderIdParent } from '../../domain/provider-id.ts';
import type { ProviderCapabilities as ProviderCapabilitiesParent } from '../../domain/provider.ts';
import type { AccountsView as AccountsViewParent } from '../../services/accounts.ts';
import type { AuthStep as AuthStepParent, QrFrame as QrFrameParent } from '../../domain/step.ts';
import type { RedirectView as RedirectViewParent, OtpView as OtpViewParent, QrView as QrViewParent, AppLaunchView as AppLaunchViewParent, DecoupledView as DecoupledViewParent, SelectMethodView as SelectMethodViewParent, FormView as FormViewParent, UserConnectionView as UserConnectionViewParent, ConsentConnectionView as ConsentConnectionViewParent, AuthSessionConnectionView as AuthSessionConnectionViewParent, StatusChangedView as StatusChangedViewParent, DetailsChangedView as DetailsChangedViewParent, ExpiringSoonView as ExpiringSoonViewParent, RevocationProgressedView as RevocationProgressedViewParent, StepChangedView as StepChangedViewParent, SnapshotView as SnapshotViewParent, GapView as GapViewParent, UserErrorView as UserErrorViewParent, MutationView as MutationViewParent, WebhookEndpointView as WebhookEndpointViewParent } from '../views.ts';
import type { ConsentEvent as ConsentEventParent } from '../../domain/event.ts';
import type { WebhookEndpoint as WebhookEndpointParent, WebhookDelivery as WebhookDeliveryParent } from '../../domain/webhook.ts';
import type { GraphContext } from '../context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** ISO 3166-1 alpha-2 in upper case, such as `SE`. Codes that ISO has assigned, and `XK` for Kosovo. */
  CountryCode: { input: string; output: string; }
  /**
   * An instant, RFC 3339. Read with any offset (`2026-03-01T14:00:00+02:00`) and up to nine decimals of a second, of which
   * three are kept; always written in UTC with milliseconds (`2026-03-01T12:00:00.000Z`).
   */
  DateTime: { input: Date; output: Date; }
  /**
   * An absolute `https` address, or `http` where the host is the loopback (`localhost`, `127.0.0.0/8`, `[::1]`). It carries no
   * user name or password, and has at most 8192 characters. It is kept as it was written.
   */
  URL: { input: string; output: string; }
  _FieldSet: { input: string; output: string; }
};

/** What to ask the PSU for. What the provider cannot take is refused with CAPABILITY_NOT_SUPPORTED, never dropped. */
export type AccessInput = {
  /** The institution's own account identifiers, such as IBANs; null for all accounts, or for the PSU to choose. Not empty. */
  readonly accountIds?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Ask for balances. */
  readonly balances?: InputMaybe<Scalars['Boolean']['input']>;
  /** In the provider's own words, where it has such; null for its usual set. */
  readonly permissions?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Ask for transactions. */
  readonly transactions?: InputMaybe<Scalars['Boolean']['input']>;
  /** For how long; null for as long as the institution allows. */
  readonly validity?: InputMaybe<ValidityInput>;
};

/** Why an answer was not taken. */
export type AnswerChallengeError = InvalidInputError | NotFoundError | ProviderError | RequestError | StateConflictError | StepChangedError | WrongOtpError;

/** What the PSU answered to the step that they were shown. */
export type AnswerChallengeInput = {
  /** The answer, of the kind that the step asks for. */
  readonly answer: ChallengeAnswer;
  /** The authorization in which the step was shown. */
  readonly authSessionId: Scalars['ID']['input'];
  /**
   * 1 to 255 printable ASCII characters without spaces, kept for 30 days. The same key with the same input answers as the first time and
   * sends nothing again (neither the otp nor a hash of it is kept, so it is not compared); with another input it is
   * IDEMPOTENCY_KEY_REUSED, during the first call IDEMPOTENCY_IN_PROGRESS.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The step that was shown. If the session has moved on, the answer is not sent and STEP_CHANGED names the present step. */
  readonly stepId: Scalars['ID']['input'];
};

/** What came of an answer. */
export type AnswerChallengePayload = {
  readonly __typename?: 'AnswerChallengePayload';
  /** The session after the answer: completed, at its next step, or ended. Null when nothing was found. */
  readonly authSession?: Maybe<AuthSession>;
  /** The consent after the answer; null when nothing was found. */
  readonly consent?: Maybe<Consent>;
  /** Why the answer was not taken; empty when it was right. */
  readonly userErrors: ReadonlyArray<AnswerChallengeError>;
};

/** A service that holds an API key. Users, consents and endpoints belong to one API client and are invisible to all others. */
export type ApiClient = {
  readonly __typename?: 'ApiClient';
  /** When the operator registered it. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Starts with `cli_`. */
  readonly id: Scalars['ID']['output'];
  /** As the operator named it. */
  readonly name: Scalars['String']['output'];
  /** Addresses registered for `ReturnToInput`. Compared by scheme, host, port and path. */
  readonly returnTo: ReadonlyArray<Scalars['URL']['output']>;
};

/** The PSU opens an app on this device. Nothing is answered: the gateway watches. */
export type AppLaunchStep = AuthStep & {
  readonly __typename?: 'AppLaunchStep';
  /** The same with the app's own scheme (`bankid:///...`), for desktop browsers. No URL scalar: it is not https. */
  readonly appLink: Scalars['String']['output'];
  /** For a client that builds the link itself, with a `redirect` of its own. Not to be logged. */
  readonly autoStartToken: Scalars['String']['output'];
  /** A page for a PSU whose device cannot open the app; null when there is none. */
  readonly fallbackUrl?: Maybe<Scalars['URL']['output']>;
  /** What the PSU should do in the app right now, in their language; changes while they do it. Null when not known. */
  readonly hint?: Maybe<Scalars['String']['output']>;
  /** Starts with `stp_`. */
  readonly id: Scalars['ID']['output'];
  /** What to do in the app; null where the title says it all. */
  readonly instructions?: Maybe<Scalars['String']['output']>;
  /** Always APP_LAUNCH. */
  readonly kind: StepKind;
  /** When the token ends; null when the provider does not say. */
  readonly stepExpiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** A short line for the PSU, such as the text of a button. */
  readonly title: Scalars['String']['output'];
  /** Opens the app, or its page in the shop. The right choice on iOS and Android, opened by the PSU's own tap. */
  readonly universalLink: Scalars['URL']['output'];
};

/**
 * One attempt of a PSU to authorize one consent, single use. Most end within minutes. Show `nextStep`, send what the PSU
 * answers to `answerChallenge`, and follow `Subscription.authSession` until it is final.
 */
export type AuthSession = Node & {
  readonly __typename?: 'AuthSession';
  /** The consent that is being authorized. It has a status of its own. */
  readonly consent: Consent;
  /** When it was started. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Starts with `aus_`. It grants nothing by itself and may stand in an address. */
  readonly id: Scalars['ID']['output'];
  /** Null while the PSU still has to choose it on the provider's page. */
  readonly institution?: Maybe<Institution>;
  /** True for COMPLETED, CANCELLED, EXPIRED and FAILED: nothing will change it again. */
  readonly isFinal: Scalars['Boolean']['output'];
  /** What the PSU must do now. Null exactly when the session is PENDING, VERIFYING or final. */
  readonly nextStep?: Maybe<AuthStep>;
  /** What went wrong between gateway and provider, at the end or while it is being tried again; null when nothing did. */
  readonly problem?: Maybe<ProviderProblem>;
  /** Through whom the institution is reached. */
  readonly provider: Provider;
  /** Where the PSU is sent afterwards; null when none was given. */
  readonly returnTo?: Maybe<ReturnTo>;
  /** When it ends if the PSU does nothing: the provider's own limit, else 15 minutes after the start. */
  readonly sessionExpiresAt: Scalars['DateTime']['output'];
  /** Where it stands. */
  readonly sessionStatus: AuthSessionStatus;
  /** The PSU who authorizes. */
  readonly user: User;
  /** Grows by one with every stored change, QR frames not counted. Of two copies, the higher one is newer. */
  readonly version: Scalars['Int']['output'];
};

/** Attempts to authorize, newest first. */
export type AuthSessionConnection = {
  readonly __typename?: 'AuthSessionConnection';
  /** One per session, each with its cursor. */
  readonly edges: ReadonlyArray<AuthSessionEdge>;
  /** The same sessions without their cursors. */
  readonly nodes: ReadonlyArray<AuthSession>;
  /** Where this page stands in the list. */
  readonly pageInfo: PageInfo;
  /** How many there are in all; null where counting them would take too long. */
  readonly totalCount?: Maybe<Scalars['Int']['output']>;
};

/** A session's place in a list. */
export type AuthSessionEdge = {
  readonly __typename?: 'AuthSessionEdge';
  /** Opaque; give it as `after` to continue behind this session. */
  readonly cursor: Scalars['String']['output'];
  /** The session at this place. */
  readonly node: AuthSession;
};

/** Where one attempt to authorize stands. */
export type AuthSessionStatus =
  /** The PSU has something to do: show `AuthSession.nextStep`. */
  | 'AWAITING_USER'
  /** Final. The PSU refused or cancelled, or `cancelAuthorization` was called. */
  | 'CANCELLED'
  /** Final. The consent is AUTHORIZED. */
  | 'COMPLETED'
  /** Final. Not finished in time. */
  | 'EXPIRED'
  /** Final. It did not succeed: `Consent.statusReason`, or `AuthSession.problem` where something broke, tells why. */
  | 'FAILED'
  /** Stored here; the provider is being asked what the PSU must do. */
  | 'PENDING'
  /** The PSU has done their part; the outcome is being established. Nothing to show but patience. */
  | 'VERIFYING';

/**
 * What the PSU must do now. An interface, so that a client written today can still show text, a countdown and a link for a
 * step it does not know.
 */
export type AuthStep = {
  /** A page where the PSU can do this in a browser instead; null when there is none. */
  readonly fallbackUrl?: Maybe<Scalars['URL']['output']>;
  /** Starts with `stp_`. Goes into `answerChallenge`, so that an answer never reaches another step than the one shown. */
  readonly id: Scalars['ID']['output'];
  /** What to do, in a sentence or two; null where the title says it all. */
  readonly instructions?: Maybe<Scalars['String']['output']>;
  /** Which kind of step, also for a client that does not know the type. */
  readonly kind: StepKind;
  /** When the step ends if nothing is done, for a countdown; null when only the session's end is known. */
  readonly stepExpiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** A short line for the PSU, in their language where `PsuInput.locale` named one that the gateway has, else English. */
  readonly title: Scalars['String']['output'];
};

/** The PSU has something new to do, or nothing any more. Once per new step id; never per QR frame. */
export type AuthStepChanged = ConsentEvent & {
  readonly __typename?: 'AuthStepChanged';
  /** When it was written. */
  readonly at: Scalars['DateTime']['output'];
  /** The session as it is now; steps that have passed are not shown again. */
  readonly authSession: AuthSession;
  /** The consent as it is now, which may be later than the event. */
  readonly consent: Consent;
  /** `Consent.version` right after this event. */
  readonly consentVersion: Scalars['Int']['output'];
  /** Give it as `after` to continue behind this event. */
  readonly cursor: Scalars['String']['output'];
  /** Starts with `evt_`. */
  readonly id: Scalars['ID']['output'];
  /** The body of a webhook of this event, in JSON, byte for byte. */
  readonly webhookBody: Scalars['String']['output'];
};

/** Where to ask for the consent. */
export type AuthorizationTarget =
  /** An institution as `Query.institutions` lists it. */
  { readonly institutionId: Scalars['ID']['input']; readonly provider?: never; }
  |  /** A provider on whose page the PSU chooses; CAPABILITY_NOT_SUPPORTED where it has no such page. */
  { readonly institutionId?: never; readonly provider: ProviderId; };

/** Whether what may be kept is the same for everybody. */
export type CacheControlScope =
  /** Of one caller or one person: no cache may keep it. */
  | 'PRIVATE'
  /** The same for whoever may ask. */
  | 'PUBLIC';

/** Why an authorization could not be cancelled. */
export type CancelAuthorizationError = InvalidInputError | NotFoundError | ProviderError | RequestError | StateConflictError;

/** Which authorization to stop. */
export type CancelAuthorizationInput = {
  /** The authorization to stop. */
  readonly authSessionId: Scalars['ID']['input'];
  /**
   * 1 to 255 printable ASCII characters without spaces, kept for 30 days. The same key with the same input answers as the first time and
   * does nothing again; with another input it is IDEMPOTENCY_KEY_REUSED, during the first call IDEMPOTENCY_IN_PROGRESS.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** What came of a cancellation. */
export type CancelAuthorizationPayload = {
  readonly __typename?: 'CancelAuthorizationPayload';
  /** CANCELLED; null when nothing was found. */
  readonly authSession?: Maybe<AuthSession>;
  /** REJECTED with reason CANCELLED_BY_USER; null when nothing was found. */
  readonly consent?: Maybe<Consent>;
  /** Why it was not cancelled; empty on success. */
  readonly userErrors: ReadonlyArray<CancelAuthorizationError>;
};

/** An answer to an OtpStep, a SelectMethodStep or a FormStep. An answer of another kind is INVALID_INPUT. */
export type ChallengeAnswer =
  /** To a FormStep: a value for each field, each name once. Passed on, never stored. */
  { readonly form: ReadonlyArray<FormValueInput>; readonly methodId?: never; readonly otp?: never; }
  |  /** To a SelectMethodStep: the `ScaMethod.id` that the PSU chose. */
  { readonly form?: never; readonly methodId: Scalars['ID']['input']; readonly otp?: never; }
  |  /** To an OtpStep: the code as the PSU typed it; space around it is dropped. Never stored, not even hashed. */
  { readonly form?: never; readonly methodId?: never; readonly otp: Scalars['String']['input']; };

/** Whether calls to a provider are let through. It protects the others from one that hangs or fails. */
export type CircuitState =
  /** Calls pass. */
  | 'CLOSED'
  /** A few calls pass, to find out whether the provider has recovered. */
  | 'HALF_OPEN'
  /** No call is made before `ProviderHealth.retryAt`; answers come from what is stored. */
  | 'OPEN';

/** One run in which a provider fetches data for a person. It is run elsewhere and only listed here. */
export type Collection = {
  readonly __typename?: 'Collection';
  /** The provider's own word, such as `COMPLETED_PARTIAL`. Treat the set as open. */
  readonly collectionStatus: Scalars['String']['output'];
  /** When it was started; null when the provider does not say. */
  readonly createdAt?: Maybe<Scalars['DateTime']['output']>;
  /** The provider's own identifier; unique within that provider. */
  readonly id: Scalars['ID']['output'];
  /** As the provider names it; null when it does not. */
  readonly institutionName?: Maybe<Scalars['String']['output']>;
  /** Who runs it. */
  readonly provider: Provider;
};

/** A person's data runs, in the order in which each provider lists them. */
export type CollectionConnection = {
  readonly __typename?: 'CollectionConnection';
  /** One per run, each with its cursor. */
  readonly edges: ReadonlyArray<CollectionEdge>;
  /** The same runs without their cursors. */
  readonly nodes: ReadonlyArray<Collection>;
  /** Where this page stands in the list. */
  readonly pageInfo: PageInfo;
  /** One entry per provider asked. Runs are not stored here: one that does not answer contributes none, and says so. */
  readonly sources: ReadonlyArray<SourceReport>;
};

/** A data run's place in a list. */
export type CollectionEdge = {
  readonly __typename?: 'CollectionEdge';
  /** Opaque; give it as `after` to continue behind this run. */
  readonly cursor: Scalars['String']['output'];
  /** The run at this place. */
  readonly node: Collection;
};

/** Why a callback was not taken. */
export type CompleteAuthorizationError = InvalidInputError | NotFoundError | ProviderError | RequestError | StateConflictError;

/**
 * The callback as it came back: the whole URL, for native apps, command lines and agents. The gateway's own callback route
 * does the same.
 */
export type CompleteAuthorizationInput = {
  /** The authorization that sent the PSU away. */
  readonly authSessionId: Scalars['ID']['input'];
  /** The address to which the PSU's browser was sent back, unchanged, with its whole query. */
  readonly callbackUrl: Scalars['URL']['input'];
  /**
   * 1 to 255 printable ASCII characters without spaces, kept for 30 days. The same key with the same input answers as the first time and
   * does nothing again; with another input it is IDEMPOTENCY_KEY_REUSED, during the first call IDEMPOTENCY_IN_PROGRESS.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** What came of a callback. */
export type CompleteAuthorizationPayload = {
  readonly __typename?: 'CompleteAuthorizationPayload';
  /** The session after the callback. VERIFYING while the outcome is not certain, as after a denial that may be overtaken. */
  readonly authSession?: Maybe<AuthSession>;
  /** The consent after the callback; null when nothing was found. */
  readonly consent?: Maybe<Consent>;
  /** Why the callback was not taken; empty when it was, also where the PSU had refused. */
  readonly userErrors: ReadonlyArray<CompleteAuthorizationError>;
};

/**
 * A PSU's permission for account access at one institution, from the first request to its end. It is owned by one user of one
 * API client; to everybody else it does not exist.
 */
export type Consent = Node & {
  readonly __typename?: 'Consent';
  /** What was granted; null until the provider has said so. */
  readonly access?: Maybe<ConsentAccess>;
  /**
   * The accounts that it opens. They come from the provider at most every few minutes, and may be incomplete right after
   * the grant: `ConsentDetailsChanged` follows. Empty before AUTHORIZED and where the provider cannot tell.
   */
  readonly accounts: ConsentAccounts;
  /** When it was granted; null if it never was. */
  readonly authorizedAt?: Maybe<Scalars['DateTime']['output']>;
  /** When `startAuthorization` or `renewConsent` stored it. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** The authorization that waits for the PSU or the provider; null when none is open. */
  readonly currentSession?: Maybe<AuthSession>;
  /** When it ends by itself; null until known. The institution may shorten what was asked. */
  readonly expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** Every observation and the rule that took or ignored it, oldest first. */
  readonly explain: ConsentExplanationConnection;
  /**
   * Its events, oldest first: the same ids and cursors as in `Subscription.consentEvents` and webhooks. Kept for 90 days unless the
   * gateway is configured otherwise; `explain` for as long as the consent lives, and longer.
   */
  readonly history: ConsentEventConnection;
  /** Starts with `con_`. A renewal is a new consent with an id of its own. */
  readonly id: Scalars['ID']['output'];
  /** Null while the PSU still has to choose it on the provider's page. */
  readonly institution?: Maybe<Institution>;
  /** True for REJECTED, REVOKED, EXPIRED and FAILED: nothing will change the status again. */
  readonly isFinal: Scalars['Boolean']['output'];
  /** The one thing a screen should offer in this state. */
  readonly primaryAction: ConsentAction;
  /** Through whom the institution is reached. */
  readonly provider: Provider;
  /** The provider's own identifier; null until it has given one. It may differ from the identifier of the authorization. */
  readonly providerConsentId?: Maybe<Scalars['String']['output']>;
  /** The provider's last word about it; null until the provider has said anything. */
  readonly providerStatus?: Maybe<ProviderStatus>;
  /**
   * A signed statement (compact JWS) of this consent that its user can keep and verify against the gateway's published keys.
   * Null until it has been AUTHORIZED once.
   */
  readonly receipt?: Maybe<Scalars['String']['output']>;
  /** The consent that this one renews; null for a first one. That one stays live until this one is AUTHORIZED. */
  readonly renewedFrom?: Maybe<Consent>;
  /** What was asked for, with every default and limit already applied. */
  readonly requestedAccess: ConsentAccess;
  /** How the provider is being told of the revocation; null unless it was revoked here. */
  readonly revocation?: Maybe<Revocation>;
  /** When the gateway stopped honouring it, or learned that the institution had; null unless REVOKED. */
  readonly revokedAt?: Maybe<Scalars['DateTime']['output']>;
  /** How fresh this is, and what the provider answered when it was last asked. */
  readonly source: SourceReport;
  /** Where it stands. AUTHORIZED is computed against the clock: it is never shown after `expiresAt`. */
  readonly status: ConsentStatus;
  /** Why it ended; null while it is live. */
  readonly statusReason?: Maybe<ConsentStatusReason>;
  /** The renewal that took over; null while there is none that was AUTHORIZED. */
  readonly supersededBy?: Maybe<Consent>;
  /** When it last changed; grows with `version`. */
  readonly updatedAt: Scalars['DateTime']['output'];
  /** The PSU whose consent it is. */
  readonly user: User;
  /** Starts at 1 and grows by one with every stored change. Of two copies, the higher one is newer. */
  readonly version: Scalars['Int']['output'];
};


/**
 * A PSU's permission for account access at one institution, from the first request to its end. It is owned by one user of one
 * API client; to everybody else it does not exist.
 */
export type ConsentExplainArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * A PSU's permission for account access at one institution, from the first request to its end. It is owned by one user of one
 * API client; to everybody else it does not exist.
 */
export type ConsentHistoryArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** What a consent opens, and for how long. As asked or as granted, depending on the field that holds it. */
export type ConsentAccess = {
  readonly __typename?: 'ConsentAccess';
  /** The institution's own account identifiers; null for all accounts, or where the PSU chooses at the institution. */
  readonly accountIds?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** Balances may be read; null where the provider does not separate it. */
  readonly balances?: Maybe<Scalars['Boolean']['output']>;
  /** In the provider's own words, such as `transactions`; empty where it has no such words. */
  readonly permissions: ReadonlyArray<Scalars['String']['output']>;
  /** Transactions may be read; null where the provider does not separate it. */
  readonly transactions?: Maybe<Scalars['Boolean']['output']>;
  /** Not usable before this instant; null for at once. */
  readonly validFrom?: Maybe<Scalars['DateTime']['output']>;
  /** Not usable from this instant on; null where the provider decides and has not said. */
  readonly validUntil?: Maybe<Scalars['DateTime']['output']>;
};

/** An account under a consent: enough to show it and to recognize it again, no balances and no transactions. */
export type ConsentAccount = {
  readonly __typename?: 'ConsentAccount';
  /** ISO 4217, such as `SEK`. `XXX` when the institution has none; null when unknown. */
  readonly currency?: Maybe<Scalars['String']['output']>;
  /** The provider's identifier under this consent. It may change with a renewal; use `identity` to match. */
  readonly id: Scalars['ID']['output'];
  /** The provider's identifier that survives a renewal; null where it has none. */
  readonly identity?: Maybe<Scalars['String']['output']>;
  /** The provider's own word, such as `CACC`. Treat the set as open; null when unknown. */
  readonly kind?: Maybe<Scalars['String']['output']>;
  /** Account number or IBAN with all but its last characters hidden; null when unknown. */
  readonly maskedNumber?: Maybe<Scalars['String']['output']>;
  /** As the PSU or the institution named it; null when unknown. */
  readonly name?: Maybe<Scalars['String']['output']>;
};

/** The accounts under a consent, with how fresh the list is. */
export type ConsentAccounts = {
  readonly __typename?: 'ConsentAccounts';
  /** All of them; this list is not paged. */
  readonly nodes: ReadonlyArray<ConsentAccount>;
  /** Whether the provider answered. After a failure `nodes` is the last list that it gave. */
  readonly source: SourceReport;
};

/** What a screen should offer the PSU, so that each client need not derive it from status, dates and capabilities. */
export type ConsentAction =
  /** Show `currentSession.nextStep`. */
  | 'CONTINUE_AUTHORIZATION'
  /** Nothing: it is live and not near its end, or it ended by the PSU's own wish. */
  | 'NONE'
  /** It has ended, or cannot be renewed: offer `startAuthorization` again. */
  | 'RECONNECT'
  /** It ends soon, and `renewConsent` keeps it going. */
  | 'RENEW'
  /** The institution, the provider or the gateway is working; nothing is asked of the PSU. */
  | 'WAIT';

/** Consents, newest first. */
export type ConsentConnection = {
  readonly __typename?: 'ConsentConnection';
  /** One per consent, each with its cursor. */
  readonly edges: ReadonlyArray<ConsentEdge>;
  /** The same consents without their cursors. */
  readonly nodes: ReadonlyArray<Consent>;
  /** Where this page stands in the list. */
  readonly pageInfo: PageInfo;
  /** One entry per provider that this list asked; empty when none was asked. */
  readonly sources: ReadonlyArray<SourceReport>;
  /** How many match in all; null where counting them would take too long. */
  readonly totalCount?: Maybe<Scalars['Int']['output']>;
};

/** Accounts, expiry, access or permissions changed while the status did not. */
export type ConsentDetailsChanged = ConsentEvent & {
  readonly __typename?: 'ConsentDetailsChanged';
  /** When it was written. */
  readonly at: Scalars['DateTime']['output'];
  /** Names of `Consent` fields that changed, such as `expiresAt`; at least one. */
  readonly changed: ReadonlyArray<Scalars['String']['output']>;
  /** The consent as it is now, which may be later than the event. */
  readonly consent: Consent;
  /** `Consent.version` right after this event. */
  readonly consentVersion: Scalars['Int']['output'];
  /** Give it as `after` to continue behind this event. */
  readonly cursor: Scalars['String']['output'];
  /** Starts with `evt_`. */
  readonly id: Scalars['ID']['output'];
  /** The body of a webhook of this event, in JSON, byte for byte. */
  readonly webhookBody: Scalars['String']['output'];
};

/** A consent's place in a list. */
export type ConsentEdge = {
  readonly __typename?: 'ConsentEdge';
  /** Opaque; give it as `after` to continue behind this consent. */
  readonly cursor: Scalars['String']['output'];
  /** The consent at this place. */
  readonly node: Consent;
};

/**
 * Something that happened to a consent, written in the transaction that changed it. One vocabulary, one id and one cursor for
 * subscriptions, history and webhooks.
 */
export type ConsentEvent = {
  /** When it was written. */
  readonly at: Scalars['DateTime']['output'];
  /** The consent as it is now, which may be later than the event; compare `version` with `consentVersion`. */
  readonly consent: Consent;
  /** `Consent.version` right after this event. */
  readonly consentVersion: Scalars['Int']['output'];
  /** Its place in the order of commits; give it as `after` to continue behind it. */
  readonly cursor: Scalars['String']['output'];
  /** Starts with `evt_`. The same in a subscription, in the history and in a webhook's `webhook-id`: drop what you have seen. */
  readonly id: Scalars['ID']['output'];
  /** The body of a webhook of this event, in JSON, byte for byte. */
  readonly webhookBody: Scalars['String']['output'];
};

/** Events, oldest first. */
export type ConsentEventConnection = {
  readonly __typename?: 'ConsentEventConnection';
  /** One per event, each with its cursor. */
  readonly edges: ReadonlyArray<ConsentEventEdge>;
  /** The same events without their edges. */
  readonly nodes: ReadonlyArray<ConsentEvent>;
  /** Where this page stands in the list. Keep `endCursor` to ask for what comes later. */
  readonly pageInfo: PageInfo;
};

/** An event's place in the list. */
export type ConsentEventEdge = {
  readonly __typename?: 'ConsentEventEdge';
  /** The same as the event's own `cursor`. */
  readonly cursor: Scalars['String']['output'];
  /** The event at this place. */
  readonly node: ConsentEvent;
};

/**
 * A live consent is about to end. Comes 14, 7 and 1 days ahead unless the gateway is configured otherwise, and only where that is
 * less than half the consent's life.
 */
export type ConsentExpiringSoon = ConsentEvent & {
  readonly __typename?: 'ConsentExpiringSoon';
  /** When it was written. */
  readonly at: Scalars['DateTime']['output'];
  /** The consent as it is now, which may be later than the event. */
  readonly consent: Consent;
  /** `Consent.version` right after this event. */
  readonly consentVersion: Scalars['Int']['output'];
  /** Give it as `after` to continue behind this event. */
  readonly cursor: Scalars['String']['output'];
  /** The threshold that was passed, in days. Less is left when the gateway was not running at the time. */
  readonly daysLeft: Scalars['Int']['output'];
  /** Starts with `evt_`. */
  readonly id: Scalars['ID']['output'];
  /** The body of a webhook of this event, in JSON, byte for byte. */
  readonly webhookBody: Scalars['String']['output'];
};

/** One observation and what came of it. For support: why does this consent stand where it stands? */
export type ConsentExplanation = {
  readonly __typename?: 'ConsentExplanation';
  /** True when the status, or a detail such as the expiry, was changed by it. */
  readonly applied: Scalars['Boolean']['output'];
  /** When it was observed; for repeated ones, the first time. */
  readonly at: Scalars['DateTime']['output'];
  /** The status before; null for the first observation. */
  readonly from?: Maybe<ConsentStatus>;
  /** The provider's word as received; null where there was none. */
  readonly providerRaw?: Maybe<Scalars['String']['output']>;
  /** Equal observations in a row are one row: how many there were, at least 1. */
  readonly repeated: Scalars['Int']['output'];
  /** Name of the rule that took or ignored it, such as `FINAL_ABSORBS`. Treat the set as open. */
  readonly rule: Scalars['String']['output'];
  /** How it was learned. */
  readonly source: ObservationSource;
  /** The status that the observation asks for; null for a word that is not recognized. */
  readonly to?: Maybe<ConsentStatus>;
};

/** Observations of one consent, oldest first. */
export type ConsentExplanationConnection = {
  readonly __typename?: 'ConsentExplanationConnection';
  /** One per row, each with its cursor. */
  readonly edges: ReadonlyArray<ConsentExplanationEdge>;
  /** The same rows without their cursors. */
  readonly nodes: ReadonlyArray<ConsentExplanation>;
  /** Where this page stands in the list. */
  readonly pageInfo: PageInfo;
};

/** An observation's place in the list. */
export type ConsentExplanationEdge = {
  readonly __typename?: 'ConsentExplanationEdge';
  /** Opaque; give it as `after` to continue behind this row. */
  readonly cursor: Scalars['String']['output'];
  /** The row at this place. */
  readonly node: ConsentExplanation;
};

/** Narrows a list of consents. Every field given must match; an empty list matches nothing. */
export type ConsentFilter = {
  /** With an `expiresAt` before this instant; those without one are left out. */
  readonly expiresBefore?: InputMaybe<Scalars['DateTime']['input']>;
  /** At this institution. */
  readonly institutionId?: InputMaybe<Scalars['ID']['input']>;
  /** Reached through one of these providers. */
  readonly provider?: InputMaybe<ReadonlyArray<ProviderId>>;
  /** Revoked here, with the provider in one of these states. `[NEEDS_ATTENTION]` is the operator's list of work. */
  readonly revocationState?: InputMaybe<ReadonlyArray<RevocationState>>;
  /** In one of these states. */
  readonly status?: InputMaybe<ReadonlyArray<ConsentStatus>>;
};

/** The provider was told of a revocation, confirmed it, or could not be told. */
export type ConsentRevocationProgressed = ConsentEvent & {
  readonly __typename?: 'ConsentRevocationProgressed';
  /** When it was written. */
  readonly at: Scalars['DateTime']['output'];
  /** The consent as it is now, which may be later than the event. */
  readonly consent: Consent;
  /** `Consent.version` right after this event. */
  readonly consentVersion: Scalars['Int']['output'];
  /** Give it as `after` to continue behind this event. */
  readonly cursor: Scalars['String']['output'];
  /** Starts with `evt_`. */
  readonly id: Scalars['ID']['output'];
  /** How far it had come at this event. */
  readonly revocation: Revocation;
  /** The body of a webhook of this event, in JSON, byte for byte. */
  readonly webhookBody: Scalars['String']['output'];
};

/** First item of a stream opened without a cursor: the state that the following events apply to. */
export type ConsentSnapshot = {
  readonly __typename?: 'ConsentSnapshot';
  /** Listed when the filter names a user or a consent, 100 at most; else empty and truncated. */
  readonly consents: ReadonlyArray<Consent>;
  /** The moment of this state; events that follow come after it. */
  readonly cursor: Scalars['String']['output'];
  /** There are more than are listed; read them through `Query.consents`. */
  readonly truncated: Scalars['Boolean']['output'];
};

/**
 * Where a consent stands, in one vocabulary for every provider. A status marked final is never left. What the provider itself
 * said is in `Consent.providerStatus`.
 */
export type ConsentStatus =
  /** Granted and usable until `expiresAt`. */
  | 'AUTHORIZED'
  /** The PSU has something to do: see `Consent.currentSession`. */
  | 'AWAITING_AUTHORIZATION'
  /** Final. Its time is over, or the PSU never finished. */
  | 'EXPIRED'
  /** Final. Something broke at the institution or the provider before it was granted. */
  | 'FAILED'
  /** Stored here; the institution has not yet asked anything of the PSU. */
  | 'INITIATED'
  /** One of several people who must authorize has done so. */
  | 'PARTIALLY_AUTHORIZED'
  /** Final. The PSU said no, or SCA did not succeed. */
  | 'REJECTED'
  /** Final. Taken back, by whom `statusReason` tells. Here it takes effect at once; `revocation` follows it at the provider. */
  | 'REVOKED';

/** The consent moved from one status to another. */
export type ConsentStatusChanged = ConsentEvent & {
  readonly __typename?: 'ConsentStatusChanged';
  /** When it was written. */
  readonly at: Scalars['DateTime']['output'];
  /** The consent as it is now, which may be later than the event. */
  readonly consent: Consent;
  /** `Consent.version` right after this event. */
  readonly consentVersion: Scalars['Int']['output'];
  /** Give it as `after` to continue behind this event. */
  readonly cursor: Scalars['String']['output'];
  /** The status before; null for the first event of a consent. */
  readonly from?: Maybe<ConsentStatus>;
  /** Starts with `evt_`. */
  readonly id: Scalars['ID']['output'];
  /** The provider's word that led to it; null where it was not the provider's doing. */
  readonly providerStatus?: Maybe<ProviderStatus>;
  /** Why it ended; null unless `to` is final. */
  readonly reason?: Maybe<ConsentStatusReason>;
  /** The status after. */
  readonly to: ConsentStatus;
  /** The body of a webhook of this event, in JSON, byte for byte. */
  readonly webhookBody: Scalars['String']['output'];
};

/** Why a consent is no longer live, as far as the provider lets one know. */
export type ConsentStatusReason =
  /** EXPIRED: the PSU went away and did not come back in time. */
  | 'ABANDONED'
  /** FAILED: SCA broke, for example since a different person identified themselves. */
  | 'AUTHENTICATION_FAILED'
  /** REJECTED: the PSU, or the client for them, cancelled before finishing. */
  | 'CANCELLED_BY_USER'
  /** REJECTED: the PSU refused on the institution's or the provider's page. */
  | 'DENIED_BY_USER'
  /** EXPIRED: the code was not answered while it was valid. */
  | 'OTP_EXPIRED'
  /** REJECTED: the code was wrong and the institution allows no further attempt. */
  | 'OTP_REJECTED'
  /** FAILED: a fault of the institution or the provider; see `AuthSession.problem`. */
  | 'PROVIDER_ERROR'
  /** REVOKED or EXPIRED: ended at the institution or the provider before its time. */
  | 'REVOKED_AT_INSTITUTION'
  /** REVOKED: `revokeConsent` with an API key. */
  | 'REVOKED_BY_CLIENT'
  /** REVOKED: `revokeConsent` with the PSU's own user token. */
  | 'REVOKED_BY_USER'
  /** EXPIRED: the authorization ran out of time at the institution or here. */
  | 'SESSION_EXPIRED'
  /** REVOKED: its renewal was AUTHORIZED; see `Consent.supersededBy`. */
  | 'SUPERSEDED'
  /** REVOKED: the person was erased by `deleteUser`. */
  | 'USER_ERASED'
  /** EXPIRED: `expiresAt` has passed. */
  | 'VALIDITY_ENDED';

/** Which events. Every field given must match; without any, all that the caller may see. */
export type ConsentStreamFilter = {
  /** Of this consent. */
  readonly consentId?: InputMaybe<Scalars['ID']['input']>;
  /** Of consents reached through one of these providers; an empty list matches nothing. */
  readonly provider?: InputMaybe<ReadonlyArray<ProviderId>>;
  /** Of this person's consents. */
  readonly user?: InputMaybe<UserRef>;
};

/** What `Subscription.consentEvents` sends. */
export type ConsentStreamItem = AuthStepChanged | ConsentDetailsChanged | ConsentExpiringSoon | ConsentRevocationProgressed | ConsentSnapshot | ConsentStatusChanged | StreamGap;

/** Why a user could not be created. */
export type CreateUserError = InvalidInputError | RequestError | StateConflictError;

/** The person to add. */
export type CreateUserInput = {
  /**
   * The API client's own name for this person: 1 to 255 characters, not all of them spaces, unique within the client. Prefer an identifier that says
   * nothing about the person; an e-mail address would have to be kept.
   */
  readonly externalId: Scalars['String']['input'];
  /**
   * 1 to 255 printable ASCII characters without spaces, kept for 30 days. The same key with the same input answers as the first time and
   * does nothing again; with another input it is IDEMPOTENCY_KEY_REUSED, during the first call IDEMPOTENCY_IN_PROGRESS.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** What `createUser` did. */
export type CreateUserPayload = {
  readonly __typename?: 'CreateUserPayload';
  /** The new user, or the one who already has this `externalId`; null when `userErrors` is not empty. */
  readonly user?: Maybe<User>;
  /** Why nothing was done; empty on success. */
  readonly userErrors: ReadonlyArray<CreateUserError>;
};

/** Why a token could not be made. */
export type CreateUserTokenError = InvalidInputError | NotFoundError | RequestError;

/** Whom the token is for, and how long it lives. There is no idempotency key, since a token is never stored. */
export type CreateUserTokenInput = {
  /** Lifetime in seconds, 60 to 3600. */
  readonly ttlSeconds?: InputMaybe<Scalars['Int']['input']>;
  /** The one person that the token sees. */
  readonly user: UserRef;
};

/** A short-lived token for a frontend; sees and acts on this one user only. */
export type CreateUserTokenPayload = {
  readonly __typename?: 'CreateUserTokenPayload';
  /** A signed JWT, sent as `Authorization: Bearer ...`. It cannot be read again; null when `userErrors` is not empty. */
  readonly token?: Maybe<Scalars['String']['output']>;
  /** When it stops working; subscriptions opened with it end then too. */
  readonly tokenExpiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** Why there is no token; empty on success. */
  readonly userErrors: ReadonlyArray<CreateUserTokenError>;
};

/** The endpoint to register. */
export type CreateWebhookEndpointInput = {
  /** Where to send events. Outside development it must be https, and its host may not resolve to a private or special address. */
  readonly endpointUrl: Scalars['URL']['input'];
  /** Names of types that implement `ConsentEvent`; null or empty for all. */
  readonly eventTypes?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /**
   * 1 to 255 printable ASCII characters without spaces, kept for 30 days. The same key with the same input answers as the first time, but
   * without the secret, and does nothing again; with another input it is IDEMPOTENCY_KEY_REUSED, during the first call
   * IDEMPOTENCY_IN_PROGRESS.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** The PSU confirms in an app that the institution has notified by itself. Nothing is answered: the gateway watches. */
export type DecoupledStep = AuthStep & {
  readonly __typename?: 'DecoupledStep';
  /** A page where it can be done instead; null when there is none. */
  readonly fallbackUrl?: Maybe<Scalars['URL']['output']>;
  /** What the PSU should do in the app right now, in their language; changes while they do it. Null when not known. */
  readonly hint?: Maybe<Scalars['String']['output']>;
  /** Starts with `stp_`. */
  readonly id: Scalars['ID']['output'];
  /** Which app or device to look at; null where the title says it all. */
  readonly instructions?: Maybe<Scalars['String']['output']>;
  /** Always DECOUPLED. */
  readonly kind: StepKind;
  /** When the institution stops waiting; null when it does not say. */
  readonly stepExpiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** A short line for the PSU. */
  readonly title: Scalars['String']['output'];
};

/** Why an erasure could not begin. */
export type DeleteUserError = InvalidInputError | NotFoundError | RequestError | StateConflictError;

/** Revokes every live consent, then anonymizes. What could not be revoked yet keeps retrying and is listed. */
export type DeleteUserInput = {
  /**
   * 1 to 255 printable ASCII characters without spaces, kept for 30 days. The same key with the same input answers as the first time and
   * does nothing again; with another input it is IDEMPOTENCY_KEY_REUSED, during the first call IDEMPOTENCY_IN_PROGRESS.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Who is to be erased. */
  readonly user: UserRef;
};

/** What `deleteUser` did, and what it still has to do. */
export type DeleteUserPayload = {
  readonly __typename?: 'DeleteUserPayload';
  /** How far it has come; null when `userErrors` is not empty. */
  readonly erasure?: Maybe<Erasure>;
  /** The person as left behind: `externalId` is null once erased. Null when nothing was found. */
  readonly user?: Maybe<User>;
  /** Why nothing was begun; empty on success, also where providers are still being told. */
  readonly userErrors: ReadonlyArray<DeleteUserError>;
};

/** What only Enable Banking understands. */
export type EnableBankingOptions = {
  /** Name of one of the institution's `auth_methods`; needed for hidden ones. Null for the institution's first. */
  readonly authMethod?: InputMaybe<Scalars['String']['input']>;
  /** Fills in the hosted page beforehand; only together with `authMethod`. Passed on, never stored. */
  readonly credentials?: InputMaybe<ReadonlyArray<FormValueInput>>;
  /** Submit the filled-in page without waiting for the PSU; null for the provider's default, which is true. */
  readonly credentialsAutosubmit?: InputMaybe<Scalars['Boolean']['input']>;
};

/**
 * What `deleteUser` set in motion: every live consent is revoked first; only when that is confirmed is the person anonymized
 * at the providers that can, and here. An audit trail without personal data stays.
 */
export type Erasure = {
  readonly __typename?: 'Erasure';
  /** When everything was done; null until then. */
  readonly completedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The worst of the providers' states. */
  readonly erasureState: ErasureState;
  /** One entry per provider that the person is linked to. */
  readonly providers: ReadonlyArray<ProviderErasure>;
  /** When `deleteUser` was first called. */
  readonly requestedAt: Scalars['DateTime']['output'];
  /**
   * Until when the person can still approve at their bank what they had begun. It is waited for, so that a consent that comes of
   * it is taken back; everything personal that this does not need has gone. Null where nothing is waited for.
   */
  readonly waitsUntil?: Maybe<Scalars['DateTime']['output']>;
};

/** How far an erasure has come. */
export type ErasureState =
  /** Confirmed; nothing is left to do. */
  | 'COMPLETED'
  /**
   * Consents are being revoked, the provider has not confirmed yet, or an authorization is waited for (`waitsUntil`). It goes on
   * without being asked.
   */
  | 'IN_PROGRESS'
  /** The last try has failed. Call `deleteUser` again once the cause in `lastProblem` is gone. */
  | 'NEEDS_ATTENTION'
  /** The provider has no way to erase a person. Consents there are revoked all the same. */
  | 'NOT_SUPPORTED';

/** What only Fiskil understands. */
export type FiskilOptions = {
  /** Data clusters, such as `accounts` and `transactions`, in place of `AccessInput.permissions`; null for the usual set. */
  readonly permissions?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
};

/** One field of a form. */
export type FormField = {
  readonly __typename?: 'FormField';
  /** For the PSU to read, in the institution's language. */
  readonly label: Scalars['String']['output'];
  /** Goes into `FormValueInput.name`; unique within the form. */
  readonly name: Scalars['String']['output'];
  /** The values to choose from; null for free text. */
  readonly options?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** It may not be left empty. */
  readonly required: Scalars['Boolean']['output'];
  /** Hide what is typed, and never keep it. */
  readonly secret: Scalars['Boolean']['output'];
  /** A regular expression (PCRE, as the institution wrote it) for the value; null when any text will do. */
  readonly template?: Maybe<Scalars['String']['output']>;
};

/** The PSU fills in what the institution asks; send it with `answerChallenge`. */
export type FormStep = AuthStep & {
  readonly __typename?: 'FormStep';
  /** A page where it can be filled in; null when there is none. */
  readonly fallbackUrl?: Maybe<Scalars['URL']['output']>;
  /** At least one, in the order to show them. */
  readonly fields: ReadonlyArray<FormField>;
  /** Starts with `stp_`. */
  readonly id: Scalars['ID']['output'];
  /** What it is for; null where the title says it all. */
  readonly instructions?: Maybe<Scalars['String']['output']>;
  /** Always FORM. */
  readonly kind: StepKind;
  /** When the institution stops waiting; null when it does not say. */
  readonly stepExpiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** A short line for the PSU. */
  readonly title: Scalars['String']['output'];
};

/** A value for one field of a form. */
export type FormValueInput = {
  /** The `FormField.name`. */
  readonly name: Scalars['String']['input'];
  /** What the PSU entered or chose. */
  readonly value: Scalars['String']['input'];
};

/** A provider's health as this gateway experiences it; not the provider's own status page. */
export type HealthState =
  /** It answers, but more slowly or with more failures than usual. */
  | 'DEGRADED'
  /** It does not answer, or refuses the gateway's credentials. */
  | 'DOWN'
  /** It has not been asked since the gateway started. */
  | 'UNKNOWN'
  /** It answers, and in time. */
  | 'UP';

/** A bank or other account holder (ASPSP), as one provider reaches it. Two providers that reach one bank are two institutions. */
export type Institution = Node & {
  readonly __typename?: 'Institution';
  /** False while the provider reports that it cannot be reached; a start would answer INSTITUTION_UNAVAILABLE. */
  readonly available: Scalars['Boolean']['output'];
  /** Where it does business; null when the provider does not say. */
  readonly country?: Maybe<Scalars['CountryCode']['output']>;
  /** Starts with `ins_`. Stable for as long as the provider keeps the institution's own identifier (name and country, at some). */
  readonly id: Scalars['ID']['output'];
  /** Its logo, hosted by the provider; null when there is none. The format is the provider's choice. */
  readonly logoUrl?: Maybe<Scalars['URL']['output']>;
  /** Longest consent that it grants, in seconds (180 days are 15552000); null when it cannot be known beforehand. */
  readonly maxConsentSeconds?: Maybe<Scalars['Int']['output']>;
  /** As the provider spells it. Not unique: tell equal names apart by `country` and `provider`. */
  readonly name: Scalars['String']['output'];
  /** Who reaches it. */
  readonly provider: Provider;
  /** The kinds of PSU that it serves here. */
  readonly psuTypes: ReadonlyArray<PsuType>;
  /** Names of `PsuInput` fields that it insists on, such as `ipAddress`; send all of them or the start is refused. */
  readonly requiredPsuFields: ReadonlyArray<Scalars['String']['output']>;
  /** Kinds of step that its SCA may ask for. Compare with what your client can render before offering it. */
  readonly steps: ReadonlyArray<StepKind>;
};

/** Institutions of several providers in one list, ordered by name, then by id. */
export type InstitutionConnection = {
  readonly __typename?: 'InstitutionConnection';
  /** One per institution, each with its cursor. */
  readonly edges: ReadonlyArray<InstitutionEdge>;
  /** The same institutions without their cursors. */
  readonly nodes: ReadonlyArray<Institution>;
  /** Where this page stands in the list. */
  readonly pageInfo: PageInfo;
  /** One entry per provider asked: lists are kept and refreshed, so a provider that is down still contributes its last one. */
  readonly sources: ReadonlyArray<SourceReport>;
  /** How many match in all; null when a provider has never yet listed its institutions. */
  readonly totalCount?: Maybe<Scalars['Int']['output']>;
};

/** An institution's place in a list. */
export type InstitutionEdge = {
  readonly __typename?: 'InstitutionEdge';
  /** Opaque; give it as `after` to continue behind this institution. */
  readonly cursor: Scalars['String']['output'];
  /** The institution at this place. */
  readonly node: Institution;
};

/** What only Insurely understands. */
export type InsurelyOptions = {
  /** A login method by Insurely's own name, in place of the one that `PsuInput.device` implies. */
  readonly loginMethod?: InputMaybe<Scalars['String']['input']>;
};

/** The input cannot be taken, now or later; nothing was done. */
export type InvalidInputError = UserError & {
  readonly __typename?: 'InvalidInputError';
  /** INVALID_INPUT, STEP_UNSUPPORTED, VALIDITY_TOO_LONG or CAPABILITY_NOT_SUPPORTED. */
  readonly code: UserErrorCode;
  /** What to do about it, for developers. */
  readonly message: Scalars['String']['output'];
  /** The input field at fault, outermost first. */
  readonly path?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};

/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type Mutation = {
  readonly __typename?: 'Mutation';
  /**
   * Sends what the PSU answered, at most once per step. Errors: INVALID_INPUT for a malformed answer, which uses up nothing;
   * NOT_FOUND; WRONG_OTP, with what it cost; STEP_CHANGED; OTP_EXPIRED, OTP_ATTEMPTS_EXHAUSTED, SESSION_EXPIRED and
   * STATE_CONFLICT when it is too late; PROVIDER_PROBLEM, where OUTCOME_UNKNOWN means that it must not be sent again;
   * RATE_LIMITED.
   */
  readonly answerChallenge: AnswerChallengePayload;
  /**
   * Stops an authorization that is not final. Cancelling a cancelled one changes nothing and is no error. Errors:
   * INVALID_INPUT; NOT_FOUND; STATE_CONFLICT when it ended in another way (an AUTHORIZED consent is ended with
   * `revokeConsent`); PROVIDER_PROBLEM.
   */
  readonly cancelAuthorization: CancelAuthorizationPayload;
  /**
   * Finishes a redirect from the address that the PSU came back to. The second copy of a callback is answered like the first,
   * also when the gateway's own route took the first. Errors: INVALID_INPUT for an address that is no callback of this
   * session; NOT_FOUND; SESSION_EXPIRED and STATE_CONFLICT when it is too late (a grant that arrives then is revoked at the
   * bank); PROVIDER_PROBLEM.
   */
  readonly completeAuthorization: CompleteAuthorizationPayload;
  /**
   * Adds a person, or returns the one who already has this `externalId`. API clients only. No provider is called.
   * Errors: INVALID_INPUT; STATE_CONFLICT while the person who had this `externalId` is being erased; NOT_ALLOWED for a user
   * token.
   */
  readonly createUser: CreateUserPayload;
  /**
   * Makes a token that a frontend may hold. API clients only. Errors: INVALID_INPUT when `ttlSeconds` is out of range;
   * NOT_FOUND, also for an erased user; NOT_ALLOWED for a user token; RATE_LIMITED.
   */
  readonly createUserToken: CreateUserTokenPayload;
  /**
   * Registers an address for events from now on. API clients only. Errors: INVALID_INPUT for an address that may not be called
   * or an unknown event type; STATE_CONFLICT when the address is already registered.
   */
  readonly createWebhookEndpoint: WebhookEndpointPayload;
  /**
   * Erases a person and ends all their consents; it cannot be undone. API clients only. Calling it again shows the progress
   * and retries what needs attention. The `externalId` is free again when it is done, or when
   * nothing but an open authorization is waited for. Errors: INVALID_INPUT; NOT_FOUND;
   * STATE_CONFLICT when another change to this person got ahead; NOT_ALLOWED for a user token.
   */
  readonly deleteUser: DeleteUserPayload;
  /** Removes an endpoint; what waits for another attempt is not sent. API clients only. Errors: INVALID_INPUT; NOT_FOUND. */
  readonly deleteWebhookEndpoint: WebhookEndpointPayload;
  /**
   * Begins the renewal of a consent as a new consent with an authorization of its own. Backing out leaves the old one
   * untouched. Errors: those of `startAuthorization`; NOT_FOUND; STATE_CONFLICT when the consent never was AUTHORIZED, was
   * revoked, or is superseded; CAPABILITY_NOT_SUPPORTED where `ProviderCapabilities.renewal` is false. Of two renewals the
   * later takes the place of the earlier.
   */
  readonly renewConsent: RenewConsentPayload;
  /**
   * Sends a new code in place of the one before. Errors: INVALID_INPUT; NOT_FOUND; STEP_CHANGED; RESEND_TOO_SOON with
   * `retryAt`; CAPABILITY_NOT_SUPPORTED where `OtpStep.canResend` is false or the step is no OtpStep; SESSION_EXPIRED and
   * STATE_CONFLICT when it is too late; PROVIDER_PROBLEM; RATE_LIMITED.
   */
  readonly resendChallenge: ResendChallengePayload;
  /**
   * Ends a consent: here at once, at the provider as soon as it can be told. Revoking what has already ended changes nothing
   * and is no error. Errors: INVALID_INPUT; NOT_FOUND; CAPABILITY_NOT_SUPPORTED where `ProviderCapabilities.revocation` is
   * false; STATE_CONFLICT when another change to this consent got ahead; PROVIDER_PROBLEM when it cannot even be queued.
   */
  readonly revokeConsent: RevokeConsentPayload;
  /**
   * Makes a new signing secret. For 24 hours each message is signed with both, so that receivers can change over. API clients
   * only. Errors: INVALID_INPUT; NOT_FOUND.
   */
  readonly rotateWebhookSecret: WebhookEndpointPayload;
  /**
   * Asks a PSU's consent of an institution: stores it, asks the provider, and answers with the first step. A lost answer is
   * never repeated as a second authorization. Errors: INVALID_INPUT, STEP_UNSUPPORTED, VALIDITY_TOO_LONG and
   * CAPABILITY_NOT_SUPPORTED before any call; NOT_FOUND for the user or the institution; NOT_ALLOWED for an address that is
   * not registered; STATE_CONFLICT for a user who is being erased, or who has another authorization open at an institution
   * that allows one; INSTITUTION_UNAVAILABLE and PROVIDER_PROBLEM; RATE_LIMITED.
   */
  readonly startAuthorization: StartAuthorizationPayload;
  /**
   * Sends one test event, which belongs to no consent, in a single attempt; see `deliveries` for how it went. API clients only. Errors:
   * INVALID_INPUT; NOT_FOUND; STATE_CONFLICT when the endpoint is switched off; RATE_LIMITED.
   */
  readonly testWebhookEndpoint: WebhookEndpointPayload;
  /**
   * Changes an endpoint. API clients only. Errors: INVALID_INPUT; NOT_FOUND; STATE_CONFLICT when the new address is already
   * registered.
   */
  readonly updateWebhookEndpoint: WebhookEndpointPayload;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationAnswerChallengeArgs = {
  input: AnswerChallengeInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationCancelAuthorizationArgs = {
  input: CancelAuthorizationInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationCompleteAuthorizationArgs = {
  input: CompleteAuthorizationInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationCreateUserArgs = {
  input: CreateUserInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationCreateUserTokenArgs = {
  input: CreateUserTokenInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationCreateWebhookEndpointArgs = {
  input: CreateWebhookEndpointInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationDeleteUserArgs = {
  input: DeleteUserInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationDeleteWebhookEndpointArgs = {
  input: WebhookEndpointInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationRenewConsentArgs = {
  input: RenewConsentInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationResendChallengeArgs = {
  input: ResendChallengeInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationRevokeConsentArgs = {
  input: RevokeConsentInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationRotateWebhookSecretArgs = {
  input: WebhookEndpointInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationStartAuthorizationArgs = {
  input: StartAuthorizationInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationTestWebhookEndpointArgs = {
  input: WebhookEndpointInput;
};


/**
 * Everything that changes something. What a caller can act on comes back in `userErrors`, never as a GraphQL error. GraphQL
 * errors remain for a missing or ended credential (UNAUTHENTICATED), a missing scope (NOT_ALLOWED), a request that ran out
 * of time (DEADLINE_EXCEEDED) and faults of the gateway itself (STORE_UNAVAILABLE, INTERNAL). After those the outcome may be
 * unknown: repeat the mutation with the same `idempotencyKey`.
 */
export type MutationUpdateWebhookEndpointArgs = {
  input: UpdateWebhookEndpointInput;
};

/** Whatever can be read again by its id alone. */
export type Node = {
  /**
   * Opaque, unique in this graph and never reused. Its prefix tells the kind: `usr_` User, `con_` Consent, `aus_`
   * AuthSession, `ins_` Institution, `whe_` WebhookEndpoint.
   */
  readonly id: Scalars['ID']['output'];
};

/** There is nothing of that id that the caller may see; nothing was done. */
export type NotFoundError = UserError & {
  readonly __typename?: 'NotFoundError';
  /** Always NOT_FOUND. */
  readonly code: UserErrorCode;
  /** The same for what does not exist and for what belongs to somebody else. */
  readonly message: Scalars['String']['output'];
  /** The input field that named it, outermost first. */
  readonly path?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};

/** One role of the PSU. */
export type ObpEntitlementInput = {
  /** The bank's `BANK_ID`; empty for a role on the whole installation. */
  readonly bankId: Scalars['String']['input'];
  /** The role's name, such as `CanReadTransactions`. */
  readonly roleName: Scalars['String']['input'];
};

/** One view on one account. */
export type ObpViewInput = {
  /** The account's `ACCOUNT_ID`. */
  readonly accountId: Scalars['String']['input'];
  /** The bank's `BANK_ID`. */
  readonly bankId: Scalars['String']['input'];
  /** The view's `VIEW_ID`, such as `owner`. Private views only. */
  readonly viewId: Scalars['String']['input'];
};

/** How the gateway came to know something about a consent. */
export type ObservationSource =
  /** The provider's reply to an answered challenge. */
  | 'ANSWER'
  /** The PSU came back from a redirect, or the client passed that address to `completeAuthorization`. */
  | 'CALLBACK'
  /** Time alone: the validity or the session ended. */
  | 'CLOCK'
  /** Asked by the gateway on its own schedule. */
  | 'POLL'
  /** Asked since somebody read the consent and what was stored was too old. */
  | 'READ'
  /** The provider's reply to a revocation. */
  | 'REVOKE'
  /** The provider's answer when the authorization was started. */
  | 'START'
  /** A webhook of the provider. */
  | 'WEBHOOK';

/**
 * What only an Open Bank Project installation understands. Without `views` and `everything`, the views are those of
 * `AccessInput.accountIds`, or of all the PSU's accounts at that bank, and no entitlements.
 */
export type OpenBankProjectOptions = {
  /** The consumer that may use the consent; null for the configured one. */
  readonly consumerId?: InputMaybe<Scalars['String']['input']>;
  /** Exactly these roles; the PSU must already have each of them. Null for none. */
  readonly entitlements?: InputMaybe<ReadonlyArray<ObpEntitlementInput>>;
  /** All views and roles that the PSU has at this moment; `views` and `entitlements` must then be empty. */
  readonly everything?: InputMaybe<Scalars['Boolean']['input']>;
  /** How to send the code; null for SMS with a phone, EMAIL with an e-mail address, else IMPLICIT. */
  readonly scaMethod?: InputMaybe<OtpChannel>;
  /** The PSU's own DirectLogin or OAuth 2 token: sealed, used for this consent's calls. Without it the configured user acts. */
  readonly userToken?: InputMaybe<Scalars['String']['input']>;
  /** Not usable before this instant; null for at once. The validity counts from here. */
  readonly validFrom?: InputMaybe<Scalars['DateTime']['input']>;
  /** Exactly these views; the PSU must already have each of them. */
  readonly views?: InputMaybe<ReadonlyArray<ObpViewInput>>;
};

/** How a code reaches the PSU. */
export type OtpChannel =
  /** By e-mail. */
  | 'EMAIL'
  /** In a way that the institution has agreed with the PSU and does not tell. */
  | 'IMPLICIT'
  /** By text message. */
  | 'SMS';

/** The PSU enters a code that was sent to them; send it with `answerChallenge`. */
export type OtpStep = AuthStep & {
  readonly __typename?: 'OtpStep';
  /** How many answers may still be wrong or right, at least 1; null when the institution does not say. */
  readonly attemptsRemaining?: Maybe<Scalars['Int']['output']>;
  /** `resendChallenge` works for this step, now or from `resendAvailableAt` on. */
  readonly canResend: Scalars['Boolean']['output'];
  /** How the code was sent. */
  readonly channel: OtpChannel;
  /** A page where the code can be entered; null when there is none. */
  readonly fallbackUrl?: Maybe<Scalars['URL']['output']>;
  /** Starts with `stp_`. A code sent anew makes a new step. */
  readonly id: Scalars['ID']['output'];
  /** Where to look for the code, and what a wrong one costs; null where the title says it all. */
  readonly instructions?: Maybe<Scalars['String']['output']>;
  /** Always OTP. */
  readonly kind: StepKind;
  /** Where to, with most of it hidden (`+46 ** *** ** 67`); null when the institution does not say. */
  readonly maskedDestination?: Maybe<Scalars['String']['output']>;
  /** What a wrong answer costs. Say so to the PSU before they answer. */
  readonly onWrongAnswer: WrongAnswerPolicy;
  /**
   * A regular expression (ECMAScript) for the whole code, for checking while typing; null when any text may be a code. The
   * gateway checks it too, before anything is sent that could use up an attempt.
   */
  readonly pattern?: Maybe<Scalars['String']['output']>;
  /** When a new code may be asked for; null for at once, and where `canResend` is false. */
  readonly resendAvailableAt?: Maybe<Scalars['DateTime']['output']>;
  /** When the code stops being valid; null when the institution does not say. */
  readonly stepExpiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** A short line for the PSU. */
  readonly title: Scalars['String']['output'];
};

/** Where a page stands in its list, as in the Relay connection specification. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** Give it as `after` to get the next page; null for an empty page. */
  readonly endCursor?: Maybe<Scalars['String']['output']>;
  /** There is at least one more item after `endCursor`. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** There are items before `startCursor`. Paging backwards is not offered; start again without `after`. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** Cursor of the first item; null for an empty page. */
  readonly startCursor?: Maybe<Scalars['String']['output']>;
};

/** Kinds of problem with a provider. None of them says anything about the PSU's consent. */
export type ProblemCode =
  /**
   * The answer to a call that may have taken effect was lost. Do not repeat it: the gateway finds out within 60 seconds and
   * moves the session, or ends it as FAILED.
   */
  | 'OUTCOME_UNKNOWN'
  /** It answered in a form that its documentation does not describe. */
  | 'PROVIDER_CONTRACT_VIOLATION'
  /** It does not accept the gateway's credentials; only the operator can mend that. */
  | 'PROVIDER_CREDENTIALS_INVALID'
  /** It limits how often it may be asked, for itself or for the institution. Wait until `retryAt`. */
  | 'PROVIDER_RATE_LIMITED'
  /** It understood and refused; `providerCode` says why in its own terms. */
  | 'PROVIDER_REJECTED'
  /** It did not answer in time. Nothing was changed. */
  | 'PROVIDER_TIMEOUT'
  /** It cannot be reached, or answers with a server fault. Nothing was changed. */
  | 'PROVIDER_UNAVAILABLE';

/** An aggregator (TPP) through which institutions are reached. */
export type Provider = {
  readonly __typename?: 'Provider';
  /** What this provider can do here, as configured. */
  readonly capabilities: ProviderCapabilities;
  /** The provider's name as its users know it, in the provider's own spelling. */
  readonly displayName: Scalars['String']['output'];
  /** How it is doing now. Reading it makes no call. */
  readonly health: ProviderHealth;
  /** Stable; to tell providers apart, not to decide what they can do: for that read `capabilities`. */
  readonly id: ProviderId;
  /** True when calls go to the built-in simulator: no bank is reached and no real person's data is read. */
  readonly sandbox: Scalars['Boolean']['output'];
};

/** What a provider can do, as data: a client never has to know a provider by name. */
export type ProviderCapabilities = {
  readonly __typename?: 'ProviderCapabilities';
  /** `AccessInput.accountIds` is taken. Without it, the PSU chooses accounts at the institution. */
  readonly accountSelection: Scalars['Boolean']['output'];
  /** `Consent.accounts` can name the accounts; without it the list is empty. */
  readonly accounts: Scalars['Boolean']['output'];
  /** `deleteUser` also anonymizes or deletes the person at the provider. */
  readonly erasure: Scalars['Boolean']['output'];
  /** Longest consent in seconds that any institution here may get; null when each institution has its own or none is known. */
  readonly maxConsentSeconds?: Maybe<Scalars['Int']['output']>;
  /** `renewConsent` works: a consent can be extended before it ends. Without it, a new authorization replaces the old. */
  readonly renewal: Scalars['Boolean']['output'];
  /** `revokeConsent` ends the consent at the provider too. Without it, it answers CAPABILITY_NOT_SUPPORTED. */
  readonly revocation: Scalars['Boolean']['output'];
  /** How the gateway learns of a change that it did not cause. */
  readonly statusUpdates: StatusUpdates;
  /** Kinds of step that an authorization here can ask of the PSU. An institution may need fewer; see `Institution.steps`. */
  readonly steps: ReadonlyArray<StepKind>;
  /** `AccessInput.validity` is taken. Without it, the provider's own setting rules. */
  readonly validitySelection: Scalars['Boolean']['output'];
};

/** How far the erasure has come at one provider. */
export type ProviderErasure = {
  readonly __typename?: 'ProviderErasure';
  /** How far it has come there. */
  readonly erasureState: ErasureState;
  /** Why the last try did not succeed; null when none has failed since the last success. */
  readonly lastProblem?: Maybe<ProviderProblem>;
  /** Where. */
  readonly provider: Provider;
};

/** The provider or the institution did not do what was asked. */
export type ProviderError = UserError & {
  readonly __typename?: 'ProviderError';
  /** PROVIDER_PROBLEM or INSTITUTION_UNAVAILABLE. */
  readonly code: UserErrorCode;
  /** The problem in a sentence, for developers. */
  readonly message: Scalars['String']['output'];
  /** Null, unless the provider found fault with one field of the input. */
  readonly path?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** What happened, whether and when to try again. */
  readonly problem: ProviderProblem;
};

/** How a provider is doing, measured on the gateway's own calls by the replica that answers. */
export type ProviderHealth = {
  readonly __typename?: 'ProviderHealth';
  /** When the provider last answered or failed to; null while UNKNOWN. */
  readonly checkedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Whether calls are made at all. */
  readonly circuit: CircuitState;
  /** Share of recent calls that failed, from 0 to 1; null when there were too few. */
  readonly errorRate?: Maybe<Scalars['Float']['output']>;
  /** 95th percentile of recent calls, in milliseconds; null when there were too few. */
  readonly p95Millis?: Maybe<Scalars['Int']['output']>;
  /** When calls are tried again; null unless the circuit is OPEN or the provider named a time. */
  readonly retryAt?: Maybe<Scalars['DateTime']['output']>;
  /** The verdict; what follows are its reasons. */
  readonly state: HealthState;
};

/** The aggregators that this graph knows. Which of them are configured here: `Query.providers`. */
export type ProviderId =
  /** European ASPSPs under PSD2. The PSU authorizes on the bank's own pages, reached by a redirect. */
  | 'ENABLE_BANKING'
  /** Australian data holders under the Consumer Data Right. Hosted pages by redirect; changes arrive as webhooks. */
  | 'FISKIL'
  /** Swedish institutions. SCA is BankID, by rotating QR code or by launching the app. */
  | 'INSURELY'
  /** A bank's own Open Bank Project installation. SCA is a code by SMS or e-mail, with one attempt. */
  | 'OPEN_BANK_PROJECT';

/** The bond between a person and an account of theirs at a provider. */
export type ProviderLink = {
  readonly __typename?: 'ProviderLink';
  /** When the provider first named this person. */
  readonly linkedAt: Scalars['DateTime']['output'];
  /** Where. */
  readonly provider: Provider;
  /** What the provider calls this person. It grants nothing by itself. */
  readonly providerUserId: Scalars['String']['output'];
};

/** What only one provider understands. At most the one that serves the institution; another one is INVALID_INPUT. */
export type ProviderOptionsInput =
  /** For institutions reached through Enable Banking. */
  { readonly enableBanking: EnableBankingOptions; readonly fiskil?: never; readonly insurely?: never; readonly openBankProject?: never; }
  |  /** For institutions reached through Fiskil. */
  { readonly enableBanking?: never; readonly fiskil: FiskilOptions; readonly insurely?: never; readonly openBankProject?: never; }
  |  /** For institutions reached through Insurely. */
  { readonly enableBanking?: never; readonly fiskil?: never; readonly insurely: InsurelyOptions; readonly openBankProject?: never; }
  |  /** For institutions reached through an Open Bank Project installation. */
  { readonly enableBanking?: never; readonly fiskil?: never; readonly insurely?: never; readonly openBankProject: OpenBankProjectOptions; };

/** What went wrong between the gateway and a provider. It never changes the status of a consent by itself. */
export type ProviderProblem = {
  readonly __typename?: 'ProviderProblem';
  /** The kind of problem, the same for every provider. */
  readonly code: ProblemCode;
  /** A sentence in English for developers and operators. It never quotes the provider's answer. */
  readonly message: Scalars['String']['output'];
  /** The provider's own code, such as `OBP-35001` or `ASPSP_RATE_LIMIT_EXCEEDED`; null when it gave none. */
  readonly providerCode?: Maybe<Scalars['String']['output']>;
  /** Names the gateway's request in its logs; quote it when asking for support. */
  readonly requestId: Scalars['String']['output'];
  /** Not before this instant; null when the provider named none. */
  readonly retryAt?: Maybe<Scalars['DateTime']['output']>;
  /** The same request may succeed later, unchanged. */
  readonly retryable: Scalars['Boolean']['output'];
};

/** What the provider really said, kept beside the unified status and never guessed at. */
export type ProviderStatus = {
  readonly __typename?: 'ProviderStatus';
  /** The provider's own code or reason for it; null when it gave none. */
  readonly detail?: Maybe<Scalars['String']['output']>;
  /** When it was received, or derived. */
  readonly observedAt: Scalars['DateTime']['output'];
  /** The status word as received, such as `RETURNED_FROM_BANK`; null where the provider has no word and the status is derived. */
  readonly raw?: Maybe<Scalars['String']['output']>;
  /** False for a word that the mapping does not know. Such a word is kept and counted, and moves nothing. */
  readonly recognized: Scalars['Boolean']['output'];
  /** How it was learned. */
  readonly source: ObservationSource;
};

/** On which device the PSU has the app that does SCA. */
export type PsuDevice =
  /** Not known: offer both where the provider can. */
  | 'ANY'
  /** On another one: the next step is QR where the provider can. */
  | 'OTHER'
  /** On the one that shows this: the next step is APP_LAUNCH where the provider can. */
  | 'SAME';

/**
 * What is known of the PSU in this moment. Institutions use it to tell a present person from a background job; send what
 * `Institution.requiredPsuFields` names. Passed on to the provider; addresses for a code are kept masked, nothing else is.
 */
export type PsuInput = {
  /** The `Accept` header of the PSU's browser. */
  readonly accept?: InputMaybe<Scalars['String']['input']>;
  /** The `Accept-Charset` header of the PSU's browser. */
  readonly acceptCharset?: InputMaybe<Scalars['String']['input']>;
  /** The `Accept-Encoding` header of the PSU's browser. */
  readonly acceptEncoding?: InputMaybe<Scalars['String']['input']>;
  /** The `Accept-Language` header of the PSU's browser. */
  readonly acceptLanguage?: InputMaybe<Scalars['String']['input']>;
  /** Where the app that does SCA is. */
  readonly device?: InputMaybe<PsuDevice>;
  /** For a code by e-mail. Without `phone` and `email` the institution decides how to send one. */
  readonly email?: InputMaybe<Scalars['String']['input']>;
  /** Latitude and longitude in degrees, such as `59.33,18.07`; only with the PSU's agreement. */
  readonly geoLocation?: InputMaybe<Scalars['String']['input']>;
  /** The PSU's own IPv4 or IPv6 address as your server saw it, not your server's. */
  readonly ipAddress?: InputMaybe<Scalars['String']['input']>;
  /** BCP 47, such as `sv-SE`, for the institution's pages and the gateway's texts; null for the institution's default. */
  readonly locale?: InputMaybe<Scalars['String']['input']>;
  /** Twelve digits (Swedish personal identity number); used for the call and never stored. */
  readonly personalNumber?: InputMaybe<Scalars['String']['input']>;
  /** For a code by SMS, in E.164, such as `+46701234567`. */
  readonly phone?: InputMaybe<Scalars['String']['input']>;
  /** The `Referer` header of the PSU's browser. */
  readonly referer?: InputMaybe<Scalars['String']['input']>;
  /** Private person or company. */
  readonly type?: InputMaybe<PsuType>;
  /** The `User-Agent` header of the PSU's browser or app. */
  readonly userAgent?: InputMaybe<Scalars['String']['input']>;
};

/** Whether the PSU acts for themselves or for a company; institutions offer different routes for each. */
export type PsuType =
  /** A company, acted for by one of its people. */
  | 'BUSINESS'
  /** A private person. */
  | 'PERSONAL';

/** One frame of a rotating code. Latest wins; a missed frame is worthless. */
export type QrFrame = {
  readonly __typename?: 'QrFrame';
  /** The text to encode, to be rendered by the client. Not to be logged: whoever shows it can sign in as the PSU's session. */
  readonly data: Scalars['String']['output'];
  /** Counts up from 0 within a step; show only a higher one than is shown. */
  readonly sequence: Scalars['Int']['output'];
  /** The same, rendered: one self-contained `<svg>` element without scripts or outside references. */
  readonly svg: Scalars['String']['output'];
  /** When the app stops accepting it, mostly a second or two ahead. */
  readonly validUntil: Scalars['DateTime']['output'];
};

/** The PSU scans a code that changes every second, with an app on another device. Nothing is answered: the gateway watches. */
export type QrStep = AuthStep & {
  readonly __typename?: 'QrStep';
  /** A page that shows the code; null when there is none. */
  readonly fallbackUrl?: Maybe<Scalars['URL']['output']>;
  /** What to show now. Follow `Subscription.authSession` for the next ones; a code that stands still is refused by the app. */
  readonly frame: QrFrame;
  /** What the PSU should do in the app right now, in their language; changes while they do it. Null when not known. */
  readonly hint?: Maybe<Scalars['String']['output']>;
  /** Starts with `stp_`; it stays the same from frame to frame. */
  readonly id: Scalars['ID']['output'];
  /** Which app to open, and how; null where the title says it all. */
  readonly instructions?: Maybe<Scalars['String']['output']>;
  /** Always QR. */
  readonly kind: StepKind;
  /** The same authorization on this device, for a PSU who has the app here; null where the provider offers no such way. */
  readonly launch?: Maybe<AppLaunchStep>;
  /** The app has taken up the code: stop showing it. */
  readonly scanned: Scalars['Boolean']['output'];
  /** When the order behind the code ends; null when the provider does not say. Frames end much sooner. */
  readonly stepExpiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** A short line for the PSU. */
  readonly title: Scalars['String']['output'];
};

/**
 * Everything that can be read. An argument out of its range fails that field with `extensions.code: "INVALID_INPUT"`.
 * What belongs to another API client or user is answered exactly as what does not exist.
 */
export type Query = {
  readonly __typename?: 'Query';
  /** A session by its id; null when there is none that the caller may see. As stored, without asking the provider. */
  readonly authSession?: Maybe<AuthSession>;
  /** A consent by its id; null when there is none that the caller may see. The provider is asked only if need be. */
  readonly consent?: Maybe<Consent>;
  /** The same events and cursors as the subscription, for clients that poll and for recovery. Oldest first. */
  readonly consentEvents: ConsentEventConnection;
  /**
   * All consents that the caller may see, newest first: those of all its users for an API client, one person's for a user
   * token. As stored, without asking any provider; ask through `User.consents` for fresh ones.
   */
  readonly consents: ConsentConnection;
  /** Institutions that a consent can be asked of. For any valid credential. */
  readonly institutions: InstitutionConnection;
  /** The user behind a user token; null for an API client. */
  readonly me?: Maybe<User>;
  /**
   * The object behind an id, of any kind that the caller may read. Null for an unknown or malformed id, and for what belongs
   * to somebody else. Not part of a supergraph: there, ask by type.
   */
  readonly node?: Maybe<Node>;
  /** The objects behind up to 100 ids, in the order asked; null where `node` would be null. Not part of a supergraph. */
  readonly nodes: ReadonlyArray<Maybe<Node>>;
  /** Every provider configured here, each once, in the order of `ProviderId`. For any valid credential; asks no provider. */
  readonly providers: ReadonlyArray<Provider>;
  /** Sandbox only: institutions by flow, magic values, faults, the clock. For any valid credential. Null in production. */
  readonly sandbox?: Maybe<Sandbox>;
  /** A user of the calling API client, or the user token's own person. Null for anybody else and for an unknown name. */
  readonly user?: Maybe<User>;
  /** The calling API client's users, newest first. A user token sees one: its own. */
  readonly users: UserConnection;
  /** Who is calling. For any valid credential. */
  readonly viewer: Viewer;
  /** The calling API client's endpoints, newest first. API clients only. */
  readonly webhookEndpoints: WebhookEndpointConnection;
};


/**
 * Everything that can be read. An argument out of its range fails that field with `extensions.code: "INVALID_INPUT"`.
 * What belongs to another API client or user is answered exactly as what does not exist.
 */
export type QueryAuthSessionArgs = {
  id: Scalars['ID']['input'];
};


/**
 * Everything that can be read. An argument out of its range fails that field with `extensions.code: "INVALID_INPUT"`.
 * What belongs to another API client or user is answered exactly as what does not exist.
 */
export type QueryConsentArgs = {
  id: Scalars['ID']['input'];
  maxAgeSeconds?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * Everything that can be read. An argument out of its range fails that field with `extensions.code: "INVALID_INPUT"`.
 * What belongs to another API client or user is answered exactly as what does not exist.
 */
export type QueryConsentEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ConsentStreamFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * Everything that can be read. An argument out of its range fails that field with `extensions.code: "INVALID_INPUT"`.
 * What belongs to another API client or user is answered exactly as what does not exist.
 */
export type QueryConsentsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ConsentFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * Everything that can be read. An argument out of its range fails that field with `extensions.code: "INVALID_INPUT"`.
 * What belongs to another API client or user is answered exactly as what does not exist.
 */
export type QueryInstitutionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  country?: InputMaybe<Scalars['CountryCode']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  provider?: InputMaybe<ReadonlyArray<ProviderId>>;
  psuType?: InputMaybe<PsuType>;
  search?: InputMaybe<Scalars['String']['input']>;
};


/**
 * Everything that can be read. An argument out of its range fails that field with `extensions.code: "INVALID_INPUT"`.
 * What belongs to another API client or user is answered exactly as what does not exist.
 */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/**
 * Everything that can be read. An argument out of its range fails that field with `extensions.code: "INVALID_INPUT"`.
 * What belongs to another API client or user is answered exactly as what does not exist.
 */
export type QueryNodesArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/**
 * Everything that can be read. An argument out of its range fails that field with `extensions.code: "INVALID_INPUT"`.
 * What belongs to another API client or user is answered exactly as what does not exist.
 */
export type QueryUserArgs = {
  ref: UserRef;
};


/**
 * Everything that can be read. An argument out of its range fails that field with `extensions.code: "INVALID_INPUT"`.
 * What belongs to another API client or user is answered exactly as what does not exist.
 */
export type QueryUsersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * Everything that can be read. An argument out of its range fails that field with `extensions.code: "INVALID_INPUT"`.
 * What belongs to another API client or user is answered exactly as what does not exist.
 */
export type QueryWebhookEndpointsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** The PSU authorizes on pages of the institution or the provider, and comes back through the gateway. */
export type RedirectStep = AuthStep & {
  readonly __typename?: 'RedirectStep';
  /** Always null: `url` is the page. */
  readonly fallbackUrl?: Maybe<Scalars['URL']['output']>;
  /** Starts with `stp_`. */
  readonly id: Scalars['ID']['output'];
  /** It may be shown in a frame. Mostly false: banks forbid it. */
  readonly iframeAllowed: Scalars['Boolean']['output'];
  /** What awaits them there; null where the title says it all. */
  readonly instructions?: Maybe<Scalars['String']['output']>;
  /** Always REDIRECT. */
  readonly kind: StepKind;
  /** It may be opened in a popup or a new tab, with the opener kept. */
  readonly popupAllowed: Scalars['Boolean']['output'];
  /** When `url` stops working; null when only the session's end is known. */
  readonly stepExpiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** A short line for the PSU, such as the text above a button. */
  readonly title: Scalars['String']['output'];
  /** Where to send the PSU. Single use and personal: open it in their system browser, and do not log it. */
  readonly url: Scalars['URL']['output'];
};

/**
 * Asks to extend a consent. The new consent asks for the same access at the same institution where `access` does not say
 * otherwise.
 */
export type RenewConsentInput = {
  /** What to change; null to ask for the same, for as long as the institution allows. */
  readonly access?: InputMaybe<AccessInput>;
  /** The consent to renew; it must be AUTHORIZED, or have ended without being revoked. */
  readonly consentId: Scalars['ID']['input'];
  /**
   * 1 to 255 printable ASCII characters without spaces, kept for 30 days. The same key with the same input answers as the first time and
   * does nothing again; with another input it is IDEMPOTENCY_KEY_REUSED, during the first call IDEMPOTENCY_IN_PROGRESS.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** What is known of the PSU at this moment. Nothing is taken over from the earlier authorization. */
  readonly psu?: InputMaybe<PsuInput>;
  /** Where to send the PSU afterwards; needed where the institution redirects. */
  readonly returnTo?: InputMaybe<ReturnToInput>;
  /** Steps that this client can render. The gateway picks a route inside this set or refuses at once. */
  readonly supportedSteps?: ReadonlyArray<StepKind>;
};

/** What `renewConsent` began. */
export type RenewConsentPayload = {
  readonly __typename?: 'RenewConsentPayload';
  /** The authorization that the PSU must finish; null when nothing was begun. */
  readonly authSession?: Maybe<AuthSession>;
  /** The renewal. The consent it renews stays live until this one is AUTHORIZED. */
  readonly consent?: Maybe<Consent>;
  /** Why it could not begin; empty on success. */
  readonly userErrors: ReadonlyArray<StartAuthorizationError>;
};

/** The request itself cannot be served, whatever its input; nothing was done. */
export type RequestError = UserError & {
  readonly __typename?: 'RequestError';
  /** NOT_ALLOWED, RATE_LIMITED, RESEND_TOO_SOON, IDEMPOTENCY_KEY_REUSED or IDEMPOTENCY_IN_PROGRESS. */
  readonly code: UserErrorCode;
  /** What to do about it, for developers. */
  readonly message: Scalars['String']['output'];
  /** The input field at fault, outermost first; null where it is none in particular. */
  readonly path?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** When the same request may be repeated; null where repeating does not help. */
  readonly retryAt?: Maybe<Scalars['DateTime']['output']>;
};

/** Why no new code was sent. */
export type ResendChallengeError = InvalidInputError | NotFoundError | ProviderError | RequestError | StateConflictError | StepChangedError;

/** Which code to send anew. */
export type ResendChallengeInput = {
  /** The authorization in which the step was shown. */
  readonly authSessionId: Scalars['ID']['input'];
  /**
   * 1 to 255 printable ASCII characters without spaces, kept for 30 days. The same key with the same input answers as the first time and
   * sends nothing again; with another input it is IDEMPOTENCY_KEY_REUSED, during the first call IDEMPOTENCY_IN_PROGRESS.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** The OtpStep that was shown. If the session has moved on, nothing is sent and STEP_CHANGED names the present step. */
  readonly stepId: Scalars['ID']['input'];
};

/** What came of asking for a new code. */
export type ResendChallengePayload = {
  readonly __typename?: 'ResendChallengePayload';
  /** The session with its new step, which has a new id; the code before it is void. Null when nothing was found. */
  readonly authSession?: Maybe<AuthSession>;
  /** Why no code was sent; empty on success. */
  readonly userErrors: ReadonlyArray<ResendChallengeError>;
};

/** Where the gateway sends the PSU's browser after a redirect, with `auth_session_id`, `consent_id` and `status` added to the query. */
export type ReturnTo = {
  readonly __typename?: 'ReturnTo';
  /** After the PSU cancelled, was refused or ran out of time; null when `success` serves for that too. */
  readonly cancel?: Maybe<Scalars['URL']['output']>;
  /** After the PSU has authorized. The outcome may still be VERIFYING. */
  readonly success: Scalars['URL']['output'];
};

/**
 * Where the gateway sends the PSU's browser after a redirect. Each address must equal one that is registered for the API
 * client in scheme, host, port and path, else NOT_ALLOWED; its query is yours, and is kept. No fragment.
 */
export type ReturnToInput = {
  /** After the PSU cancelled, was refused or ran out of time; null to use `success`. */
  readonly cancel?: InputMaybe<Scalars['URL']['input']>;
  /** After the PSU has authorized. `auth_session_id`, `consent_id` and `status` are added to its query. */
  readonly success: Scalars['URL']['input'];
};

/**
 * A revocation on its way to the provider. Access through this graph ended when it was asked for; this tells whether the
 * provider knows. It is tried again, at growing distance, until it is confirmed. What is granted afterwards, through a link
 * that was still open, is taken back by a revocation of its own: `requestedAt` is then later.
 */
export type Revocation = {
  readonly __typename?: 'Revocation';
  /** How often the provider has been told so far, failed tries included. */
  readonly attempts: Scalars['Int']['output'];
  /** When the provider confirmed, or answered that it knows no such consent any more; null until then. */
  readonly confirmedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Why the last try failed; null when none has. */
  readonly lastProblem?: Maybe<ProviderProblem>;
  /**
   * When it is tried again. Null once confirmed, while it needs attention, and while the answer of an earlier call is awaited
   * that may bring something to revoke.
   */
  readonly nextAttemptAt?: Maybe<Scalars['DateTime']['output']>;
  /** When it was asked for. */
  readonly requestedAt: Scalars['DateTime']['output'];
  /** How far it has come. */
  readonly state: RevocationState;
};

/** How far a revocation has come. */
export type RevocationState =
  /** The consent has ended at the provider too. */
  | 'CONFIRMED'
  /** The gateway has stopped trying: the consent may still be live at the bank. `revokeConsent` tries again. */
  | 'NEEDS_ATTENTION'
  /** The provider has not confirmed yet; the gateway keeps trying. */
  | 'PROVIDER_PENDING';

/** Why a consent could not be revoked. */
export type RevokeConsentError = InvalidInputError | NotFoundError | ProviderError | RequestError | StateConflictError;

/** Takes a consent back. On a revocation that NEEDS_ATTENTION: try again. */
export type RevokeConsentInput = {
  /** The consent to end. */
  readonly consentId: Scalars['ID']['input'];
  /**
   * 1 to 255 printable ASCII characters without spaces, kept for 30 days. The same key with the same input answers as the first time and
   * does nothing again; with another input it is IDEMPOTENCY_KEY_REUSED, during the first call IDEMPOTENCY_IN_PROGRESS.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** What is known of the PSU, where they are present; some banks count calls without it. */
  readonly psu?: InputMaybe<PsuInput>;
  /** For your own records, kept in the audit trail and not sent to the provider: at most 500 characters, no personal data. */
  readonly reason?: InputMaybe<Scalars['String']['input']>;
};

/** What `revokeConsent` did. */
export type RevokeConsentPayload = {
  readonly __typename?: 'RevokeConsentPayload';
  /** REVOKED from now on; `revocation` tells whether the provider has confirmed. Null when nothing was found. */
  readonly consent?: Maybe<Consent>;
  /** Why it was not revoked; empty on success, also while the provider has not confirmed. */
  readonly userErrors: ReadonlyArray<RevokeConsentError>;
};

/** The built-in simulators of all providers: what to try in them, and where to play the PSU's part. */
export type Sandbox = {
  readonly __typename?: 'Sandbox';
  /** What can be tried, one entry per institution or magic value. */
  readonly guide: ReadonlyArray<SandboxGuideEntry>;
  /** A page with the codes that were "sent" by SMS and e-mail. */
  readonly inboxUrl: Scalars['URL']['output'];
  /** The clock that consents, sessions and the simulators follow here. It can be moved; real time limits do not follow it. */
  readonly now: Scalars['DateTime']['output'];
  /** A page that plays the PSU's phone: scan, approve, cancel, or be somebody else. */
  readonly phoneUrl: Scalars['URL']['output'];
};

/** One thing to try in the sandbox. */
export type SandboxGuideEntry = {
  readonly __typename?: 'SandboxGuideEntry';
  /** What then happens to the session and the consent. */
  readonly expect: Scalars['String']['output'];
  /** The institution to start with; null where it holds for all of the provider's. */
  readonly institutionId?: Maybe<Scalars['ID']['output']>;
  /** Whose simulator it is about. */
  readonly provider: ProviderId;
  /** What it shows, such as a wrong code that costs the consent. */
  readonly title: Scalars['String']['output'];
  /** What to enter or click, magic values included. */
  readonly tryThis: Scalars['String']['output'];
};

/** One way to authenticate (SCA method) that the institution offers this PSU. */
export type ScaMethod = {
  readonly __typename?: 'ScaMethod';
  /** How a code would be sent; null where the method sends none. */
  readonly channel?: Maybe<OtpChannel>;
  /** Valid for this step only; goes into `ChallengeAnswer.methodId`. */
  readonly id: Scalars['ID']['output'];
  /** Where a code would be sent, with most of it hidden; null when the institution does not say. */
  readonly maskedDestination?: Maybe<Scalars['String']['output']>;
  /** As the institution names it, for the PSU to read. */
  readonly name: Scalars['String']['output'];
};

/** The PSU chooses how to authenticate; send the choice with `answerChallenge`. */
export type SelectMethodStep = AuthStep & {
  readonly __typename?: 'SelectMethodStep';
  /** A page where the choice can be made; null when there is none. */
  readonly fallbackUrl?: Maybe<Scalars['URL']['output']>;
  /** Starts with `stp_`. */
  readonly id: Scalars['ID']['output'];
  /** What to consider; null where the title says it all. */
  readonly instructions?: Maybe<Scalars['String']['output']>;
  /** Always SELECT_METHOD. */
  readonly kind: StepKind;
  /** At least one, in the institution's order. */
  readonly methods: ReadonlyArray<ScaMethod>;
  /** When the institution stops waiting; null when it does not say. */
  readonly stepExpiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** A short line for the PSU. */
  readonly title: Scalars['String']['output'];
};

/** Where the data of one provider came from in this answer. */
export type SourceOutcome =
  /** What is stored was young enough, so the provider was not asked. */
  | 'CACHED'
  /** Not asked, since it has been failing; what is stored is shown. */
  | 'CIRCUIT_OPEN'
  /** It answered with a fault, or in a form that cannot be read; what is stored is shown. */
  | 'FAILED'
  /** The provider answered just now. */
  | 'LIVE'
  /** The provider is switched off or has no credentials here; what is stored is shown. */
  | 'NOT_CONFIGURED'
  /** The provider, or the institution behind it, allows no more calls for now; what is stored is shown. */
  | 'RATE_LIMITED'
  /** What is stored is too old and the provider was not asked, for example since the consent is final there. */
  | 'STALE'
  /** No answer within the deadline (2 s unless configured); what is stored is shown. */
  | 'TIMEOUT';

/** One entry per provider that this field asked. A dead provider never empties the others. */
export type SourceReport = {
  readonly __typename?: 'SourceReport';
  /** When the provider said what is shown here; null when it never said anything about it. */
  readonly observedAt?: Maybe<Scalars['DateTime']['output']>;
  /** How it went. Anything but LIVE and CACHED means that what is shown may be out of date. */
  readonly outcome: SourceOutcome;
  /** Why it did not answer; null for LIVE and CACHED. */
  readonly problem?: Maybe<ProviderProblem>;
  /** Who was asked. */
  readonly provider: Provider;
  /** True when the provider was asked and did not answer, so that older knowledge is shown. */
  readonly stale: Scalars['Boolean']['output'];
};

/** Why an authorization could not begin. */
export type StartAuthorizationError = InvalidInputError | NotFoundError | ProviderError | RequestError | StateConflictError;

/** Whose consent to ask, of which institution, for what. */
export type StartAuthorizationInput = {
  /** What to ask for; null for balances and transactions of all accounts, as long as the institution allows. */
  readonly access?: InputMaybe<AccessInput>;
  /**
   * 1 to 255 printable ASCII characters without spaces, kept for 30 days. The same key with the same input answers as the first time and
   * starts nothing again (`psu.personalNumber` is not compared, since it is not kept); with another input it is
   * IDEMPOTENCY_KEY_REUSED, during the first call IDEMPOTENCY_IN_PROGRESS. Always send one: without it, a repeated request
   * is a second authorization.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** What only the institution's provider understands; null for its defaults. */
  readonly providerOptions?: InputMaybe<ProviderOptionsInput>;
  /** What is known of the PSU in this moment. */
  readonly psu?: InputMaybe<PsuInput>;
  /** Required for institutions that redirect. Must be registered for the API client. */
  readonly returnTo?: InputMaybe<ReturnToInput>;
  /** Steps this client can render, at least one. The gateway picks a route inside this set or refuses with STEP_UNSUPPORTED. */
  readonly supportedSteps?: ReadonlyArray<StepKind>;
  /** The institution, or the provider that lets the PSU choose one. */
  readonly target: AuthorizationTarget;
  /** The PSU; made beforehand with `createUser`. A user token can name only its own person. */
  readonly user: UserRef;
  /**
   * Events of this authorization, of its consent and of what renews it also go here, of every type, signed and sent again as those
   * of a webhook endpoint. The address of an endpoint of the API client: its secret signs, its `deliveries` log. In
   * development any other address too, signed with the secret that the gateway prints at its start; `webhookEndpoints` then lists
   * it. NOT_ALLOWED for an address that is neither, for an endpoint that is switched off, and with a user token.
   */
  readonly webhookUrl?: InputMaybe<Scalars['URL']['input']>;
};

/** What `startAuthorization` began. */
export type StartAuthorizationPayload = {
  readonly __typename?: 'StartAuthorizationPayload';
  /** The authorization; show its `nextStep`. Set beside `userErrors` too, when it was begun and then failed. */
  readonly authSession?: Maybe<AuthSession>;
  /** The consent that it is for. */
  readonly consent?: Maybe<Consent>;
  /** Why it could not begin; empty on success. */
  readonly userErrors: ReadonlyArray<StartAuthorizationError>;
};

/** The object is in a state that does not allow this; nothing was done. */
export type StateConflictError = UserError & {
  readonly __typename?: 'StateConflictError';
  /** STATE_CONFLICT, SESSION_EXPIRED, OTP_EXPIRED or OTP_ATTEMPTS_EXHAUSTED. */
  readonly code: UserErrorCode;
  /** Where the consent stands; null where the conflict is not about a consent. */
  readonly consentStatus?: Maybe<ConsentStatus>;
  /** Which state, and what is possible in it, for developers. */
  readonly message: Scalars['String']['output'];
  /** The input field that named the object, outermost first; null where it is none in particular. */
  readonly path?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** Where the authorization stands; null where the conflict is not about one. */
  readonly sessionStatus?: Maybe<AuthSessionStatus>;
};

/** How changes at the institution become known. */
export type StatusUpdates =
  /** Only when the PSU comes back, or when somebody reads the consent. */
  | 'CALLBACK_ONLY'
  /** The gateway asks, often while a PSU is authorizing and seldom after. */
  | 'POLL'
  /** The provider calls the gateway, which still asks now and then, since such calls get lost. */
  | 'WEBHOOK';

/** The authorization is at another step than the one that was answered; nothing was sent. */
export type StepChangedError = UserError & {
  readonly __typename?: 'StepChangedError';
  /** Always STEP_CHANGED. */
  readonly code: UserErrorCode;
  /** The step to show instead; null when the session now waits for nothing of the PSU. */
  readonly currentStep?: Maybe<AuthStep>;
  /** What to do about it, for developers. */
  readonly message: Scalars['String']['output'];
  /** Always the stepId field. */
  readonly path?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};

/** What a PSU can be asked to do. More kinds may come: fall back on `AuthStep.title`, `instructions` and `fallbackUrl`. */
export type StepKind =
  /** Open an app on this device. `AppLaunchStep`. */
  | 'APP_LAUNCH'
  /** Confirm in an app that the institution has notified by itself. `DecoupledStep`. */
  | 'DECOUPLED'
  /** Fill in what the institution asks. `FormStep`. */
  | 'FORM'
  /** Enter a code that was sent. `OtpStep`. */
  | 'OTP'
  /** Scan a code that changes every second, with an app on another device. `QrStep`. */
  | 'QR'
  /** Go to the institution's or the provider's page, and come back. `RedirectStep`. */
  | 'REDIRECT'
  /** Choose how to authenticate. `SelectMethodStep`. */
  | 'SELECT_METHOD';

/** The stream could not stay gapless, and ends with this. Read again, then subscribe from here. */
export type StreamGap = {
  readonly __typename?: 'StreamGap';
  /** Why. */
  readonly gapReason: StreamGapReason;
  /** Give it as `after` once you have read the state anew; what lies between is not repeated. */
  readonly resumeFrom: Scalars['String']['output'];
};

/** Why a stream has a gap. */
export type StreamGapReason =
  /** Events after the cursor are no longer kept. */
  | 'CURSOR_EXPIRED'
  /** The reader took its events more slowly than they came. */
  | 'SLOW_CONSUMER';

/**
 * Live updates over `graphql-transport-ws`. The right to see is checked again for each event, and a user token that ends
 * closes the socket with code 4403.
 */
export type Subscription = {
  readonly __typename?: 'Subscription';
  /**
   * One authorization on a screen: its state now, then steps, rotating QR frames and the end. Completes when the session is
   * final. The latest frame wins, so a slow reader skips frames and nothing else. An id that the caller may not see ends the
   * stream with NOT_FOUND.
   */
  readonly authSession: AuthSession;
  /**
   * Everything, in order, resumable: a snapshot first, or what came after the cursor, then live. Each event exactly once; where
   * that cannot be kept, a StreamGap ends the stream. When reconnecting, send the last cursor as `after`: clients that repeat
   * their first variables do not do so by themselves.
   */
  readonly consentEvents: ConsentStreamItem;
  /**
   * Status changes only, from now on: the simple one, for a screen that shows one consent or one user. What happens while the
   * connection is down is not repeated; use `consentEvents` where that matters.
   */
  readonly consentStatusChanged: ConsentStatusChanged;
};


/**
 * Live updates over `graphql-transport-ws`. The right to see is checked again for each event, and a user token that ends
 * closes the socket with code 4403.
 */
export type SubscriptionAuthSessionArgs = {
  id: Scalars['ID']['input'];
};


/**
 * Live updates over `graphql-transport-ws`. The right to see is checked again for each event, and a user token that ends
 * closes the socket with code 4403.
 */
export type SubscriptionConsentEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ConsentStreamFilter>;
};


/**
 * Live updates over `graphql-transport-ws`. The right to see is checked again for each event, and a user token that ends
 * closes the socket with code 4403.
 */
export type SubscriptionConsentStatusChangedArgs = {
  filter?: InputMaybe<ConsentStreamFilter>;
};

/** What to change about an endpoint. What is not given stays. */
export type UpdateWebhookEndpointInput = {
  /** Switches sending on or off. */
  readonly enabled?: InputMaybe<Scalars['Boolean']['input']>;
  /** Where to send events from now on, those waiting for another attempt included. */
  readonly endpointUrl?: InputMaybe<Scalars['URL']['input']>;
  /** Names of types that implement `ConsentEvent`; an empty list for all. */
  readonly eventTypes?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** The endpoint to change. */
  readonly id: Scalars['ID']['input'];
  /**
   * 1 to 255 printable ASCII characters without spaces, kept for 30 days. The same key with the same input answers as the first time and
   * does nothing again; with another input it is IDEMPOTENCY_KEY_REUSED, during the first call IDEMPOTENCY_IN_PROGRESS.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/**
 * A person (PSU) as one API client knows them, readable by that client and with the person's own user token. Two API clients
 * never see each other's users, even where both know the same person.
 */
export type User = Node & {
  readonly __typename?: 'User';
  /** This person's attempts to authorize, newest first, ended ones included. Asks no provider. */
  readonly authSessions: AuthSessionConnection;
  /** Data runs at providers that have them (Insurely): id, institution, status; no financial data. */
  readonly collections: CollectionConnection;
  /**
   * This person's consents, newest first. Every provider that the person is linked to is asked at the same time, under one
   * deadline, unless what is stored is young enough; one that does not answer is shown as last known and named in `sources`.
   */
  readonly consents: ConsentConnection;
  /** When `createUser` first named this person. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** When the last personal data was removed; null until then, also while an erasure is in progress. */
  readonly erasedAt?: Maybe<Scalars['DateTime']['output']>;
  /** How far `deleteUser` has come; null when it was never called. */
  readonly erasure?: Maybe<Erasure>;
  /**
   * A signed statement (compact JWS) of what was erased where, for your records. It holds nothing personal. Null until the
   * erasure is complete.
   */
  readonly erasureProof?: Maybe<Scalars['String']['output']>;
  /** The API client's own name for this person. Null once the user is erased. */
  readonly externalId?: Maybe<Scalars['String']['output']>;
  /** Starts with `usr_`. */
  readonly id: Scalars['ID']['output'];
  /** What this person is called at each provider (end user, PSU hash, user uuid). Empty before the first authorization. */
  readonly links: ReadonlyArray<ProviderLink>;
};


/**
 * A person (PSU) as one API client knows them, readable by that client and with the person's own user token. Two API clients
 * never see each other's users, even where both know the same person.
 */
export type UserAuthSessionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * A person (PSU) as one API client knows them, readable by that client and with the person's own user token. Two API clients
 * never see each other's users, even where both know the same person.
 */
export type UserCollectionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/**
 * A person (PSU) as one API client knows them, readable by that client and with the person's own user token. Two API clients
 * never see each other's users, even where both know the same person.
 */
export type UserConsentsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ConsentFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  maxAgeSeconds?: InputMaybe<Scalars['Int']['input']>;
};

/** The calling API client's users, newest first. */
export type UserConnection = {
  readonly __typename?: 'UserConnection';
  /** One per user, each with its cursor. */
  readonly edges: ReadonlyArray<UserEdge>;
  /** The same users without their cursors. */
  readonly nodes: ReadonlyArray<User>;
  /** Where this page stands in the list. */
  readonly pageInfo: PageInfo;
  /** How many there are in all, erased ones included; null where counting them would take too long. */
  readonly totalCount?: Maybe<Scalars['Int']['output']>;
};

/** A user's place in a list. */
export type UserEdge = {
  readonly __typename?: 'UserEdge';
  /** Opaque; give it as `after` to continue behind this user. */
  readonly cursor: Scalars['String']['output'];
  /** The user at this place. */
  readonly node: User;
};

/** Something that the caller can act on. It comes back as data, beside whatever was done. */
export type UserError = {
  /** What kind of error, for programs to decide on. */
  readonly code: UserErrorCode;
  /** A sentence in English for developers. It holds no secret and no personal data. */
  readonly message: Scalars['String']['output'];
  /** The input field at fault, outermost first, such as `["input", "answer", "otp"]`; null where it is none in particular. */
  readonly path?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};

/** What a caller can act on. Each code comes in one type of error, named in its description. */
export type UserErrorCode =
  /** `InvalidInputError`. The provider, or the gateway as configured, cannot do this; see `Provider.capabilities`. */
  | 'CAPABILITY_NOT_SUPPORTED'
  /** `RequestError`. The first request with this key is still running; repeat it at `retryAt`. */
  | 'IDEMPOTENCY_IN_PROGRESS'
  /** `RequestError`. The key was used with another input in the last 30 days; use a new key for a new request. */
  | 'IDEMPOTENCY_KEY_REUSED'
  /** `ProviderError`. The provider reports that the institution cannot be reached; try later, or offer another. */
  | 'INSTITUTION_UNAVAILABLE'
  /** `InvalidInputError`. A value is malformed, out of range, or does not fit the others; `path` names it. */
  | 'INVALID_INPUT'
  /** `RequestError`. The credential lacks the right, or the API client the registration, that the message names. */
  | 'NOT_ALLOWED'
  /** `NotFoundError`. Nothing has this id, or it belongs to another client or user. */
  | 'NOT_FOUND'
  /** `StateConflictError`. No attempt is left; start a new authorization. */
  | 'OTP_ATTEMPTS_EXHAUSTED'
  /** `StateConflictError`. The code is no longer valid; `resendChallenge` gets a new one where the step allows it. */
  | 'OTP_EXPIRED'
  /** `ProviderError`. The provider did not do what was asked; `problem` tells why. */
  | 'PROVIDER_PROBLEM'
  /** `RequestError`. Too many requests of this client or for this user; wait until `retryAt`. */
  | 'RATE_LIMITED'
  /** `RequestError`. A new code cannot be sent before `retryAt`. */
  | 'RESEND_TOO_SOON'
  /** `StateConflictError`. The authorization ran out of time; start a new one. */
  | 'SESSION_EXPIRED'
  /** `StateConflictError`. The object has moved to a state that does not allow this; read it again. */
  | 'STATE_CONFLICT'
  /** `StepChangedError`. The authorization is at another step than the one answered; nothing was sent. */
  | 'STEP_CHANGED'
  /** `InvalidInputError`. No route to this institution fits inside `supportedSteps`. */
  | 'STEP_UNSUPPORTED'
  /** `InvalidInputError`. The institution grants less than was asked; ask for less, or for `maximum: true`. */
  | 'VALIDITY_TOO_LONG'
  /** `WrongOtpError`. The institution did not accept the code. */
  | 'WRONG_OTP';

/** Names a user, by either name. */
export type UserRef =
  /** The name that the API client gave in `createUser`. Compared exactly, by case too. */
  { readonly externalId: Scalars['String']['input']; readonly id?: never; }
  |  /** The id that this graph gave, starting with `usr_`. */
  { readonly externalId?: never; readonly id: Scalars['ID']['input']; };

/** How long the consent is to last. The institution's maximum is `Institution.maxConsentSeconds`, less a safety margin. */
export type ValidityInput =
  /** As long as the institution allows. Only `true` means anything. */
  { readonly maximum: Scalars['Boolean']['input']; readonly seconds?: never; readonly until?: never; }
  |  /** For so many seconds from now, at least 1. Beyond the maximum it is VALIDITY_TOO_LONG, before any call is made. */
  { readonly maximum?: never; readonly seconds: Scalars['Int']['input']; readonly until?: never; }
  |  /** Until this instant, which must lie ahead. Beyond the maximum it is VALIDITY_TOO_LONG, before any call is made. */
  { readonly maximum?: never; readonly seconds?: never; readonly until: Scalars['DateTime']['input']; };

/** Who is calling, and with which rights. */
export type Viewer = {
  readonly __typename?: 'Viewer';
  /** The API client behind the key; for a user token, the one that minted it is not shown and this is null. */
  readonly client?: Maybe<ApiClient>;
  /**
   * The rights of the credential: `users:read`, `users:write`, `consents:read`, `authorizations:write`, `webhooks:admin`,
   * `operations:read`. A user token has `users:read`, `consents:read` and `authorizations:write`, all for its one person.
   */
  readonly scopes: ReadonlyArray<Scalars['String']['output']>;
  /** The person behind a user token; null for an API key. */
  readonly user?: Maybe<User>;
};

/** One attempt to send one event to one endpoint. */
export type WebhookDelivery = {
  readonly __typename?: 'WebhookDelivery';
  /** Which attempt, counted from 1; at most 10 within 76 hours. */
  readonly attempt: Scalars['Int']['output'];
  /** When it was made. */
  readonly attemptedAt: Scalars['DateTime']['output'];
  /** True for an answer from 200 to 299. A redirect is not followed and counts as a failure. */
  readonly delivered: Scalars['Boolean']['output'];
  /** Why no answer came, in words such as `connection refused`; null when one did. */
  readonly error?: Maybe<Scalars['String']['output']>;
  /** The `ConsentEvent.id`, which is also the `webhook-id` header; the same in each attempt. */
  readonly eventId: Scalars['ID']['output'];
  /** Name of the event's type, such as `ConsentStatusChanged`; `WebhookTest` for that of `testWebhookEndpoint`. */
  readonly eventType: Scalars['String']['output'];
  /** What the endpoint answered; null when no answer came. */
  readonly httpStatus?: Maybe<Scalars['Int']['output']>;
  /** When it is tried again; null when delivered, given up, or the endpoint is switched off. */
  readonly nextAttemptAt?: Maybe<Scalars['DateTime']['output']>;
};

/** Attempts to deliver, newest first. */
export type WebhookDeliveryConnection = {
  readonly __typename?: 'WebhookDeliveryConnection';
  /** One per attempt, each with its cursor. */
  readonly edges: ReadonlyArray<WebhookDeliveryEdge>;
  /** The same attempts without their cursors. */
  readonly nodes: ReadonlyArray<WebhookDelivery>;
  /** Where this page stands in the list. */
  readonly pageInfo: PageInfo;
};

/** An attempt's place in a list. */
export type WebhookDeliveryEdge = {
  readonly __typename?: 'WebhookDeliveryEdge';
  /** Opaque; give it as `after` to continue behind this attempt. */
  readonly cursor: Scalars['String']['output'];
  /** The attempt at this place. */
  readonly node: WebhookDelivery;
};

/**
 * An address of the calling API client to which events are sent, signed after Standard Webhooks. Each event is sent at least
 * once, with `ConsentEvent.id` as `webhook-id`.
 */
export type WebhookEndpoint = Node & {
  readonly __typename?: 'WebhookEndpoint';
  /** When it was registered. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** What was sent, newest attempt first; kept for 30 days. */
  readonly deliveries: WebhookDeliveryConnection;
  /** False when switched off by the client, or by an answer of 410. Events that happen meanwhile are not sent later. */
  readonly enabled: Scalars['Boolean']['output'];
  /** Where events are sent. */
  readonly endpointUrl: Scalars['URL']['output'];
  /** Names of types that implement `ConsentEvent`, such as `ConsentStatusChanged`; empty for all, later ones included. */
  readonly eventTypes: ReadonlyArray<Scalars['String']['output']>;
  /** Opaque and never reused. */
  readonly id: Scalars['ID']['output'];
  /**
   * True for an address that only a `StartAuthorizationInput.webhookUrl` has named, in development: it gets the events of those
   * consents and no others. `createWebhookEndpoint` makes it one for all events, with a secret of its own.
   */
  readonly onlyNamed: Scalars['Boolean']['output'];
};


/**
 * An address of the calling API client to which events are sent, signed after Standard Webhooks. Each event is sent at least
 * once, with `ConsentEvent.id` as `webhook-id`.
 */
export type WebhookEndpointDeliveriesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** The calling API client's endpoints, newest first. */
export type WebhookEndpointConnection = {
  readonly __typename?: 'WebhookEndpointConnection';
  /** One per endpoint, each with its cursor. */
  readonly edges: ReadonlyArray<WebhookEndpointEdge>;
  /** The same endpoints without their cursors. */
  readonly nodes: ReadonlyArray<WebhookEndpoint>;
  /** Where this page stands in the list. */
  readonly pageInfo: PageInfo;
};

/** An endpoint's place in a list. */
export type WebhookEndpointEdge = {
  readonly __typename?: 'WebhookEndpointEdge';
  /** Opaque; give it as `after` to continue behind this endpoint. */
  readonly cursor: Scalars['String']['output'];
  /** The endpoint at this place. */
  readonly node: WebhookEndpoint;
};

/** Why an endpoint could not be changed. */
export type WebhookEndpointError = InvalidInputError | NotFoundError | RequestError | StateConflictError;

/** Names an endpoint. */
export type WebhookEndpointInput = {
  /** An endpoint of the calling API client. */
  readonly id: Scalars['ID']['input'];
  /**
   * 1 to 255 printable ASCII characters without spaces, kept for 30 days. The same key with the same input answers as the first time, but
   * without a secret, and does nothing again; with another input it is IDEMPOTENCY_KEY_REUSED, during the first call
   * IDEMPOTENCY_IN_PROGRESS.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};

/** What was done to an endpoint. */
export type WebhookEndpointPayload = {
  readonly __typename?: 'WebhookEndpointPayload';
  /** The endpoint afterwards; after `deleteWebhookEndpoint` as it last was. Null when nothing was found. */
  readonly endpoint?: Maybe<WebhookEndpoint>;
  /** The signing secret (`whsec_...`), shown once: at creation and at rotation; null otherwise. */
  readonly secret?: Maybe<Scalars['String']['output']>;
  /** Why nothing was done; empty on success. */
  readonly userErrors: ReadonlyArray<WebhookEndpointError>;
};

/** What one wrong answer costs. */
export type WrongAnswerPolicy =
  /** Everything: the consent becomes REJECTED and the PSU must start again. */
  | 'CONSENT_IS_LOST'
  /** The code: a new one must be asked for with `resendChallenge`. */
  | 'NEW_CODE_NEEDED'
  /** An attempt; the same code can be entered again while attempts remain. */
  | 'TRY_AGAIN';

/** The institution did not accept the code. */
export type WrongOtpError = UserError & {
  readonly __typename?: 'WrongOtpError';
  /** How many attempts are left; 0 when none is, null when the institution does not say. */
  readonly attemptsRemaining?: Maybe<Scalars['Int']['output']>;
  /** Always WRONG_OTP. */
  readonly code: UserErrorCode;
  /** True when this wrong code ended the consent as REJECTED: a new authorization is needed. */
  readonly consentLost: Scalars['Boolean']['output'];
  /** What it cost and what is possible now, for developers. */
  readonly message: Scalars['String']['output'];
  /** Always the otp field. */
  readonly path?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;

export type ReferenceResolver<TResult, TReference, TContext> = (
      reference: TReference,
      context: TContext,
      info: GraphQLResolveInfo
    ) => Promise<TResult> | TResult;

      type ScalarCheck<T, S> = S extends true ? T : NullableCheck<T, S>;
      type NullableCheck<T, S> = Maybe<T> extends T ? Maybe<ListCheck<NonNullable<T>, S>> : ListCheck<T, S>;
      type ListCheck<T, S> = T extends (infer U)[] ? NullableCheck<U, S>[] : GraphQLRecursivePick<T, S>;
      export type GraphQLRecursivePick<T, S> = { [K in keyof T & keyof S]: ScalarCheck<T[K], S[K]> };
    

export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

/** Mapping of federation types */
export type FederationTypes = {
  AuthSession: AuthSession;
  Consent: Consent;
  Institution: Institution;
  User: User;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  AuthSession:
    ( { __typename: 'AuthSession' }
    & GraphQLRecursivePick<FederationTypes['AuthSession'], {"id":true}> );
  Consent:
    ( { __typename: 'Consent' }
    & GraphQLRecursivePick<FederationTypes['Consent'], {"id":true}> );
  Institution:
    ( { __typename: 'Institution' }
    & GraphQLRecursivePick<FederationTypes['Institution'], {"id":true}> );
  User:
    ( { __typename: 'User' }
    & ( GraphQLRecursivePick<FederationTypes['User'], {"id":true}>
        | GraphQLRecursivePick<FederationTypes['User'], {"externalId":true}> ) );
};

/** Mapping of union types */
export type ResolversUnionTypes<_RefType extends Record<string, unknown>> = {
  AnswerChallengeError:
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
  ;
  CancelAuthorizationError:
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
  ;
  CompleteAuthorizationError:
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
  ;
  ConsentStreamItem:
    | ( StepChangedViewParent )
    | ( DetailsChangedViewParent )
    | ( ExpiringSoonViewParent )
    | ( RevocationProgressedViewParent )
    | ( SnapshotViewParent )
    | ( StatusChangedViewParent )
    | ( GapViewParent )
  ;
  CreateUserError:
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
  ;
  CreateUserTokenError:
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
  ;
  DeleteUserError:
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
  ;
  ResendChallengeError:
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
  ;
  RevokeConsentError:
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
  ;
  StartAuthorizationError:
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
  ;
  WebhookEndpointError:
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
  ;
};

/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  AuthStep:
    | ( AppLaunchViewParent )
    | ( DecoupledViewParent )
    | ( FormViewParent )
    | ( OtpViewParent )
    | ( QrViewParent )
    | ( RedirectViewParent )
    | ( SelectMethodViewParent )
  ;
  ConsentEvent:
    | ( StepChangedViewParent )
    | ( DetailsChangedViewParent )
    | ( ExpiringSoonViewParent )
    | ( RevocationProgressedViewParent )
    | ( StatusChangedViewParent )
  ;
  Node:
    | ( AuthSessionParent )
    | ( ConsentViewParent )
    | ( ListedInstitutionParent )
    | ( UserParent )
    | ( WebhookEndpointParent )
  ;
  UserError:
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
    | ( UserErrorViewParent )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AccessInput: AccessInput;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  AnswerChallengeError: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['AnswerChallengeError']>;
  AnswerChallengeInput: AnswerChallengeInput;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  AnswerChallengePayload: ResolverTypeWrapper<MutationViewParent>;
  ApiClient: ResolverTypeWrapper<ApiClientParent>;
  AppLaunchStep: ResolverTypeWrapper<AppLaunchViewParent>;
  AuthSession: ResolverTypeWrapper<AuthSessionParent>;
  AuthSessionConnection: ResolverTypeWrapper<AuthSessionConnectionViewParent>;
  AuthSessionEdge: ResolverTypeWrapper<Omit<AuthSessionEdge, 'node'> & { node: ResolversTypes['AuthSession'] }>;
  AuthSessionStatus: AuthSessionStatus;
  AuthStep: ResolverTypeWrapper<AuthStepParent>;
  AuthStepChanged: ResolverTypeWrapper<StepChangedViewParent>;
  AuthorizationTarget: AuthorizationTarget;
  CacheControlScope: CacheControlScope;
  CancelAuthorizationError: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CancelAuthorizationError']>;
  CancelAuthorizationInput: CancelAuthorizationInput;
  CancelAuthorizationPayload: ResolverTypeWrapper<MutationViewParent>;
  ChallengeAnswer: ChallengeAnswer;
  CircuitState: CircuitState;
  Collection: ResolverTypeWrapper<Omit<Collection, 'provider'> & { provider: ResolversTypes['Provider'] }>;
  CollectionConnection: ResolverTypeWrapper<Omit<CollectionConnection, 'edges' | 'nodes' | 'sources'> & { edges: ReadonlyArray<ResolversTypes['CollectionEdge']>, nodes: ReadonlyArray<ResolversTypes['Collection']>, sources: ReadonlyArray<ResolversTypes['SourceReport']> }>;
  CollectionEdge: ResolverTypeWrapper<Omit<CollectionEdge, 'node'> & { node: ResolversTypes['Collection'] }>;
  CompleteAuthorizationError: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CompleteAuthorizationError']>;
  CompleteAuthorizationInput: CompleteAuthorizationInput;
  CompleteAuthorizationPayload: ResolverTypeWrapper<MutationViewParent>;
  Consent: ResolverTypeWrapper<ConsentViewParent>;
  ConsentAccess: ResolverTypeWrapper<ConsentAccess>;
  ConsentAccount: ResolverTypeWrapper<ConsentAccount>;
  ConsentAccounts: ResolverTypeWrapper<AccountsViewParent>;
  ConsentAction: ConsentAction;
  ConsentConnection: ResolverTypeWrapper<ConsentConnectionViewParent>;
  ConsentDetailsChanged: ResolverTypeWrapper<DetailsChangedViewParent>;
  ConsentEdge: ResolverTypeWrapper<Omit<ConsentEdge, 'node'> & { node: ResolversTypes['Consent'] }>;
  ConsentEvent: ResolverTypeWrapper<ConsentEventParent>;
  ConsentEventConnection: ResolverTypeWrapper<Omit<ConsentEventConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['ConsentEventEdge']>, nodes: ReadonlyArray<ResolversTypes['ConsentEvent']> }>;
  ConsentEventEdge: ResolverTypeWrapper<Omit<ConsentEventEdge, 'node'> & { node: ResolversTypes['ConsentEvent'] }>;
  ConsentExpiringSoon: ResolverTypeWrapper<ExpiringSoonViewParent>;
  ConsentExplanation: ResolverTypeWrapper<StoredObservationParent>;
  ConsentExplanationConnection: ResolverTypeWrapper<Omit<ConsentExplanationConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['ConsentExplanationEdge']>, nodes: ReadonlyArray<ResolversTypes['ConsentExplanation']> }>;
  ConsentExplanationEdge: ResolverTypeWrapper<Omit<ConsentExplanationEdge, 'node'> & { node: ResolversTypes['ConsentExplanation'] }>;
  ConsentFilter: ConsentFilter;
  ConsentRevocationProgressed: ResolverTypeWrapper<RevocationProgressedViewParent>;
  ConsentSnapshot: ResolverTypeWrapper<SnapshotViewParent>;
  ConsentStatus: ConsentStatus;
  ConsentStatusChanged: ResolverTypeWrapper<StatusChangedViewParent>;
  ConsentStatusReason: ConsentStatusReason;
  ConsentStreamFilter: ConsentStreamFilter;
  ConsentStreamItem: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ConsentStreamItem']>;
  CountryCode: ResolverTypeWrapper<Scalars['CountryCode']['output']>;
  CreateUserError: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CreateUserError']>;
  CreateUserInput: CreateUserInput;
  CreateUserPayload: ResolverTypeWrapper<MutationViewParent>;
  CreateUserTokenError: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CreateUserTokenError']>;
  CreateUserTokenInput: CreateUserTokenInput;
  CreateUserTokenPayload: ResolverTypeWrapper<Omit<CreateUserTokenPayload, 'userErrors'> & { userErrors: ReadonlyArray<ResolversTypes['CreateUserTokenError']> }>;
  CreateWebhookEndpointInput: CreateWebhookEndpointInput;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DecoupledStep: ResolverTypeWrapper<DecoupledViewParent>;
  DeleteUserError: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['DeleteUserError']>;
  DeleteUserInput: DeleteUserInput;
  DeleteUserPayload: ResolverTypeWrapper<MutationViewParent>;
  EnableBankingOptions: EnableBankingOptions;
  Erasure: ResolverTypeWrapper<UserErasureParent>;
  ErasureState: ErasureState;
  FiskilOptions: FiskilOptions;
  FormField: ResolverTypeWrapper<FormField>;
  FormStep: ResolverTypeWrapper<FormViewParent>;
  FormValueInput: FormValueInput;
  HealthState: HealthState;
  Institution: ResolverTypeWrapper<ListedInstitutionParent>;
  InstitutionConnection: ResolverTypeWrapper<Omit<InstitutionConnection, 'edges' | 'nodes' | 'sources'> & { edges: ReadonlyArray<ResolversTypes['InstitutionEdge']>, nodes: ReadonlyArray<ResolversTypes['Institution']>, sources: ReadonlyArray<ResolversTypes['SourceReport']> }>;
  InstitutionEdge: ResolverTypeWrapper<Omit<InstitutionEdge, 'node'> & { node: ResolversTypes['Institution'] }>;
  InsurelyOptions: InsurelyOptions;
  InvalidInputError: ResolverTypeWrapper<UserErrorViewParent>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Node: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Node']>;
  NotFoundError: ResolverTypeWrapper<UserErrorViewParent>;
  ObpEntitlementInput: ObpEntitlementInput;
  ObpViewInput: ObpViewInput;
  ObservationSource: ObservationSource;
  OpenBankProjectOptions: OpenBankProjectOptions;
  OtpChannel: OtpChannel;
  OtpStep: ResolverTypeWrapper<OtpViewParent>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  ProblemCode: ProblemCode;
  Provider: ResolverTypeWrapper<ProviderIdParent>;
  ProviderCapabilities: ResolverTypeWrapper<ProviderCapabilitiesParent>;
  ProviderErasure: ResolverTypeWrapper<ProviderErasureParent>;
  ProviderError: ResolverTypeWrapper<UserErrorViewParent>;
  ProviderHealth: ResolverTypeWrapper<ProviderHealth>;
  Float: ResolverTypeWrapper<Scalars['Float']['output']>;
  ProviderId: ProviderId;
  ProviderLink: ResolverTypeWrapper<ProviderLinkParent>;
  ProviderOptionsInput: ProviderOptionsInput;
  ProviderProblem: ResolverTypeWrapper<ProviderProblem>;
  ProviderStatus: ResolverTypeWrapper<ProviderStatus>;
  PsuDevice: PsuDevice;
  PsuInput: PsuInput;
  PsuType: PsuType;
  QrFrame: ResolverTypeWrapper<QrFrameParent>;
  QrStep: ResolverTypeWrapper<QrViewParent>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  RedirectStep: ResolverTypeWrapper<RedirectViewParent>;
  RenewConsentInput: RenewConsentInput;
  RenewConsentPayload: ResolverTypeWrapper<MutationViewParent>;
  RequestError: ResolverTypeWrapper<UserErrorViewParent>;
  ResendChallengeError: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ResendChallengeError']>;
  ResendChallengeInput: ResendChallengeInput;
  ResendChallengePayload: ResolverTypeWrapper<MutationViewParent>;
  ReturnTo: ResolverTypeWrapper<ReturnTo>;
  ReturnToInput: ReturnToInput;
  Revocation: ResolverTypeWrapper<Revocation>;
  RevocationState: RevocationState;
  RevokeConsentError: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RevokeConsentError']>;
  RevokeConsentInput: RevokeConsentInput;
  RevokeConsentPayload: ResolverTypeWrapper<MutationViewParent>;
  Sandbox: ResolverTypeWrapper<Omit<Sandbox, 'guide'> & { guide: ReadonlyArray<ResolversTypes['SandboxGuideEntry']> }>;
  SandboxGuideEntry: ResolverTypeWrapper<SandboxGuideParent>;
  ScaMethod: ResolverTypeWrapper<ScaMethod>;
  SelectMethodStep: ResolverTypeWrapper<SelectMethodViewParent>;
  SourceOutcome: SourceOutcome;
  SourceReport: ResolverTypeWrapper<SourceReportParent>;
  StartAuthorizationError: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['StartAuthorizationError']>;
  StartAuthorizationInput: StartAuthorizationInput;
  StartAuthorizationPayload: ResolverTypeWrapper<MutationViewParent>;
  StateConflictError: ResolverTypeWrapper<UserErrorViewParent>;
  StatusUpdates: StatusUpdates;
  StepChangedError: ResolverTypeWrapper<UserErrorViewParent>;
  StepKind: StepKind;
  StreamGap: ResolverTypeWrapper<GapViewParent>;
  StreamGapReason: StreamGapReason;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  URL: ResolverTypeWrapper<Scalars['URL']['output']>;
  UpdateWebhookEndpointInput: UpdateWebhookEndpointInput;
  User: ResolverTypeWrapper<UserParent>;
  UserConnection: ResolverTypeWrapper<UserConnectionViewParent>;
  UserEdge: ResolverTypeWrapper<Omit<UserEdge, 'node'> & { node: ResolversTypes['User'] }>;
  UserError: ResolverTypeWrapper<UserErrorViewParent>;
  UserErrorCode: UserErrorCode;
  UserRef: UserRef;
  ValidityInput: ValidityInput;
  Viewer: ResolverTypeWrapper<ViewerParent>;
  WebhookDelivery: ResolverTypeWrapper<WebhookDeliveryParent>;
  WebhookDeliveryConnection: ResolverTypeWrapper<Omit<WebhookDeliveryConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['WebhookDeliveryEdge']>, nodes: ReadonlyArray<ResolversTypes['WebhookDelivery']> }>;
  WebhookDeliveryEdge: ResolverTypeWrapper<Omit<WebhookDeliveryEdge, 'node'> & { node: ResolversTypes['WebhookDelivery'] }>;
  WebhookEndpoint: ResolverTypeWrapper<WebhookEndpointParent>;
  WebhookEndpointConnection: ResolverTypeWrapper<Omit<WebhookEndpointConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversTypes['WebhookEndpointEdge']>, nodes: ReadonlyArray<ResolversTypes['WebhookEndpoint']> }>;
  WebhookEndpointEdge: ResolverTypeWrapper<Omit<WebhookEndpointEdge, 'node'> & { node: ResolversTypes['WebhookEndpoint'] }>;
  WebhookEndpointError: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['WebhookEndpointError']>;
  WebhookEndpointInput: WebhookEndpointInput;
  WebhookEndpointPayload: ResolverTypeWrapper<WebhookEndpointViewParent>;
  WrongAnswerPolicy: WrongAnswerPolicy;
  WrongOtpError: ResolverTypeWrapper<UserErrorViewParent>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  AccessInput: AccessInput;
  String: Scalars['String']['output'];
  AnswerChallengeError: ResolversUnionTypes<ResolversParentTypes>['AnswerChallengeError'];
  AnswerChallengeInput: AnswerChallengeInput;
  ID: Scalars['ID']['output'];
  AnswerChallengePayload: MutationViewParent;
  ApiClient: ApiClientParent;
  AppLaunchStep: AppLaunchViewParent;
  AuthSession: AuthSessionParent;
  AuthSessionConnection: AuthSessionConnectionViewParent;
  AuthSessionEdge: Omit<AuthSessionEdge, 'node'> & { node: ResolversParentTypes['AuthSession'] };
  AuthStep: AuthStepParent;
  AuthStepChanged: StepChangedViewParent;
  AuthorizationTarget: AuthorizationTarget;
  CancelAuthorizationError: ResolversUnionTypes<ResolversParentTypes>['CancelAuthorizationError'];
  CancelAuthorizationInput: CancelAuthorizationInput;
  CancelAuthorizationPayload: MutationViewParent;
  ChallengeAnswer: ChallengeAnswer;
  Collection: Omit<Collection, 'provider'> & { provider: ResolversParentTypes['Provider'] };
  CollectionConnection: Omit<CollectionConnection, 'edges' | 'nodes' | 'sources'> & { edges: ReadonlyArray<ResolversParentTypes['CollectionEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Collection']>, sources: ReadonlyArray<ResolversParentTypes['SourceReport']> };
  CollectionEdge: Omit<CollectionEdge, 'node'> & { node: ResolversParentTypes['Collection'] };
  CompleteAuthorizationError: ResolversUnionTypes<ResolversParentTypes>['CompleteAuthorizationError'];
  CompleteAuthorizationInput: CompleteAuthorizationInput;
  CompleteAuthorizationPayload: MutationViewParent;
  Consent: ConsentViewParent;
  ConsentAccess: ConsentAccess;
  ConsentAccount: ConsentAccount;
  ConsentAccounts: AccountsViewParent;
  ConsentConnection: ConsentConnectionViewParent;
  ConsentDetailsChanged: DetailsChangedViewParent;
  ConsentEdge: Omit<ConsentEdge, 'node'> & { node: ResolversParentTypes['Consent'] };
  ConsentEvent: ConsentEventParent;
  ConsentEventConnection: Omit<ConsentEventConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['ConsentEventEdge']>, nodes: ReadonlyArray<ResolversParentTypes['ConsentEvent']> };
  ConsentEventEdge: Omit<ConsentEventEdge, 'node'> & { node: ResolversParentTypes['ConsentEvent'] };
  ConsentExpiringSoon: ExpiringSoonViewParent;
  ConsentExplanation: StoredObservationParent;
  ConsentExplanationConnection: Omit<ConsentExplanationConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['ConsentExplanationEdge']>, nodes: ReadonlyArray<ResolversParentTypes['ConsentExplanation']> };
  ConsentExplanationEdge: Omit<ConsentExplanationEdge, 'node'> & { node: ResolversParentTypes['ConsentExplanation'] };
  ConsentFilter: ConsentFilter;
  ConsentRevocationProgressed: RevocationProgressedViewParent;
  ConsentSnapshot: SnapshotViewParent;
  ConsentStatusChanged: StatusChangedViewParent;
  ConsentStreamFilter: ConsentStreamFilter;
  ConsentStreamItem: ResolversUnionTypes<ResolversParentTypes>['ConsentStreamItem'];
  CountryCode: Scalars['CountryCode']['output'];
  CreateUserError: ResolversUnionTypes<ResolversParentTypes>['CreateUserError'];
  CreateUserInput: CreateUserInput;
  CreateUserPayload: MutationViewParent;
  CreateUserTokenError: ResolversUnionTypes<ResolversParentTypes>['CreateUserTokenError'];
  CreateUserTokenInput: CreateUserTokenInput;
  CreateUserTokenPayload: Omit<CreateUserTokenPayload, 'userErrors'> & { userErrors: ReadonlyArray<ResolversParentTypes['CreateUserTokenError']> };
  CreateWebhookEndpointInput: CreateWebhookEndpointInput;
  DateTime: Scalars['DateTime']['output'];
  DecoupledStep: DecoupledViewParent;
  DeleteUserError: ResolversUnionTypes<ResolversParentTypes>['DeleteUserError'];
  DeleteUserInput: DeleteUserInput;
  DeleteUserPayload: MutationViewParent;
  EnableBankingOptions: EnableBankingOptions;
  Erasure: UserErasureParent;
  FiskilOptions: FiskilOptions;
  FormField: FormField;
  FormStep: FormViewParent;
  FormValueInput: FormValueInput;
  Institution: ListedInstitutionParent;
  InstitutionConnection: Omit<InstitutionConnection, 'edges' | 'nodes' | 'sources'> & { edges: ReadonlyArray<ResolversParentTypes['InstitutionEdge']>, nodes: ReadonlyArray<ResolversParentTypes['Institution']>, sources: ReadonlyArray<ResolversParentTypes['SourceReport']> };
  InstitutionEdge: Omit<InstitutionEdge, 'node'> & { node: ResolversParentTypes['Institution'] };
  InsurelyOptions: InsurelyOptions;
  InvalidInputError: UserErrorViewParent;
  Mutation: Record<PropertyKey, never>;
  Node: ResolversInterfaceTypes<ResolversParentTypes>['Node'];
  NotFoundError: UserErrorViewParent;
  ObpEntitlementInput: ObpEntitlementInput;
  ObpViewInput: ObpViewInput;
  OpenBankProjectOptions: OpenBankProjectOptions;
  OtpStep: OtpViewParent;
  PageInfo: PageInfo;
  Provider: ProviderIdParent;
  ProviderCapabilities: ProviderCapabilitiesParent;
  ProviderErasure: ProviderErasureParent;
  ProviderError: UserErrorViewParent;
  ProviderHealth: ProviderHealth;
  Float: Scalars['Float']['output'];
  ProviderLink: ProviderLinkParent;
  ProviderOptionsInput: ProviderOptionsInput;
  ProviderProblem: ProviderProblem;
  ProviderStatus: ProviderStatus;
  PsuInput: PsuInput;
  QrFrame: QrFrameParent;
  QrStep: QrViewParent;
  Query: Record<PropertyKey, never>;
  RedirectStep: RedirectViewParent;
  RenewConsentInput: RenewConsentInput;
  RenewConsentPayload: MutationViewParent;
  RequestError: UserErrorViewParent;
  ResendChallengeError: ResolversUnionTypes<ResolversParentTypes>['ResendChallengeError'];
  ResendChallengeInput: ResendChallengeInput;
  ResendChallengePayload: MutationViewParent;
  ReturnTo: ReturnTo;
  ReturnToInput: ReturnToInput;
  Revocation: Revocation;
  RevokeConsentError: ResolversUnionTypes<ResolversParentTypes>['RevokeConsentError'];
  RevokeConsentInput: RevokeConsentInput;
  RevokeConsentPayload: MutationViewParent;
  Sandbox: Omit<Sandbox, 'guide'> & { guide: ReadonlyArray<ResolversParentTypes['SandboxGuideEntry']> };
  SandboxGuideEntry: SandboxGuideParent;
  ScaMethod: ScaMethod;
  SelectMethodStep: SelectMethodViewParent;
  SourceReport: SourceReportParent;
  StartAuthorizationError: ResolversUnionTypes<ResolversParentTypes>['StartAuthorizationError'];
  StartAuthorizationInput: StartAuthorizationInput;
  StartAuthorizationPayload: MutationViewParent;
  StateConflictError: UserErrorViewParent;
  StepChangedError: UserErrorViewParent;
  StreamGap: GapViewParent;
  Subscription: Record<PropertyKey, never>;
  URL: Scalars['URL']['output'];
  UpdateWebhookEndpointInput: UpdateWebhookEndpointInput;
  User: UserParent;
  UserConnection: UserConnectionViewParent;
  UserEdge: Omit<UserEdge, 'node'> & { node: ResolversParentTypes['User'] };
  UserError: UserErrorViewParent;
  UserRef: UserRef;
  ValidityInput: ValidityInput;
  Viewer: ViewerParent;
  WebhookDelivery: WebhookDeliveryParent;
  WebhookDeliveryConnection: Omit<WebhookDeliveryConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['WebhookDeliveryEdge']>, nodes: ReadonlyArray<ResolversParentTypes['WebhookDelivery']> };
  WebhookDeliveryEdge: Omit<WebhookDeliveryEdge, 'node'> & { node: ResolversParentTypes['WebhookDelivery'] };
  WebhookEndpoint: WebhookEndpointParent;
  WebhookEndpointConnection: Omit<WebhookEndpointConnection, 'edges' | 'nodes'> & { edges: ReadonlyArray<ResolversParentTypes['WebhookEndpointEdge']>, nodes: ReadonlyArray<ResolversParentTypes['WebhookEndpoint']> };
  WebhookEndpointEdge: Omit<WebhookEndpointEdge, 'node'> & { node: ResolversParentTypes['WebhookEndpoint'] };
  WebhookEndpointError: ResolversUnionTypes<ResolversParentTypes>['WebhookEndpointError'];
  WebhookEndpointInput: WebhookEndpointInput;
  WebhookEndpointPayload: WebhookEndpointViewParent;
  WrongOtpError: UserErrorViewParent;
  Boolean: Scalars['Boolean']['output'];
  Int: Scalars['Int']['output'];
};

export type CacheControlDirectiveArgs = {
  inheritMaxAge?: Maybe<Scalars['Boolean']['input']>;
  maxAge?: Maybe<Scalars['Int']['input']>;
  scope?: Maybe<CacheControlScope>;
};

export type CacheControlDirectiveResolver<Result, Parent, ContextType = GraphContext, Args = CacheControlDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type AnswerChallengeErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['AnswerChallengeError'] = ResolversParentTypes['AnswerChallengeError']> = {
  __resolveType: TypeResolveFn<'InvalidInputError' | 'NotFoundError' | 'ProviderError' | 'RequestError' | 'StateConflictError' | 'StepChangedError' | 'WrongOtpError', ParentType, ContextType>;
};

export type AnswerChallengePayloadResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['AnswerChallengePayload'] = ResolversParentTypes['AnswerChallengePayload']> = {
  authSession?: Resolver<Maybe<ResolversTypes['AuthSession']>, ParentType, ContextType>;
  consent?: Resolver<Maybe<ResolversTypes['Consent']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['AnswerChallengeError']>, ParentType, ContextType>;
};

export type ApiClientResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ApiClient'] = ResolversParentTypes['ApiClient']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  returnTo?: Resolver<ReadonlyArray<ResolversTypes['URL']>, ParentType, ContextType>;
};

export type AppLaunchStepResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['AppLaunchStep'] = ResolversParentTypes['AppLaunchStep']> = {
  appLink?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  autoStartToken?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  fallbackUrl?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  hint?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  instructions?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['StepKind'], ParentType, ContextType>;
  stepExpiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  universalLink?: Resolver<ResolversTypes['URL'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AuthSessionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['AuthSession'] = ResolversParentTypes['AuthSession'], FederationReferenceType extends FederationReferenceTypes['AuthSession'] = FederationReferenceTypes['AuthSession']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['AuthSession']> | FederationReferenceType, FederationReferenceType, ContextType>;
  consent?: Resolver<ResolversTypes['Consent'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  institution?: Resolver<Maybe<ResolversTypes['Institution']>, ParentType, ContextType>;
  isFinal?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  nextStep?: Resolver<Maybe<ResolversTypes['AuthStep']>, ParentType, ContextType>;
  problem?: Resolver<Maybe<ResolversTypes['ProviderProblem']>, ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['Provider'], ParentType, ContextType>;
  returnTo?: Resolver<Maybe<ResolversTypes['ReturnTo']>, ParentType, ContextType>;
  sessionExpiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  sessionStatus?: Resolver<ResolversTypes['AuthSessionStatus'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AuthSessionConnectionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['AuthSessionConnection'] = ResolversParentTypes['AuthSessionConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['AuthSessionEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['AuthSession']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type AuthSessionEdgeResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['AuthSessionEdge'] = ResolversParentTypes['AuthSessionEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['AuthSession'], ParentType, ContextType>;
};

export type AuthStepResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['AuthStep'] = ResolversParentTypes['AuthStep']> = {
  __resolveType: TypeResolveFn<'AppLaunchStep' | 'DecoupledStep' | 'FormStep' | 'OtpStep' | 'QrStep' | 'RedirectStep' | 'SelectMethodStep', ParentType, ContextType>;
};

export type AuthStepChangedResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['AuthStepChanged'] = ResolversParentTypes['AuthStepChanged']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  authSession?: Resolver<ResolversTypes['AuthSession'], ParentType, ContextType>;
  consent?: Resolver<ResolversTypes['Consent'], ParentType, ContextType>;
  consentVersion?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  webhookBody?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CancelAuthorizationErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['CancelAuthorizationError'] = ResolversParentTypes['CancelAuthorizationError']> = {
  __resolveType: TypeResolveFn<'InvalidInputError' | 'NotFoundError' | 'ProviderError' | 'RequestError' | 'StateConflictError', ParentType, ContextType>;
};

export type CancelAuthorizationPayloadResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['CancelAuthorizationPayload'] = ResolversParentTypes['CancelAuthorizationPayload']> = {
  authSession?: Resolver<Maybe<ResolversTypes['AuthSession']>, ParentType, ContextType>;
  consent?: Resolver<Maybe<ResolversTypes['Consent']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['CancelAuthorizationError']>, ParentType, ContextType>;
};

export type CollectionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['Collection'] = ResolversParentTypes['Collection']> = {
  collectionStatus?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  institutionName?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['Provider'], ParentType, ContextType>;
};

export type CollectionConnectionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['CollectionConnection'] = ResolversParentTypes['CollectionConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['CollectionEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Collection']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  sources?: Resolver<ReadonlyArray<ResolversTypes['SourceReport']>, ParentType, ContextType>;
};

export type CollectionEdgeResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['CollectionEdge'] = ResolversParentTypes['CollectionEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Collection'], ParentType, ContextType>;
};

export type CompleteAuthorizationErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['CompleteAuthorizationError'] = ResolversParentTypes['CompleteAuthorizationError']> = {
  __resolveType: TypeResolveFn<'InvalidInputError' | 'NotFoundError' | 'ProviderError' | 'RequestError' | 'StateConflictError', ParentType, ContextType>;
};

export type CompleteAuthorizationPayloadResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['CompleteAuthorizationPayload'] = ResolversParentTypes['CompleteAuthorizationPayload']> = {
  authSession?: Resolver<Maybe<ResolversTypes['AuthSession']>, ParentType, ContextType>;
  consent?: Resolver<Maybe<ResolversTypes['Consent']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['CompleteAuthorizationError']>, ParentType, ContextType>;
};

export type ConsentResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['Consent'] = ResolversParentTypes['Consent'], FederationReferenceType extends FederationReferenceTypes['Consent'] = FederationReferenceTypes['Consent']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Consent']> | FederationReferenceType, FederationReferenceType, ContextType>;
  access?: Resolver<Maybe<ResolversTypes['ConsentAccess']>, ParentType, ContextType>;
  accounts?: Resolver<ResolversTypes['ConsentAccounts'], ParentType, ContextType>;
  authorizedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  currentSession?: Resolver<Maybe<ResolversTypes['AuthSession']>, ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  explain?: Resolver<ResolversTypes['ConsentExplanationConnection'], ParentType, ContextType, RequireFields<ConsentExplainArgs, 'first'>>;
  history?: Resolver<ResolversTypes['ConsentEventConnection'], ParentType, ContextType, RequireFields<ConsentHistoryArgs, 'first'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  institution?: Resolver<Maybe<ResolversTypes['Institution']>, ParentType, ContextType>;
  isFinal?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  primaryAction?: Resolver<ResolversTypes['ConsentAction'], ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['Provider'], ParentType, ContextType>;
  providerConsentId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  providerStatus?: Resolver<Maybe<ResolversTypes['ProviderStatus']>, ParentType, ContextType>;
  receipt?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  renewedFrom?: Resolver<Maybe<ResolversTypes['Consent']>, ParentType, ContextType>;
  requestedAccess?: Resolver<ResolversTypes['ConsentAccess'], ParentType, ContextType>;
  revocation?: Resolver<Maybe<ResolversTypes['Revocation']>, ParentType, ContextType>;
  revokedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  source?: Resolver<ResolversTypes['SourceReport'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['ConsentStatus'], ParentType, ContextType>;
  statusReason?: Resolver<Maybe<ResolversTypes['ConsentStatusReason']>, ParentType, ContextType>;
  supersededBy?: Resolver<Maybe<ResolversTypes['Consent']>, ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ConsentAccessResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentAccess'] = ResolversParentTypes['ConsentAccess']> = {
  accountIds?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  balances?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  permissions?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  transactions?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  validFrom?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  validUntil?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type ConsentAccountResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentAccount'] = ResolversParentTypes['ConsentAccount']> = {
  currency?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  identity?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  kind?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  maskedNumber?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ConsentAccountsResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentAccounts'] = ResolversParentTypes['ConsentAccounts']> = {
  nodes?: Resolver<ReadonlyArray<ResolversTypes['ConsentAccount']>, ParentType, ContextType>;
  source?: Resolver<ResolversTypes['SourceReport'], ParentType, ContextType>;
};

export type ConsentConnectionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentConnection'] = ResolversParentTypes['ConsentConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ConsentEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Consent']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  sources?: Resolver<ReadonlyArray<ResolversTypes['SourceReport']>, ParentType, ContextType>;
  totalCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type ConsentDetailsChangedResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentDetailsChanged'] = ResolversParentTypes['ConsentDetailsChanged']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  changed?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  consent?: Resolver<ResolversTypes['Consent'], ParentType, ContextType>;
  consentVersion?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  webhookBody?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ConsentEdgeResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentEdge'] = ResolversParentTypes['ConsentEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Consent'], ParentType, ContextType>;
};

export type ConsentEventResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentEvent'] = ResolversParentTypes['ConsentEvent']> = {
  __resolveType: TypeResolveFn<'AuthStepChanged' | 'ConsentDetailsChanged' | 'ConsentExpiringSoon' | 'ConsentRevocationProgressed' | 'ConsentStatusChanged', ParentType, ContextType>;
};

export type ConsentEventConnectionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentEventConnection'] = ResolversParentTypes['ConsentEventConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ConsentEventEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['ConsentEvent']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ConsentEventEdgeResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentEventEdge'] = ResolversParentTypes['ConsentEventEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['ConsentEvent'], ParentType, ContextType>;
};

export type ConsentExpiringSoonResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentExpiringSoon'] = ResolversParentTypes['ConsentExpiringSoon']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  consent?: Resolver<ResolversTypes['Consent'], ParentType, ContextType>;
  consentVersion?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  daysLeft?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  webhookBody?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ConsentExplanationResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentExplanation'] = ResolversParentTypes['ConsentExplanation']> = {
  applied?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  from?: Resolver<Maybe<ResolversTypes['ConsentStatus']>, ParentType, ContextType>;
  providerRaw?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  repeated?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  rule?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['ObservationSource'], ParentType, ContextType>;
  to?: Resolver<Maybe<ResolversTypes['ConsentStatus']>, ParentType, ContextType>;
};

export type ConsentExplanationConnectionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentExplanationConnection'] = ResolversParentTypes['ConsentExplanationConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['ConsentExplanationEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['ConsentExplanation']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type ConsentExplanationEdgeResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentExplanationEdge'] = ResolversParentTypes['ConsentExplanationEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['ConsentExplanation'], ParentType, ContextType>;
};

export type ConsentRevocationProgressedResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentRevocationProgressed'] = ResolversParentTypes['ConsentRevocationProgressed']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  consent?: Resolver<ResolversTypes['Consent'], ParentType, ContextType>;
  consentVersion?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  revocation?: Resolver<ResolversTypes['Revocation'], ParentType, ContextType>;
  webhookBody?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ConsentSnapshotResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentSnapshot'] = ResolversParentTypes['ConsentSnapshot']> = {
  consents?: Resolver<ReadonlyArray<ResolversTypes['Consent']>, ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  truncated?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ConsentStatusChangedResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentStatusChanged'] = ResolversParentTypes['ConsentStatusChanged']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  consent?: Resolver<ResolversTypes['Consent'], ParentType, ContextType>;
  consentVersion?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  from?: Resolver<Maybe<ResolversTypes['ConsentStatus']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  providerStatus?: Resolver<Maybe<ResolversTypes['ProviderStatus']>, ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['ConsentStatusReason']>, ParentType, ContextType>;
  to?: Resolver<ResolversTypes['ConsentStatus'], ParentType, ContextType>;
  webhookBody?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ConsentStreamItemResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ConsentStreamItem'] = ResolversParentTypes['ConsentStreamItem']> = {
  __resolveType: TypeResolveFn<'AuthStepChanged' | 'ConsentDetailsChanged' | 'ConsentExpiringSoon' | 'ConsentRevocationProgressed' | 'ConsentSnapshot' | 'ConsentStatusChanged' | 'StreamGap', ParentType, ContextType>;
};

export interface CountryCodeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['CountryCode'], any> {
  name: 'CountryCode';
}

export type CreateUserErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['CreateUserError'] = ResolversParentTypes['CreateUserError']> = {
  __resolveType: TypeResolveFn<'InvalidInputError' | 'RequestError' | 'StateConflictError', ParentType, ContextType>;
};

export type CreateUserPayloadResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['CreateUserPayload'] = ResolversParentTypes['CreateUserPayload']> = {
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['CreateUserError']>, ParentType, ContextType>;
};

export type CreateUserTokenErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['CreateUserTokenError'] = ResolversParentTypes['CreateUserTokenError']> = {
  __resolveType: TypeResolveFn<'InvalidInputError' | 'NotFoundError' | 'RequestError', ParentType, ContextType>;
};

export type CreateUserTokenPayloadResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['CreateUserTokenPayload'] = ResolversParentTypes['CreateUserTokenPayload']> = {
  token?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  tokenExpiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['CreateUserTokenError']>, ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DecoupledStepResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['DecoupledStep'] = ResolversParentTypes['DecoupledStep']> = {
  fallbackUrl?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  hint?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  instructions?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['StepKind'], ParentType, ContextType>;
  stepExpiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type DeleteUserErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['DeleteUserError'] = ResolversParentTypes['DeleteUserError']> = {
  __resolveType: TypeResolveFn<'InvalidInputError' | 'NotFoundError' | 'RequestError' | 'StateConflictError', ParentType, ContextType>;
};

export type DeleteUserPayloadResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['DeleteUserPayload'] = ResolversParentTypes['DeleteUserPayload']> = {
  erasure?: Resolver<Maybe<ResolversTypes['Erasure']>, ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['DeleteUserError']>, ParentType, ContextType>;
};

export type ErasureResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['Erasure'] = ResolversParentTypes['Erasure']> = {
  completedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  erasureState?: Resolver<ResolversTypes['ErasureState'], ParentType, ContextType>;
  providers?: Resolver<ReadonlyArray<ResolversTypes['ProviderErasure']>, ParentType, ContextType>;
  requestedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  waitsUntil?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type FormFieldResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['FormField'] = ResolversParentTypes['FormField']> = {
  label?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  options?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  required?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  secret?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  template?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type FormStepResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['FormStep'] = ResolversParentTypes['FormStep']> = {
  fallbackUrl?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  fields?: Resolver<ReadonlyArray<ResolversTypes['FormField']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  instructions?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['StepKind'], ParentType, ContextType>;
  stepExpiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type InstitutionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['Institution'] = ResolversParentTypes['Institution'], FederationReferenceType extends FederationReferenceTypes['Institution'] = FederationReferenceTypes['Institution']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Institution']> | FederationReferenceType, FederationReferenceType, ContextType>;
  available?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  country?: Resolver<Maybe<ResolversTypes['CountryCode']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  logoUrl?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  maxConsentSeconds?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['Provider'], ParentType, ContextType>;
  psuTypes?: Resolver<ReadonlyArray<ResolversTypes['PsuType']>, ParentType, ContextType>;
  requiredPsuFields?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  steps?: Resolver<ReadonlyArray<ResolversTypes['StepKind']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type InstitutionConnectionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['InstitutionConnection'] = ResolversParentTypes['InstitutionConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['InstitutionEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['Institution']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  sources?: Resolver<ReadonlyArray<ResolversTypes['SourceReport']>, ParentType, ContextType>;
  totalCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type InstitutionEdgeResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['InstitutionEdge'] = ResolversParentTypes['InstitutionEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Institution'], ParentType, ContextType>;
};

export type InvalidInputErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['InvalidInputError'] = ResolversParentTypes['InvalidInputError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MutationResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  answerChallenge: Resolver<ResolversTypes['AnswerChallengePayload'], ParentType, ContextType, RequireFields<MutationAnswerChallengeArgs, 'input'>>;
  cancelAuthorization: Resolver<ResolversTypes['CancelAuthorizationPayload'], ParentType, ContextType, RequireFields<MutationCancelAuthorizationArgs, 'input'>>;
  completeAuthorization: Resolver<ResolversTypes['CompleteAuthorizationPayload'], ParentType, ContextType, RequireFields<MutationCompleteAuthorizationArgs, 'input'>>;
  createUser: Resolver<ResolversTypes['CreateUserPayload'], ParentType, ContextType, RequireFields<MutationCreateUserArgs, 'input'>>;
  createUserToken: Resolver<ResolversTypes['CreateUserTokenPayload'], ParentType, ContextType, RequireFields<MutationCreateUserTokenArgs, 'input'>>;
  createWebhookEndpoint: Resolver<ResolversTypes['WebhookEndpointPayload'], ParentType, ContextType, RequireFields<MutationCreateWebhookEndpointArgs, 'input'>>;
  deleteUser: Resolver<ResolversTypes['DeleteUserPayload'], ParentType, ContextType, RequireFields<MutationDeleteUserArgs, 'input'>>;
  deleteWebhookEndpoint: Resolver<ResolversTypes['WebhookEndpointPayload'], ParentType, ContextType, RequireFields<MutationDeleteWebhookEndpointArgs, 'input'>>;
  renewConsent: Resolver<ResolversTypes['RenewConsentPayload'], ParentType, ContextType, RequireFields<MutationRenewConsentArgs, 'input'>>;
  resendChallenge: Resolver<ResolversTypes['ResendChallengePayload'], ParentType, ContextType, RequireFields<MutationResendChallengeArgs, 'input'>>;
  revokeConsent: Resolver<ResolversTypes['RevokeConsentPayload'], ParentType, ContextType, RequireFields<MutationRevokeConsentArgs, 'input'>>;
  rotateWebhookSecret: Resolver<ResolversTypes['WebhookEndpointPayload'], ParentType, ContextType, RequireFields<MutationRotateWebhookSecretArgs, 'input'>>;
  startAuthorization: Resolver<ResolversTypes['StartAuthorizationPayload'], ParentType, ContextType, RequireFields<MutationStartAuthorizationArgs, 'input'>>;
  testWebhookEndpoint: Resolver<ResolversTypes['WebhookEndpointPayload'], ParentType, ContextType, RequireFields<MutationTestWebhookEndpointArgs, 'input'>>;
  updateWebhookEndpoint: Resolver<ResolversTypes['WebhookEndpointPayload'], ParentType, ContextType, RequireFields<MutationUpdateWebhookEndpointArgs, 'input'>>;
};

export type NodeResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'AuthSession' | 'Consent' | 'Institution' | 'User' | 'WebhookEndpoint', ParentType, ContextType>;
};

export type NotFoundErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['NotFoundError'] = ResolversParentTypes['NotFoundError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type OtpStepResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['OtpStep'] = ResolversParentTypes['OtpStep']> = {
  attemptsRemaining?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  canResend?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  channel?: Resolver<ResolversTypes['OtpChannel'], ParentType, ContextType>;
  fallbackUrl?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  instructions?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['StepKind'], ParentType, ContextType>;
  maskedDestination?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  onWrongAnswer?: Resolver<ResolversTypes['WrongAnswerPolicy'], ParentType, ContextType>;
  pattern?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  resendAvailableAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  stepExpiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ProviderResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['Provider'] = ResolversParentTypes['Provider']> = {
  capabilities?: Resolver<ResolversTypes['ProviderCapabilities'], ParentType, ContextType>;
  displayName?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  health?: Resolver<ResolversTypes['ProviderHealth'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ProviderId'], ParentType, ContextType>;
  sandbox?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ProviderCapabilitiesResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ProviderCapabilities'] = ResolversParentTypes['ProviderCapabilities']> = {
  accountSelection?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  accounts?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  erasure?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  maxConsentSeconds?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  renewal?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  revocation?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  statusUpdates?: Resolver<ResolversTypes['StatusUpdates'], ParentType, ContextType>;
  steps?: Resolver<ReadonlyArray<ResolversTypes['StepKind']>, ParentType, ContextType>;
  validitySelection?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ProviderErasureResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ProviderErasure'] = ResolversParentTypes['ProviderErasure']> = {
  erasureState?: Resolver<ResolversTypes['ErasureState'], ParentType, ContextType>;
  lastProblem?: Resolver<Maybe<ResolversTypes['ProviderProblem']>, ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['Provider'], ParentType, ContextType>;
};

export type ProviderErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ProviderError'] = ResolversParentTypes['ProviderError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  problem?: Resolver<ResolversTypes['ProviderProblem'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ProviderHealthResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ProviderHealth'] = ResolversParentTypes['ProviderHealth']> = {
  checkedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  circuit?: Resolver<ResolversTypes['CircuitState'], ParentType, ContextType>;
  errorRate?: Resolver<Maybe<ResolversTypes['Float']>, ParentType, ContextType>;
  p95Millis?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  retryAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  state?: Resolver<ResolversTypes['HealthState'], ParentType, ContextType>;
};

export type ProviderLinkResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ProviderLink'] = ResolversParentTypes['ProviderLink']> = {
  linkedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['Provider'], ParentType, ContextType>;
  providerUserId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ProviderProblemResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ProviderProblem'] = ResolversParentTypes['ProviderProblem']> = {
  code?: Resolver<ResolversTypes['ProblemCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  providerCode?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  requestId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  retryAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  retryable?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ProviderStatusResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ProviderStatus'] = ResolversParentTypes['ProviderStatus']> = {
  detail?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  observedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  raw?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  recognized?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  source?: Resolver<ResolversTypes['ObservationSource'], ParentType, ContextType>;
};

export type QrFrameResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['QrFrame'] = ResolversParentTypes['QrFrame']> = {
  data?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  sequence?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  svg?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  validUntil?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type QrStepResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['QrStep'] = ResolversParentTypes['QrStep']> = {
  fallbackUrl?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  frame?: Resolver<ResolversTypes['QrFrame'], ParentType, ContextType>;
  hint?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  instructions?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['StepKind'], ParentType, ContextType>;
  launch?: Resolver<Maybe<ResolversTypes['AppLaunchStep']>, ParentType, ContextType>;
  scanned?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  stepExpiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type QueryResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  authSession: Resolver<Maybe<ResolversTypes['AuthSession']>, ParentType, ContextType, RequireFields<QueryAuthSessionArgs, 'id'>>;
  consent: Resolver<Maybe<ResolversTypes['Consent']>, ParentType, ContextType, RequireFields<QueryConsentArgs, 'id' | 'maxAgeSeconds'>>;
  consentEvents: Resolver<ResolversTypes['ConsentEventConnection'], ParentType, ContextType, RequireFields<QueryConsentEventsArgs, 'first'>>;
  consents: Resolver<ResolversTypes['ConsentConnection'], ParentType, ContextType, RequireFields<QueryConsentsArgs, 'first'>>;
  institutions: Resolver<ResolversTypes['InstitutionConnection'], ParentType, ContextType, RequireFields<QueryInstitutionsArgs, 'first'>>;
  me: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  node: Resolver<Maybe<ResolversTypes['Node']>, ParentType, ContextType, RequireFields<QueryNodeArgs, 'id'>>;
  nodes: Resolver<ReadonlyArray<Maybe<ResolversTypes['Node']>>, ParentType, ContextType, RequireFields<QueryNodesArgs, 'ids'>>;
  providers: Resolver<ReadonlyArray<ResolversTypes['Provider']>, ParentType, ContextType>;
  sandbox: Resolver<Maybe<ResolversTypes['Sandbox']>, ParentType, ContextType>;
  user: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType, RequireFields<QueryUserArgs, 'ref'>>;
  users: Resolver<ResolversTypes['UserConnection'], ParentType, ContextType, RequireFields<QueryUsersArgs, 'first'>>;
  viewer: Resolver<ResolversTypes['Viewer'], ParentType, ContextType>;
  webhookEndpoints: Resolver<ResolversTypes['WebhookEndpointConnection'], ParentType, ContextType, RequireFields<QueryWebhookEndpointsArgs, 'first'>>;
};

export type RedirectStepResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['RedirectStep'] = ResolversParentTypes['RedirectStep']> = {
  fallbackUrl?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  iframeAllowed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  instructions?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['StepKind'], ParentType, ContextType>;
  popupAllowed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  stepExpiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  url?: Resolver<ResolversTypes['URL'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RenewConsentPayloadResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['RenewConsentPayload'] = ResolversParentTypes['RenewConsentPayload']> = {
  authSession?: Resolver<Maybe<ResolversTypes['AuthSession']>, ParentType, ContextType>;
  consent?: Resolver<Maybe<ResolversTypes['Consent']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['StartAuthorizationError']>, ParentType, ContextType>;
};

export type RequestErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['RequestError'] = ResolversParentTypes['RequestError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  retryAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ResendChallengeErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ResendChallengeError'] = ResolversParentTypes['ResendChallengeError']> = {
  __resolveType: TypeResolveFn<'InvalidInputError' | 'NotFoundError' | 'ProviderError' | 'RequestError' | 'StateConflictError' | 'StepChangedError', ParentType, ContextType>;
};

export type ResendChallengePayloadResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ResendChallengePayload'] = ResolversParentTypes['ResendChallengePayload']> = {
  authSession?: Resolver<Maybe<ResolversTypes['AuthSession']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['ResendChallengeError']>, ParentType, ContextType>;
};

export type ReturnToResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ReturnTo'] = ResolversParentTypes['ReturnTo']> = {
  cancel?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  success?: Resolver<ResolversTypes['URL'], ParentType, ContextType>;
};

export type RevocationResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['Revocation'] = ResolversParentTypes['Revocation']> = {
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  confirmedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  lastProblem?: Resolver<Maybe<ResolversTypes['ProviderProblem']>, ParentType, ContextType>;
  nextAttemptAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  requestedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['RevocationState'], ParentType, ContextType>;
};

export type RevokeConsentErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['RevokeConsentError'] = ResolversParentTypes['RevokeConsentError']> = {
  __resolveType: TypeResolveFn<'InvalidInputError' | 'NotFoundError' | 'ProviderError' | 'RequestError' | 'StateConflictError', ParentType, ContextType>;
};

export type RevokeConsentPayloadResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['RevokeConsentPayload'] = ResolversParentTypes['RevokeConsentPayload']> = {
  consent?: Resolver<Maybe<ResolversTypes['Consent']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['RevokeConsentError']>, ParentType, ContextType>;
};

export type SandboxResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['Sandbox'] = ResolversParentTypes['Sandbox']> = {
  guide?: Resolver<ReadonlyArray<ResolversTypes['SandboxGuideEntry']>, ParentType, ContextType>;
  inboxUrl?: Resolver<ResolversTypes['URL'], ParentType, ContextType>;
  now?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  phoneUrl?: Resolver<ResolversTypes['URL'], ParentType, ContextType>;
};

export type SandboxGuideEntryResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['SandboxGuideEntry'] = ResolversParentTypes['SandboxGuideEntry']> = {
  expect?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  institutionId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['ProviderId'], ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  tryThis?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ScaMethodResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['ScaMethod'] = ResolversParentTypes['ScaMethod']> = {
  channel?: Resolver<Maybe<ResolversTypes['OtpChannel']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  maskedDestination?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type SelectMethodStepResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['SelectMethodStep'] = ResolversParentTypes['SelectMethodStep']> = {
  fallbackUrl?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  instructions?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['StepKind'], ParentType, ContextType>;
  methods?: Resolver<ReadonlyArray<ResolversTypes['ScaMethod']>, ParentType, ContextType>;
  stepExpiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SourceReportResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['SourceReport'] = ResolversParentTypes['SourceReport']> = {
  observedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  outcome?: Resolver<ResolversTypes['SourceOutcome'], ParentType, ContextType>;
  problem?: Resolver<Maybe<ResolversTypes['ProviderProblem']>, ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['Provider'], ParentType, ContextType>;
  stale?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type StartAuthorizationErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['StartAuthorizationError'] = ResolversParentTypes['StartAuthorizationError']> = {
  __resolveType: TypeResolveFn<'InvalidInputError' | 'NotFoundError' | 'ProviderError' | 'RequestError' | 'StateConflictError', ParentType, ContextType>;
};

export type StartAuthorizationPayloadResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['StartAuthorizationPayload'] = ResolversParentTypes['StartAuthorizationPayload']> = {
  authSession?: Resolver<Maybe<ResolversTypes['AuthSession']>, ParentType, ContextType>;
  consent?: Resolver<Maybe<ResolversTypes['Consent']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['StartAuthorizationError']>, ParentType, ContextType>;
};

export type StateConflictErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['StateConflictError'] = ResolversParentTypes['StateConflictError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  consentStatus?: Resolver<Maybe<ResolversTypes['ConsentStatus']>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  sessionStatus?: Resolver<Maybe<ResolversTypes['AuthSessionStatus']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type StepChangedErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['StepChangedError'] = ResolversParentTypes['StepChangedError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  currentStep?: Resolver<Maybe<ResolversTypes['AuthStep']>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type StreamGapResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['StreamGap'] = ResolversParentTypes['StreamGap']> = {
  gapReason?: Resolver<ResolversTypes['StreamGapReason'], ParentType, ContextType>;
  resumeFrom?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  authSession: SubscriptionResolver<ResolversTypes['AuthSession'], "authSession", ParentType, ContextType, RequireFields<SubscriptionAuthSessionArgs, 'id'>>;
  consentEvents: SubscriptionResolver<ResolversTypes['ConsentStreamItem'], "consentEvents", ParentType, ContextType, Partial<SubscriptionConsentEventsArgs>>;
  consentStatusChanged: SubscriptionResolver<ResolversTypes['ConsentStatusChanged'], "consentStatusChanged", ParentType, ContextType, Partial<SubscriptionConsentStatusChangedArgs>>;
};

export interface UrlScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['URL'], any> {
  name: 'URL';
}

export type UserResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User'], FederationReferenceType extends FederationReferenceTypes['User'] = FederationReferenceTypes['User']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['User']> | FederationReferenceType, FederationReferenceType, ContextType>;
  authSessions?: Resolver<ResolversTypes['AuthSessionConnection'], ParentType, ContextType, RequireFields<UserAuthSessionsArgs, 'first'>>;
  collections?: Resolver<ResolversTypes['CollectionConnection'], ParentType, ContextType, RequireFields<UserCollectionsArgs, 'first'>>;
  consents?: Resolver<ResolversTypes['ConsentConnection'], ParentType, ContextType, RequireFields<UserConsentsArgs, 'first' | 'maxAgeSeconds'>>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  erasedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  erasure?: Resolver<Maybe<ResolversTypes['Erasure']>, ParentType, ContextType>;
  erasureProof?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  externalId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  links?: Resolver<ReadonlyArray<ResolversTypes['ProviderLink']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UserConnectionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['UserConnection'] = ResolversParentTypes['UserConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['UserEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['User']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type UserEdgeResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['UserEdge'] = ResolversParentTypes['UserEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type UserErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['UserError'] = ResolversParentTypes['UserError']> = {
  __resolveType: TypeResolveFn<'InvalidInputError' | 'NotFoundError' | 'ProviderError' | 'RequestError' | 'StateConflictError' | 'StepChangedError' | 'WrongOtpError', ParentType, ContextType>;
};

export type ViewerResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['Viewer'] = ResolversParentTypes['Viewer']> = {
  client?: Resolver<Maybe<ResolversTypes['ApiClient']>, ParentType, ContextType>;
  scopes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
};

export type WebhookDeliveryResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['WebhookDelivery'] = ResolversParentTypes['WebhookDelivery']> = {
  attempt?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  attemptedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  delivered?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  eventId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  eventType?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  httpStatus?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  nextAttemptAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type WebhookDeliveryConnectionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['WebhookDeliveryConnection'] = ResolversParentTypes['WebhookDeliveryConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['WebhookDeliveryEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['WebhookDelivery']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type WebhookDeliveryEdgeResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['WebhookDeliveryEdge'] = ResolversParentTypes['WebhookDeliveryEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['WebhookDelivery'], ParentType, ContextType>;
};

export type WebhookEndpointResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['WebhookEndpoint'] = ResolversParentTypes['WebhookEndpoint']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  deliveries?: Resolver<ResolversTypes['WebhookDeliveryConnection'], ParentType, ContextType, RequireFields<WebhookEndpointDeliveriesArgs, 'first'>>;
  enabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  endpointUrl?: Resolver<ResolversTypes['URL'], ParentType, ContextType>;
  eventTypes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  onlyNamed?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type WebhookEndpointConnectionResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['WebhookEndpointConnection'] = ResolversParentTypes['WebhookEndpointConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['WebhookEndpointEdge']>, ParentType, ContextType>;
  nodes?: Resolver<ReadonlyArray<ResolversTypes['WebhookEndpoint']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type WebhookEndpointEdgeResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['WebhookEndpointEdge'] = ResolversParentTypes['WebhookEndpointEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['WebhookEndpoint'], ParentType, ContextType>;
};

export type WebhookEndpointErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['WebhookEndpointError'] = ResolversParentTypes['WebhookEndpointError']> = {
  __resolveType: TypeResolveFn<'InvalidInputError' | 'NotFoundError' | 'RequestError' | 'StateConflictError', ParentType, ContextType>;
};

export type WebhookEndpointPayloadResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['WebhookEndpointPayload'] = ResolversParentTypes['WebhookEndpointPayload']> = {
  endpoint?: Resolver<Maybe<ResolversTypes['WebhookEndpoint']>, ParentType, ContextType>;
  secret?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  userErrors?: Resolver<ReadonlyArray<ResolversTypes['WebhookEndpointError']>, ParentType, ContextType>;
};

export type WrongOtpErrorResolvers<ContextType = GraphContext, ParentType extends ResolversParentTypes['WrongOtpError'] = ResolversParentTypes['WrongOtpError']> = {
  attemptsRemaining?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  consentLost?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type Resolvers<ContextType = GraphContext> = {
  AnswerChallengeError?: AnswerChallengeErrorResolvers<ContextType>;
  AnswerChallengePayload?: AnswerChallengePayloadResolvers<ContextType>;
  ApiClient?: ApiClientResolvers<ContextType>;
  AppLaunchStep?: AppLaunchStepResolvers<ContextType>;
  AuthSession?: AuthSessionResolvers<ContextType>;
  AuthSessionConnection?: AuthSessionConnectionResolvers<ContextType>;
  AuthSessionEdge?: AuthSessionEdgeResolvers<ContextType>;
  AuthStep?: AuthStepResolvers<ContextType>;
  AuthStepChanged?: AuthStepChangedResolvers<ContextType>;
  CancelAuthorizationError?: CancelAuthorizationErrorResolvers<ContextType>;
  CancelAuthorizationPayload?: CancelAuthorizationPayloadResolvers<ContextType>;
  Collection?: CollectionResolvers<ContextType>;
  CollectionConnection?: CollectionConnectionResolvers<ContextType>;
  CollectionEdge?: CollectionEdgeResolvers<ContextType>;
  CompleteAuthorizationError?: CompleteAuthorizationErrorResolvers<ContextType>;
  CompleteAuthorizationPayload?: CompleteAuthorizationPayloadResolvers<ContextType>;
  Consent?: ConsentResolvers<ContextType>;
  ConsentAccess?: ConsentAccessResolvers<ContextType>;
  ConsentAccount?: ConsentAccountResolvers<ContextType>;
  ConsentAccounts?: ConsentAccountsResolvers<ContextType>;
  ConsentConnection?: ConsentConnectionResolvers<ContextType>;
  ConsentDetailsChanged?: ConsentDetailsChangedResolvers<ContextType>;
  ConsentEdge?: ConsentEdgeResolvers<ContextType>;
  ConsentEvent?: ConsentEventResolvers<ContextType>;
  ConsentEventConnection?: ConsentEventConnectionResolvers<ContextType>;
  ConsentEventEdge?: ConsentEventEdgeResolvers<ContextType>;
  ConsentExpiringSoon?: ConsentExpiringSoonResolvers<ContextType>;
  ConsentExplanation?: ConsentExplanationResolvers<ContextType>;
  ConsentExplanationConnection?: ConsentExplanationConnectionResolvers<ContextType>;
  ConsentExplanationEdge?: ConsentExplanationEdgeResolvers<ContextType>;
  ConsentRevocationProgressed?: ConsentRevocationProgressedResolvers<ContextType>;
  ConsentSnapshot?: ConsentSnapshotResolvers<ContextType>;
  ConsentStatusChanged?: ConsentStatusChangedResolvers<ContextType>;
  ConsentStreamItem?: ConsentStreamItemResolvers<ContextType>;
  CountryCode?: GraphQLScalarType;
  CreateUserError?: CreateUserErrorResolvers<ContextType>;
  CreateUserPayload?: CreateUserPayloadResolvers<ContextType>;
  CreateUserTokenError?: CreateUserTokenErrorResolvers<ContextType>;
  CreateUserTokenPayload?: CreateUserTokenPayloadResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DecoupledStep?: DecoupledStepResolvers<ContextType>;
  DeleteUserError?: DeleteUserErrorResolvers<ContextType>;
  DeleteUserPayload?: DeleteUserPayloadResolvers<ContextType>;
  Erasure?: ErasureResolvers<ContextType>;
  FormField?: FormFieldResolvers<ContextType>;
  FormStep?: FormStepResolvers<ContextType>;
  Institution?: InstitutionResolvers<ContextType>;
  InstitutionConnection?: InstitutionConnectionResolvers<ContextType>;
  InstitutionEdge?: InstitutionEdgeResolvers<ContextType>;
  InvalidInputError?: InvalidInputErrorResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  Node?: NodeResolvers<ContextType>;
  NotFoundError?: NotFoundErrorResolvers<ContextType>;
  OtpStep?: OtpStepResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Provider?: ProviderResolvers<ContextType>;
  ProviderCapabilities?: ProviderCapabilitiesResolvers<ContextType>;
  ProviderErasure?: ProviderErasureResolvers<ContextType>;
  ProviderError?: ProviderErrorResolvers<ContextType>;
  ProviderHealth?: ProviderHealthResolvers<ContextType>;
  ProviderLink?: ProviderLinkResolvers<ContextType>;
  ProviderProblem?: ProviderProblemResolvers<ContextType>;
  ProviderStatus?: ProviderStatusResolvers<ContextType>;
  QrFrame?: QrFrameResolvers<ContextType>;
  QrStep?: QrStepResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  RedirectStep?: RedirectStepResolvers<ContextType>;
  RenewConsentPayload?: RenewConsentPayloadResolvers<ContextType>;
  RequestError?: RequestErrorResolvers<ContextType>;
  ResendChallengeError?: ResendChallengeErrorResolvers<ContextType>;
  ResendChallengePayload?: ResendChallengePayloadResolvers<ContextType>;
  ReturnTo?: ReturnToResolvers<ContextType>;
  Revocation?: RevocationResolvers<ContextType>;
  RevokeConsentError?: RevokeConsentErrorResolvers<ContextType>;
  RevokeConsentPayload?: RevokeConsentPayloadResolvers<ContextType>;
  Sandbox?: SandboxResolvers<ContextType>;
  SandboxGuideEntry?: SandboxGuideEntryResolvers<ContextType>;
  ScaMethod?: ScaMethodResolvers<ContextType>;
  SelectMethodStep?: SelectMethodStepResolvers<ContextType>;
  SourceReport?: SourceReportResolvers<ContextType>;
  StartAuthorizationError?: StartAuthorizationErrorResolvers<ContextType>;
  StartAuthorizationPayload?: StartAuthorizationPayloadResolvers<ContextType>;
  StateConflictError?: StateConflictErrorResolvers<ContextType>;
  StepChangedError?: StepChangedErrorResolvers<ContextType>;
  StreamGap?: StreamGapResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  URL?: GraphQLScalarType;
  User?: UserResolvers<ContextType>;
  UserConnection?: UserConnectionResolvers<ContextType>;
  UserEdge?: UserEdgeResolvers<ContextType>;
  UserError?: UserErrorResolvers<ContextType>;
  Viewer?: ViewerResolvers<ContextType>;
  WebhookDelivery?: WebhookDeliveryResolvers<ContextType>;
  WebhookDeliveryConnection?: WebhookDeliveryConnectionResolvers<ContextType>;
  WebhookDeliveryEdge?: WebhookDeliveryEdgeResolvers<ContextType>;
  WebhookEndpoint?: WebhookEndpointResolvers<ContextType>;
  WebhookEndpointConnection?: WebhookEndpointConnectionResolvers<ContextType>;
  WebhookEndpointEdge?: WebhookEndpointEdgeResolvers<ContextType>;
  WebhookEndpointError?: WebhookEndpointErrorResolvers<ContextType>;
  WebhookEndpointPayload?: WebhookEndpointPayloadResolvers<ContextType>;
  WrongOtpError?: WrongOtpErrorResolvers<ContextType>;
};

export type DirectiveResolvers<ContextType = GraphContext> = {
  cacheControl?: CacheControlDirectiveResolver<any, any, ContextType>;
};

import type { CodegenConfig } from '@graphql-codegen/cli'

/** What every resolver gets. A module path as the generated file imports it, with the exported type behind `#`. */
const contextType = '../context.ts#GraphContext'

/** Schema types that resolvers receive in another shape than the schema's own: `Consent: '../../domain/consent.ts#Consent'`. */
const mappers: Readonly<Record<string, string>> = {
  User: '../../domain/store.ts#User',
  ApiClient: '../../domain/api-client.ts#ApiClient',
  Erasure: '../../domain/erasure.ts#UserErasure',
  ProviderErasure: '../../domain/erasure.ts#ProviderErasure',
  ProviderLink: '../../domain/store.ts#ProviderLink',
  Viewer: '../../domain/viewer.ts#Viewer',
  Consent: '../../domain/source.ts#ConsentView',
  SourceReport: '../../domain/source.ts#SourceReport',
  ConsentExplanation: '../../domain/store.ts#StoredObservation',
  AuthSession: '../../domain/auth-session.ts#AuthSession',
  SandboxGuideEntry: '../sandbox-directory.ts#SandboxGuide',
  Institution: '../../services/institutions.ts#ListedInstitution',
  Provider: '../../domain/provider-id.ts#ProviderId',
  ProviderCapabilities: '../../domain/provider.ts#ProviderCapabilities',
  ConsentAccounts: '../../services/accounts.ts#AccountsView',
  AuthStep: '../../domain/step.ts#AuthStep',
  RedirectStep: '../views.ts#RedirectView',
  OtpStep: '../views.ts#OtpView',
  QrStep: '../views.ts#QrView',
  QrFrame: '../../domain/step.ts#QrFrame',
  AppLaunchStep: '../views.ts#AppLaunchView',
  DecoupledStep: '../views.ts#DecoupledView',
  SelectMethodStep: '../views.ts#SelectMethodView',
  FormStep: '../views.ts#FormView',
  UserConnection: '../views.ts#UserConnectionView',
  ConsentConnection: '../views.ts#ConsentConnectionView',
  AuthSessionConnection: '../views.ts#AuthSessionConnectionView',
  ConsentEvent: '../../domain/event.ts#ConsentEvent',
  ConsentStatusChanged: '../views.ts#StatusChangedView',
  ConsentDetailsChanged: '../views.ts#DetailsChangedView',
  ConsentExpiringSoon: '../views.ts#ExpiringSoonView',
  ConsentRevocationProgressed: '../views.ts#RevocationProgressedView',
  AuthStepChanged: '../views.ts#StepChangedView',
  ConsentSnapshot: '../views.ts#SnapshotView',
  StreamGap: '../views.ts#GapView',
  UserError: '../views.ts#UserErrorView',
  InvalidInputError: '../views.ts#UserErrorView',
  NotFoundError: '../views.ts#UserErrorView',
  WrongOtpError: '../views.ts#UserErrorView',
  StepChangedError: '../views.ts#UserErrorView',
  ProviderError: '../views.ts#UserErrorView',
  StateConflictError: '../views.ts#UserErrorView',
  RequestError: '../views.ts#UserErrorView',
  CreateUserPayload: '../views.ts#MutationView',
  DeleteUserPayload: '../views.ts#MutationView',
  StartAuthorizationPayload: '../views.ts#MutationView',
  RenewConsentPayload: '../views.ts#MutationView',
  AnswerChallengePayload: '../views.ts#MutationView',
  ResendChallengePayload: '../views.ts#MutationView',
  CompleteAuthorizationPayload: '../views.ts#MutationView',
  CancelAuthorizationPayload: '../views.ts#MutationView',
  RevokeConsentPayload: '../views.ts#MutationView',
  WebhookEndpoint: '../../domain/webhook.ts#WebhookEndpoint',
  WebhookDelivery: '../../domain/webhook.ts#WebhookDelivery',
  WebhookEndpointPayload: '../views.ts#WebhookEndpointView',
}

const config: CodegenConfig = {
  schema: 'schema/*.graphql',
  importExtension: '.ts',
  generates: {
    'src/graphql/generated/resolvers.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        federation: true,
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        immutableTypes: true,
        avoidOptionals: { query: true, mutation: true, subscription: true },
        // `federation` brings `_FieldSet` with it, and `strictScalars` wants every scalar named.
        scalars: { DateTime: 'Date', URL: 'string', CountryCode: 'string', _FieldSet: 'string' },
        contextType,
        mapperTypeSuffix: 'Parent',
        mappers,
      },
    },
  },
}

export default config

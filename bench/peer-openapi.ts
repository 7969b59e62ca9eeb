/** OpenAPI descriptions of the one call of each provider that is compared, as far as it is. */
import { BENCH_TOKEN, DOUBLE_PATHS } from './double-answer.ts'

export interface OpenApiSource {
  readonly name: string
  /** Below the providers' address. */
  readonly root: string
  /** With every call. */
  readonly headers: Readonly<Record<string, string>>
  readonly description: object
}

const string = { type: 'string' }
const strings = { type: 'array', items: string }
const object = (properties: object): object => ({ type: 'object', properties })
const list = (properties: object): object => ({ type: 'array', items: object(properties) })
const at = (place: 'path' | 'query' | 'header', name: string): object => ({
  in: place,
  name,
  required: true,
  schema: string,
})

interface Described {
  readonly path: string
  readonly operationId: string
  readonly parameters: readonly object[]
  readonly schema: object
}

const describe = (title: string, { path, operationId, parameters, schema }: Described): object => ({
  openapi: '3.0.3',
  info: { title, version: '1' },
  paths: {
    [path]: {
      get: {
        operationId,
        parameters,
        responses: { 200: { description: 'OK', content: { 'application/json': { schema } } } },
      },
    },
  },
})

export const OPENAPI_SOURCES: readonly OpenApiSource[] = [
  {
    name: 'EnableBanking',
    root: DOUBLE_PATHS.enableBanking,
    headers: { authorization: `Bearer ${BENCH_TOKEN}` },
    description: describe('EnableBanking', {
      path: '/sessions/{sessionId}',
      operationId: 'enableBankingSession',
      parameters: [at('path', 'sessionId')],
      schema: object({
        status: string,
        accounts: strings,
        aspsp: object({ name: string, country: string }),
        access: object({ valid_until: string }),
        created: string,
        authorized: string,
      }),
    }),
  },
  {
    name: 'Fiskil',
    root: DOUBLE_PATHS.fiskil,
    headers: { authorization: 'Bearer a.fiskil.token', 'x-fiskil-version': 'v3' },
    description: describe('Fiskil', {
      path: '/v1/consent',
      operationId: 'fiskilConsents',
      parameters: [at('query', 'end_user_id')],
      schema: object({
        consents: list({
          arrangement_id: string,
          active: { type: 'boolean' },
          account_ids: strings,
          permissions: strings,
          created_at: string,
          expires_at: string,
        }),
      }),
    }),
  },
  {
    name: 'Insurely',
    root: DOUBLE_PATHS.insurely,
    headers: { 'authorization-token': BENCH_TOKEN, 'insurely-version': '2026-04-01' },
    description: describe('Insurely', {
      path: '/users/{userUuid}/consents',
      operationId: 'insurelyConsents',
      parameters: [at('path', 'userUuid')],
      schema: list({ consentId: string, status: string, expiresAt: string, scope: object({ accountIds: strings }) }),
    }),
  },
  {
    name: 'OpenBankProject',
    root: DOUBLE_PATHS.openBankProject,
    headers: {},
    description: describe('OpenBankProject', {
      path: '/obp/v3.1.0/banks/{bankId}/my/consents',
      operationId: 'obpConsents',
      parameters: [at('path', 'bankId'), at('header', 'directlogin')],
      schema: object({ consents: list({ consent_id: string, jwt: string, status: string }) }),
    }),
  },
]

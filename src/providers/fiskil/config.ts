import { address, oneOf, text } from '../../environment.ts'
import type { Environment, Variables } from '../../environment.ts'

export interface FiskilSettings {
  readonly baseUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** Null: webhooks are not accepted, and changes are found by asking. */
  readonly webhookSecret: string | null
  readonly apiVersion: 'v1' | 'v2' | 'v3'
}

export const FISKIL_VARIABLES = {
  FISKIL_BASE_URL: {
    format: address,
    default: 'https://api.fiskil.com',
    meaning: 'Where the API is, before `/v1`. Sandbox and production share it: the credentials decide.',
  },
  FISKIL_CLIENT_ID: {
    format: text,
    required: true,
    meaning: 'Client id from the Fiskil console.',
  },
  FISKIL_CLIENT_SECRET: {
    format: text,
    required: true,
    secret: true,
    meaning: 'Client secret from the Fiskil console.',
  },
  FISKIL_WEBHOOK_SECRET: {
    format: text,
    secret: true,
    otherwise: 'webhooks are refused; changes are found by asking',
    meaning: 'Signing secret of the webhook endpoint.',
  },
  FISKIL_API_VERSION: {
    format: oneOf('v1', 'v2', 'v3'),
    default: 'v3',
    tuning: true,
    meaning: 'Response format, sent as `X-Fiskil-Version`.',
  },
} as const satisfies Variables

/** Null where a credential is missing or malformed; `environment` then holds the faults. */
export const parseFiskilSettings = (environment: Environment): FiskilSettings | null => {
  const values = environment.read(FISKIL_VARIABLES)
  if (values.FISKIL_CLIENT_ID === null || values.FISKIL_CLIENT_SECRET === null) return null
  return {
    baseUrl: values.FISKIL_BASE_URL,
    clientId: values.FISKIL_CLIENT_ID,
    clientSecret: values.FISKIL_CLIENT_SECRET,
    webhookSecret: values.FISKIL_WEBHOOK_SECRET,
    apiVersion: values.FISKIL_API_VERSION,
  }
}

import { address, text } from '../../environment.ts'
import type { Environment, Format, Variables } from '../../environment.ts'

export interface InsurelySettings {
  readonly baseUrl: string
  readonly apiKey: string
  /** Null: webhooks are not accepted, and changes are found by asking. */
  readonly webhookSecret: string | null
  readonly version: string
}

const versionDate: Format<string> = {
  expects: 'a version date such as `2026-04-01`',
  parse: (value) => (/^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined),
}

export const INSURELY_VARIABLES = {
  INSURELY_BASE_URL: {
    format: address,
    default: 'https://api.insurely.com',
    meaning: 'Where the API is.',
  },
  INSURELY_API_KEY: {
    format: text,
    required: true,
    secret: true,
    meaning: "The customer's API key, sent as `authorization-token`.",
  },
  INSURELY_WEBHOOK_SECRET: {
    format: text,
    secret: true,
    otherwise: 'webhooks are refused; changes are found by asking',
    meaning: 'Signing secret of the webhook endpoint.',
  },
  INSURELY_VERSION: {
    format: versionDate,
    default: '2026-04-01',
    tuning: true,
    meaning: 'API version, sent as `Insurely-Version`. Without it Insurely answers in its lowest running version.',
  },
} as const satisfies Variables

/** Null where a credential is missing or malformed; `environment` then holds the faults. */
export const parseInsurelySettings = (environment: Environment): InsurelySettings | null => {
  const values = environment.read(INSURELY_VARIABLES)
  if (values.INSURELY_API_KEY === null) return null
  return {
    baseUrl: values.INSURELY_BASE_URL,
    apiKey: values.INSURELY_API_KEY,
    webhookSecret: values.INSURELY_WEBHOOK_SECRET,
    version: values.INSURELY_VERSION,
  }
}

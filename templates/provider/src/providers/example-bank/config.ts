import { address, text } from '../../environment.ts'
import type { Environment, Variables } from '../../environment.ts'

export interface ExampleBankSettings {
  readonly baseUrl: string
  readonly apiKey: string
}

export const EXAMPLE_BANK_VARIABLES = {
  EXAMPLE_BANK_BASE_URL: {
    format: address,
    default: 'https://api.example-bank.example',
    meaning: 'Where the API is.',
  },
  EXAMPLE_BANK_API_KEY: {
    format: text,
    required: true,
    secret: true,
    meaning: 'API key of the application.',
  },
} as const satisfies Variables

/** Null where a credential is missing or malformed; `environment` then holds the faults. */
export const parseExampleBankSettings = (environment: Environment): ExampleBankSettings | null => {
  const { EXAMPLE_BANK_BASE_URL: baseUrl, EXAMPLE_BANK_API_KEY: apiKey } = environment.read(EXAMPLE_BANK_VARIABLES)
  return apiKey === null ? null : { baseUrl, apiKey }
}

import { address, ConfigError, type Environment, type Format, type Variables } from './environment.ts'
import { STORE_VARIABLES } from './variables.ts'

const webhookSecret: Format<string> = {
  expects: '`whsec_` and 24 to 64 bytes in base64',
  parse: (value) => {
    const [, encoded] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value) ?? []
    const bytes = encoded === undefined ? 0 : Buffer.from(encoded, 'base64').length
    return bytes >= 24 && bytes <= 64 ? value : undefined
  },
}

/** Of commands that ask a gateway as any client does. Beside these they read `CONSENTGRAPH_API_KEY`. */
export const CLIENT_VARIABLES = {
  CONSENTGRAPH_URL: {
    format: address,
    default: 'http://127.0.0.1:4000',
    meaning: 'The gateway that `consentgraph listen` asks, as `CONSENTGRAPH_API_KEY`.',
  },
  CONSENTGRAPH_WEBHOOK_SECRET: {
    format: webhookSecret,
    secret: true,
    otherwise: 'one is made at each start and printed',
    meaning: 'Signs what `consentgraph listen --forward-to` sends.',
  },
} as const satisfies Variables

/** What a command needs that asks a gateway as any client does: nothing of the gateway's own configuration. */
export interface ClientConfig {
  /** Without a slash at its end. */
  readonly url: string
  readonly apiKey: string | null
  readonly webhookSecret: string | null
}

/** @throws ConfigError */
export const toClientConfig = (environment: Environment): ClientConfig => {
  const { CONSENTGRAPH_API_KEY } = STORE_VARIABLES
  const read = environment.read({ ...CLIENT_VARIABLES, CONSENTGRAPH_API_KEY })
  if (environment.faults.length > 0) throw new ConfigError(environment.faults)
  return {
    url: read.CONSENTGRAPH_URL,
    apiKey: read.CONSENTGRAPH_API_KEY,
    webhookSecret: read.CONSENTGRAPH_WEBHOOK_SECRET,
  }
}

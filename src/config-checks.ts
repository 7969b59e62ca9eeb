import type { Config } from './config.ts'
import type { Environment } from './environment.ts'

/** What each variable alone cannot tell. */
export const checkTogether = (environment: Environment, { deadlines, keepDays, oidc, userTokens }: Config): void => {
  if (keepDays.observations < keepDays.events) {
    const remedy = 'Lengthen it, or shorten EVENT_RETENTION_DAYS.'
    environment.fault('OBSERVATION_RETENTION_DAYS', 'is shorter than EVENT_RETENTION_DAYS', remedy)
  }
  if (oidc?.issuer === userTokens.issuer) {
    environment.fault('OIDC_ISSUER', 'is that of the tokens made here', 'Set TOKEN_ISSUER to another name.')
  }
  for (const [name, ms] of [
    ['PROVIDER_CALL_DEADLINE_MS', deadlines.providerCallMs],
    ['READ_DEADLINE_MS', deadlines.readMs],
  ] as const) {
    if (ms > deadlines.operationMs) {
      environment.fault(name, 'is longer than OPERATION_TIMEOUT_MS', 'Shorten it, or lengthen OPERATION_TIMEOUT_MS.')
    }
  }
}

/** What is convenient in development, and would be a fault for real. */
export const checkProduction = (environment: Environment, config: Config): void => {
  const { publicUrl } = config.server
  if (!environment.has('PUBLIC_URL')) {
    environment.fault('PUBLIC_URL', 'is missing', 'Set it to the https address under which the gateway is reached.')
  } else if (publicUrl?.startsWith('http:')) {
    environment.fault('PUBLIC_URL', 'must be https in production', 'Put TLS in front of the gateway.')
  }
  if (!environment.has('CONSENTGRAPH_ENCRYPTION_KEYS')) {
    const remedy = 'Set it to an id, a colon and the output of `openssl rand -base64 32`, and keep it safe.'
    environment.fault('CONSENTGRAPH_ENCRYPTION_KEYS', 'is missing', remedy)
  }
  if (!environment.has('DATABASE_URL') && !environment.has('CONSENTGRAPH_DATA_DIR')) {
    const remedy = 'Set it to a directory that is kept, by its absolute path; or set DATABASE_URL.'
    environment.fault('CONSENTGRAPH_DATA_DIR', 'is missing', remedy)
  }
  for (const name of ['CONSENTGRAPH_API_KEY', 'RETURN_TO']) {
    if (environment.has(name)) environment.fault(name, 'is for development only', 'Unset it.')
  }
  const { database } = config.store
  if (database !== null && database.tls === null && !isOnThisMachine(database.url)) {
    environment.fault('DATABASE_TLS', 'is off', 'Unset it: what is stored would cross the network unencrypted.')
  }
  for (const [name, provider] of [
    ['ENABLE_BANKING_BASE_URL', config.providers.enableBanking],
    ['FISKIL_BASE_URL', config.providers.fiskil],
    ['OBP_BASE_URL', config.providers.openBankProject],
    ['INSURELY_BASE_URL', config.providers.insurely],
  ] as const) {
    if (provider.mode === 'REAL' && isPlainOutside(provider.baseUrl)) {
      environment.fault(name, 'would send credentials unencrypted', 'Use https; plain http is for loopback only.')
    }
  }
}

const isPlainOutside = (baseUrl: string): boolean => baseUrl.startsWith('http:') && !isOnThisMachine(baseUrl)

/** By loopback, or by a socket, whose address names no host. */
export const isOnThisMachine = (url: string): boolean =>
  /^(|localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname)

import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'

/** What a client of this sandbox is configured with, beside the key that is made at each start. */
export const ENABLE_BANKING_SANDBOX_SEED = {
  applicationId: '3d1d6d5e-0000-4000-8000-000000000001',
  applicationName: 'Consentgraph sandbox',
} as const

/** PEM: PKCS #8 and SPKI. */
export interface ApplicationKeys {
  readonly privateKey: string
  readonly publicKey: string
}

let made: Promise<ApplicationKeys> | undefined

/** One pair for the life of the process: no private key is ever in a file. */
export function applicationKeys(): Promise<ApplicationKeys> {
  made ??= promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return made
}

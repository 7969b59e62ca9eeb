import { createPrivateKey } from 'node:crypto'
import { address, text } from '../../environment.ts'
import type { Environment, Format, Variables } from '../../environment.ts'

/** `privateKey` is PEM, PKCS #8. A ready `jwt` cannot be renewed: it works until its own `exp`. */
export type EnableBankingCredential =
  | { readonly kind: 'KEY'; readonly applicationId: string; readonly privateKey: string }
  | { readonly kind: 'JWT'; readonly jwt: string }

export interface EnableBankingSettings {
  readonly baseUrl: string
  readonly credential: EnableBankingCredential
}

/** RS256 takes no key below 2048 bits (RFC 7518, section 3.3). */
const rsaPrivateKey: Format<string> = {
  expects: 'an RSA private key of at least 2048 bits in PEM form (line breaks may be written as `\\n`)',
  parse: (value) => {
    try {
      const key = createPrivateKey(value.replaceAll(String.raw`\n`, '\n'))
      if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) return undefined
      return key.export({ type: 'pkcs8', format: 'pem' }).toString()
    } catch {
      // What is wrong with it could quote it; the fault says what is expected.
      return undefined
    }
  },
}

/** Only Enable Banking, or what stands in for it, reads it. */
const token: Format<string> = {
  expects: 'a token without spaces: a signed JWT in compact form',
  parse: (value) => (/^[\x21-\x7e]+$/.test(value) ? value : undefined),
}

export const ENABLE_BANKING_VARIABLES = {
  ENABLE_BANKING_BASE_URL: {
    format: address,
    default: 'https://api.enablebanking.com',
    meaning: 'Where the API is. Sandbox and production share it: the registered application decides.',
  },
  ENABLE_BANKING_APPLICATION_ID: {
    format: text,
    otherwise: 'needed, unless `ENABLE_BANKING_JWT` is set',
    meaning: 'Id of the registered application; becomes `kid`.',
  },
  ENABLE_BANKING_PRIVATE_KEY: {
    format: rsaPrivateKey,
    secret: true,
    otherwise: 'needed, unless `ENABLE_BANKING_JWT` is set',
    meaning: 'Private key whose certificate was uploaded at registration; signs the JWTs.',
  },
  ENABLE_BANKING_JWT: {
    format: token,
    secret: true,
    otherwise: 'JWTs are made with the key',
    meaning: 'A ready JWT in place of the key. It is not renewed: calls fail once it has expired.',
  },
} as const satisfies Variables

/** Null where a credential is missing or malformed; `environment` then holds the faults. */
export const parseEnableBankingSettings = (environment: Environment): EnableBankingSettings | null => {
  const values = environment.read(ENABLE_BANKING_VARIABLES)
  const credential = toCredential(environment, values.ENABLE_BANKING_JWT, {
    applicationId: values.ENABLE_BANKING_APPLICATION_ID,
    privateKey: values.ENABLE_BANKING_PRIVATE_KEY,
  })
  return credential && { baseUrl: values.ENABLE_BANKING_BASE_URL, credential }
}

const toCredential = (
  environment: Environment,
  jwt: string | null,
  { applicationId, privateKey }: { readonly applicationId: string | null; readonly privateKey: string | null },
): EnableBankingCredential | null => {
  if (environment.has('ENABLE_BANKING_JWT')) {
    if (environment.has('ENABLE_BANKING_PRIVATE_KEY')) {
      environment.fault('ENABLE_BANKING_JWT', 'is set, and so is ENABLE_BANKING_PRIVATE_KEY', 'Keep one of the two.')
    }
    return jwt === null ? null : { kind: 'JWT', jwt }
  }
  for (const name of ['ENABLE_BANKING_APPLICATION_ID', 'ENABLE_BANKING_PRIVATE_KEY'] as const) {
    if (!environment.has(name)) {
      const { expects } = ENABLE_BANKING_VARIABLES[name].format
      environment.fault(name, 'is missing', `Set it (${expects}), or set ENABLE_BANKING_JWT instead.`)
    }
  }
  return applicationId === null || privateKey === null ? null : { kind: 'KEY', applicationId, privateKey }
}

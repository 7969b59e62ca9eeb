import { X509Certificate } from 'node:crypto'
import { address, text, wholeNumber } from '../../environment.ts'
import type { Environment, Format, Variables } from '../../environment.ts'

export interface OpenBankProjectSettings {
  /** The host's root, before `/obp/<version>` and `/my/logins/direct`. */
  readonly baseUrl: string
  readonly username: string
  readonly password: string
  readonly consumerKey: string
  /** Null leaves the choice to the server, which may name a consumer that is not the calling one. */
  readonly consumerId: string | null
  /** Longest life of a consent, in seconds: the server's own maximum cannot be read at v3.1.0. */
  readonly maxTtlSeconds: number
  /** PEM; sent as `PSD2-CERT`. */
  readonly psd2Cert: string | null
}

/**
 * One of the comma-separated values of the DirectLogin header, which may be quoted: how a comma, a quote or a letter beyond
 * ASCII would be written in one is not documented, and a wrong guess costs one of the six bad logins that lock the user.
 */
const loginWord: Format<string> = {
  expects: 'ASCII text on one line without comma and double quote, which the DirectLogin header cannot carry',
  parse: (value) => (/^[\x20-\x7e]+$/.test(value) && !/[,"]/.test(value) ? value : undefined),
}

const certificate: Format<string> = {
  expects: 'an X.509 certificate in PEM form (line breaks may be written as `\\n`)',
  parse: (value) => {
    try {
      return new X509Certificate(value.replaceAll(String.raw`\n`, '\n')).toString().trim()
    } catch {
      // What is wrong with it could quote it; the fault says what is expected.
      return undefined
    }
  },
}

export const OPEN_BANK_PROJECT_VARIABLES = {
  OBP_BASE_URL: {
    format: address,
    required: true,
    meaning: "The installation's address, before `/obp/<version>`, e.g. `https://apisandbox.openbankproject.com`.",
  },
  OBP_USERNAME: {
    format: loginWord,
    required: true,
    meaning: 'The OBP user that logs in (DirectLogin).',
  },
  OBP_PASSWORD: {
    format: loginWord,
    required: true,
    secret: true,
    meaning: "That user's password.",
  },
  OBP_CONSUMER_KEY: {
    format: loginWord,
    required: true,
    secret: true,
    meaning: 'Key of the registered consumer, for DirectLogin and as `Consumer-Key`.',
  },
  OBP_CONSUMER_ID: {
    format: text,
    otherwise:
      'the server picks one: servers of 2024 the first that the user ever made, so that accounts may not be readable (OBP-35015)',
    meaning: 'Id of that consumer: the one that may use the consents. Best set.',
  },
  OBP_PSD2_CERT: {
    format: certificate,
    otherwise: 'not sent',
    meaning: "The consumer's certificate, sent as `PSD2-CERT` where no mTLS proxy sets it.",
  },
  OBP_MAX_TTL_SECONDS: {
    format: wholeNumber(60, 31_536_000),
    default: '3600',
    unit: 'seconds',
    tuning: true,
    meaning: "Longest life of a consent: the server's prop `consents.max_time_to_live`.",
  },
} as const satisfies Variables

/** Null where a credential is missing or malformed; `environment` then holds the faults. */
export const parseOpenBankProjectSettings = (environment: Environment): OpenBankProjectSettings | null => {
  const values = environment.read(OPEN_BANK_PROJECT_VARIABLES)
  const { OBP_BASE_URL: baseUrl, OBP_USERNAME: username, OBP_PASSWORD: password } = values
  const consumerKey = values.OBP_CONSUMER_KEY
  if (baseUrl === null || username === null || password === null || consumerKey === null) return null
  return {
    baseUrl,
    username,
    password,
    consumerKey,
    consumerId: values.OBP_CONSUMER_ID,
    maxTtlSeconds: values.OBP_MAX_TTL_SECONDS,
    psd2Cert: values.OBP_PSD2_CERT,
  }
}

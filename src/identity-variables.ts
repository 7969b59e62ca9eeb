import { text, type Format, type Variables } from './environment.ts'

/** RFC 7519: an address, or a plain word. */
const name: Format<string> = {
  expects: 'a name without spaces',
  parse: (value) => (/^[\x21-\x7e]{1,255}$/.test(value) ? value : undefined),
}

export const TOKEN_VARIABLES = {
  TOKEN_ISSUER: {
    format: name,
    otherwise: '`PUBLIC_URL`; without that, in development, `consentgraph`',
    meaning: 'The issuer (`iss`) of the user tokens made here; others are refused.',
  },
  TOKEN_AUDIENCE: {
    format: name,
    default: 'consentgraph',
    meaning: 'The audience (`aud`) of the user tokens made here; others are refused.',
  },
} as const satisfies Variables

/** Kept as it is written: with or without a slash at its end, it must be what stands in the tokens. */
const issuerAddress: Format<string> = {
  expects: 'an `https` address, or an `http` one on loopback, without credentials, query and fragment',
  parse: (value) => {
    const url = URL.parse(value)
    if (url === null || url.username || url.password || /[?#\s]/.test(value)) return undefined
    const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
    return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback) ? value : undefined
  },
}

const apiClient: Format<`cli_${string}`> = {
  expects: "an API client's id, `cli_...`",
  parse: (value) => (/^cli_[\w-]{1,508}$/.test(value) ? (value as `cli_${string}`) : undefined),
}

export const OIDC_VARIABLES = {
  OIDC_ISSUER: {
    format: issuerAddress,
    required: true,
    otherwise: 'no tokens but those made here are taken; needed with the others',
    meaning:
      'An OpenID Connect issuer whose tokens are taken as user tokens: `iss`, to the letter. It is asked for its keys at `/.well-known/openid-configuration`.',
  },
  OIDC_AUDIENCE: {
    format: name,
    required: true,
    otherwise: 'needed with `OIDC_ISSUER`',
    meaning: "What must be among a token's `aud`: the issuer's name for this API.",
  },
  OIDC_API_CLIENT: {
    format: apiClient,
    required: true,
    otherwise: 'needed with `OIDC_ISSUER`',
    meaning: 'The API client whose users the persons of these tokens are.',
  },
  OIDC_USER_CLAIM: {
    format: text,
    default: 'sub',
    meaning: "The claim that holds the user's `externalId`. `email` counts only with `email_verified`.",
  },
  OIDC_SCOPE_CLAIM: {
    format: text,
    otherwise: 'each token has them all',
    meaning: 'The claim that says which scopes of a user token it has: words with spaces between, or a list.',
  },
} as const satisfies Variables

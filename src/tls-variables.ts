import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Environment, Format, Variable, Variables } from './environment.ts'
import { certificates } from './variables.ts'

/** For mutual TLS with a provider, and for one behind an authority of its own. PEM. */
export interface ProviderTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

const privateKey: Format<string> = {
  expects: 'a private key in PEM, not encrypted (line breaks may be written as `\\n`)',
  parse: (value) => {
    const pem = value.replaceAll(String.raw`\n`, '\n')
    try {
      createPrivateKey(pem)
      return pem
    } catch {
      // What is wrong with it could quote it; the fault says what is expected.
      return undefined
    }
  },
}

const CA: Variable<string> = {
  format: certificates,
  otherwise: 'the authorities that Node trusts',
  meaning: "Who may have signed the provider's certificate, and nobody else.",
}
const CERT: Variable<string> = {
  format: certificates,
  otherwise: 'none is shown',
  meaning: 'Certificate shown to the provider (mutual TLS), such as a QWAC, with those between it and its authority.',
}
const KEY: Variable<string> = {
  format: privateKey,
  secret: true,
  otherwise: 'none',
  meaning: 'Key of that certificate.',
}

/** By the beginning of the names; each also as `..._FILE`. */
export const tlsVariables = (prefix: string): Variables => ({
  [`${prefix}_TLS_CA`]: CA,
  [`${prefix}_TLS_CERT`]: CERT,
  [`${prefix}_TLS_KEY`]: KEY,
})

const isPair = (cert: string, key: string): boolean => {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    // Not a certificate after all.
    return false
  }
}

/** Null: what Node has by itself, and no certificate shown. */
export const readProviderTls = (environment: Environment, prefix: string): ProviderTls | null => {
  const [caName, certName, keyName] = [`${prefix}_TLS_CA`, `${prefix}_TLS_CERT`, `${prefix}_TLS_KEY`]
  const values = environment.read({ [caName]: CA, [certName]: CERT, [keyName]: KEY })
  const [ca, cert, key] = [values[caName] ?? null, values[certName] ?? null, values[keyName] ?? null]
  for (const [name, other] of [
    [certName, keyName],
    [keyName, certName],
  ] as const) {
    if (environment.has(name) && !environment.has(other)) {
      environment.fault(name, `is set without ${other}`, 'Set both, or neither.')
    }
  }
  if (cert !== null && key !== null && !isPair(cert, key)) {
    environment.fault(
      keyName,
      `is not the key of the first certificate in ${certName}`,
      'Set the two that belong together.',
    )
  }
  if (ca === null && cert === null) return null
  return { ...(ca !== null && { ca }), ...(cert !== null && { cert }), ...(key !== null && { key }) }
}

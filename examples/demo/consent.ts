import { failOn, type UserError, USER_ERRORS } from './failure.ts'
import type { Gateway } from './gateway.ts'

const READ = `query {
  me {
    consents(maxAgeSeconds: 0) {
      nodes {
        id
        status
        expiresAt
        provider { id displayName }
        providerStatus { raw }
        accounts { nodes { name } }
        source { outcome }
        revocation { state }
      }
    }
  }
}`

const REVOKE = `mutation ($input: RevokeConsentInput!) { revokeConsent(input: $input) { ${USER_ERRORS} } }`

export interface Consent {
  readonly id: string
  readonly status: string
  readonly expiresAt: string | null
  readonly provider: { readonly id: string; readonly displayName: string }
  readonly providerStatus: { readonly raw: string | null } | null
  readonly accounts: { readonly nodes: readonly { readonly name: string | null }[] }
  readonly source: { readonly outcome: string }
  readonly revocation: { readonly state: string } | null
}

/** All consents of the person, each provider asked anew. */
export const readConsents = async (gateway: Gateway): Promise<readonly Consent[]> =>
  (await gateway.ask<{ me: { consents: { nodes: readonly Consent[] } } }>(READ)).me.consents.nodes

/** In one line: in our word, in theirs, until when, and what it opens. */
export const describeConsent = ({ status, providerStatus, expiresAt, accounts, source, provider }: Consent): string => {
  const raw = providerStatus?.raw ?? 'nothing'
  const until = expiresAt === null ? 'without a known end' : `until ${expiresAt.slice(0, 16)}Z`
  const opened = accounts.nodes.length === 0 ? 'no accounts named' : `${accounts.nodes.length} accounts`
  return `${source.outcome}: ${status}, "${raw}" in the words of ${provider.displayName}, ${until}, ${opened}`
}

export const revokeConsent = async (gateway: Gateway, consentId: string): Promise<void> => {
  const { revokeConsent: payload } = await gateway.ask<{ revokeConsent: { userErrors: readonly UserError[] } }>(
    REVOKE,
    { input: { consentId } },
  )
  failOn(payload.userErrors)
}

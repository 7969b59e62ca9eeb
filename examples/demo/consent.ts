import { DemoFailure, failOn, USER_ERRORS, type UserError } from './failure.ts'
import type { Stage } from './flow.ts'

const READ = `query ($id: ID!) {
  consent(id: $id) {
    status
    expiresAt
    providerStatus { raw }
    accounts { nodes { name kind } }
    provider { displayName }
  }
}`

const REVOKE = `mutation ($input: RevokeConsentInput!) { revokeConsent(input: $input) { ${USER_ERRORS} } }`

interface Consent {
  readonly status: string
  readonly expiresAt: string | null
  readonly providerStatus: { readonly raw: string | null } | null
  readonly accounts: { readonly nodes: readonly { readonly name: string | null; readonly kind: string | null }[] }
  readonly provider: { readonly displayName: string }
}

export const showConsent = async ({ gateway, screen }: Stage, id: string): Promise<void> => {
  const { consent } = await gateway.ask<{ consent: Consent | null }>(READ, { id })
  if (consent === null) throw new DemoFailure('NOT_FOUND', 'The consent is gone.', 'Read what the gateway logs.')
  const { status, providerStatus, expiresAt, accounts, provider } = consent
  screen.result(`${status} here, ${providerStatus?.raw ?? 'nothing'} in the words of ${provider.displayName}`)
  screen.result(expiresAt === null ? 'without a known end' : `until ${expiresAt}`)
  for (const { name, kind } of accounts.nodes) screen.result(`account: ${name ?? 'without a name'} (${kind ?? '?'})`)
}

export const revokeConsent = async ({ gateway }: Stage, consentId: string): Promise<void> => {
  const { revokeConsent: payload } = await gateway.ask<{ revokeConsent: { userErrors: readonly UserError[] } }>(
    REVOKE,
    { input: { consentId } },
  )
  failOn(payload.userErrors)
}

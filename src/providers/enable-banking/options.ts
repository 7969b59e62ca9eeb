import { z } from 'zod'
import type { Secrets } from '../../domain/consent.ts'
import { invalidInput } from '../../domain/errors.ts'
import { OPTIONS_PATH } from './faults.ts'

const options = z.strictObject({
  authMethod: z.string().trim().min(1).max(255).nullish(),
  credentials: z
    .array(z.strictObject({ name: z.string().min(1).max(255), value: z.string().max(4096) }))
    .max(50)
    .nullish(),
  credentialsAutosubmit: z.boolean().nullish(),
})

/** `providerOptions.enableBanking`, by the names of the wire; what was not given is absent. Credentials are never stored. */
export interface EnableBankingOptions {
  readonly auth_method?: string
  readonly credentials?: Readonly<Record<string, string>>
  readonly credentials_autosubmit?: boolean
}

/** @throws GatewayError INVALID_INPUT that names the first member that does not fit, never its value */
export const parseOptions = (given: Secrets | null): EnableBankingOptions => {
  const parsed = options.safeParse(given ?? {})
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalidInput(issue?.message ?? 'Not valid.', ...OPTIONS_PATH, ...(issue?.path ?? []).map(String))
  }
  const { authMethod, credentials, credentialsAutosubmit } = parsed.data
  if (credentials != null && authMethod == null) {
    throw invalidInput('Credentials belong to a method: name it, too.', ...OPTIONS_PATH, 'authMethod')
  }
  const names = new Set(credentials?.map(({ name }) => name))
  if (credentials != null && names.size < credentials.length) {
    throw invalidInput('A credential is named twice.', ...OPTIONS_PATH, 'credentials')
  }
  return {
    ...(authMethod != null && { auth_method: authMethod }),
    ...(credentials != null && {
      credentials: Object.fromEntries(credentials.map(({ name, value }) => [name, value])),
    }),
    ...(credentialsAutosubmit != null && { credentials_autosubmit: credentialsAutosubmit }),
  }
}

import { type InstitutionId, isId } from './ids.ts'
import { isProviderId, type ProviderId } from './provider-id.ts'
import { isStorable } from './text.ts'

export interface InstitutionName {
  readonly provider: ProviderId
  /** Unique within the provider. */
  readonly ref: string
}

/** The id carries its name, so that any replica understands it without having listed anything. Opaque to clients. */
export const toInstitutionId = ({ provider, ref }: InstitutionName): InstitutionId =>
  `ins_${Buffer.from(`${provider}\n${ref}`).toString('base64url')}`

/** Null for what cannot be one of our ids. */
export const parseInstitutionId = (id: string): InstitutionName | null => {
  if (!isId('ins', id)) return null
  const text = Buffer.from(id.slice('ins_'.length), 'base64url').toString()
  const split = text.indexOf('\n')
  const provider = text.slice(0, split)
  const ref = text.slice(split + 1)
  if (split < 0 || ref === '' || !isStorable(ref) || !isProviderId(provider)) return null
  return toInstitutionId({ provider, ref }) === id ? { provider, ref } : null
}

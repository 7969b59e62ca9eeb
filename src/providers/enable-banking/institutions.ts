import type { ProviderInstitution, PsuContext } from '../../domain/provider.ts'
import { toPsuField } from './psu.ts'
import type { Aspsp, AspspName } from './wire.ts'

/** There is no id: name and country together are the key. `SE:Mock ASPSP` */
export const toRef = ({ name, country }: AspspName): string => `${country}:${name}`

/** Null for what `toRef` cannot have made. */
export const parseRef = (ref: string): AspspName | null => {
  const [, country, name] = /^([A-Z]{2}):(.+)$/s.exec(ref) ?? []
  return country === undefined || name === undefined ? null : { name, country }
}

const PSU_TYPES: Readonly<Record<string, PsuContext['type']>> = { personal: 'PERSONAL', business: 'BUSINESS' }

const toLogoUrl = (logo: string | null | undefined): string | null => {
  const url = URL.parse(logo ?? '')
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : null
}

const toInstitution = (aspsp: Aspsp): ProviderInstitution => ({
  ref: toRef(aspsp),
  name: aspsp.name,
  country: aspsp.country,
  logoUrl: toLogoUrl(aspsp.logo),
  psuTypes: aspsp.psu_types?.flatMap((type) => PSU_TYPES[type.toLowerCase()] ?? []) ?? Object.values(PSU_TYPES),
  // Decoupled and embedded methods run on Enable Banking's own page, too.
  steps: ['REDIRECT'],
  maxConsentSeconds: aspsp.maximum_consent_validity ?? null,
  requiredPsuFields: (aspsp.required_psu_headers ?? []).flatMap((header) => toPsuField(header) ?? []),
  available: true,
})

/** What Enable Banking lists twice under one name and country is one institution: the first. */
export const toInstitutions = (aspsps: readonly Aspsp[]): readonly ProviderInstitution[] => {
  const byRef = new Map<string, ProviderInstitution>()
  for (const aspsp of aspsps) {
    const institution = toInstitution(aspsp)
    if (!byRef.has(institution.ref)) byRef.set(institution.ref, institution)
  }
  return [...byRef.values()]
}

export type ProviderId = 'ENABLE_BANKING' | 'FISKIL' | 'OPEN_BANK_PROJECT' | 'INSURELY'

export const PROVIDER_IDS = [
  'ENABLE_BANKING',
  'FISKIL',
  'OPEN_BANK_PROJECT',
  'INSURELY',
] as const satisfies readonly ProviderId[]

export const isProviderId = (value: string): value is ProviderId => (PROVIDER_IDS as readonly string[]).includes(value)

/** What the end of a sandbox institution's id makes it do; each simulator documents how, in its own dialect. */
export const institutionSuffixes = ['slow', '429', '5xx', 'weird-status', 'expires-soon', 'accepted'] as const

export type InstitutionSuffix = (typeof institutionSuffixes)[number]

/** `sandbox.otp-slow` -> `slow`; null for an institution that behaves. */
export function institutionSuffix(institutionRef: string): InstitutionSuffix | null {
  return institutionSuffixes.find((suffix) => institutionRef.endsWith(`-${suffix}`)) ?? null
}

/** One line of the page of magic values. */
export interface SandboxGuideEntry {
  readonly institutionRef: string
  readonly title: string
  readonly tryThis: string
  readonly expect: string
}

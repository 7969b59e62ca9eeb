const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `90s`, `30m`, `24h`, `7d` or `0`; null for anything else. */
export const parseDuration = (text: string): number | null => {
  if (text === '0') return 0
  const [, digits = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const unitMs = UNITS[unit]
  return unitMs === undefined ? null : Number(digits) * unitMs
}

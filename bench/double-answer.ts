import type { IncomingHttpHeaders } from 'node:http'

export interface DoubleRequest {
  readonly method: string
  /** From the provider's own root on, with its query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}

export interface DoubleAnswer {
  readonly status: number
  readonly body: Buffer
  /** About one person: such calls are what a workload makes, and what can be slow. */
  readonly counts: boolean
}

/** Null for what it does not know. */
export type ProviderDouble = (request: DoubleRequest) => DoubleAnswer | null

export const toAnswer = (value: unknown, status = 200): DoubleAnswer => ({
  status,
  body: Buffer.from(JSON.stringify(value)),
  counts: false,
})

/** A call about one person. */
export const toCounted = (value: unknown): DoubleAnswer => ({ ...toAnswer(value), counts: true })

/** Where each provider's own root is, below the double's address. */
export const DOUBLE_PATHS = {
  enableBanking: '/enable-banking',
  fiskil: '/fiskil',
  insurely: '/insurely',
  openBankProject: '/open-bank-project',
} as const

/** As many institutions as each provider has. */
export const INSTITUTIONS = 64

const DAY_MS = 86_400_000
export const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString()

/** What cannot be told from a real hash by its length. */
export const toHash = (text: string): string => Buffer.from(text.repeat(4)).toString('hex').padEnd(64, '0').slice(0, 64)

/** By which the doubles know who calls; they take any. */
export const BENCH_TOKEN = 'a.bench.token'

/** The login of a person at Open Bank Project, where what is listed is listed by login. */
export const obpTokenOf = (userId: string): string => `psu.${userId.replace('_', '.')}`

import { pino, type DestinationStream, type Logger } from 'pino'
import { GatewayError } from './domain/errors.ts'
import type { Report } from './services/context.ts'

/**
 * What may be logged, by name. Everything else is dropped: paths that redact were seen to miss deep keys, texts of errors
 * and codes inside addresses.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  'attempt',
  'code',
  'consentId',
  'durationMs',
  'httpStatus',
  'job',
  'left',
  'mode',
  'moved',
  'operation',
  'outcome',
  'port',
  'provider',
  'reason',
  'requestId',
  'sessionId',
  'signal',
  'status',
  'subject',
  'transport',
  'version',
])
const MAX_TEXT = 200
const MAX_CAUSES = 5

type Facts = Readonly<Record<string, unknown>>

const isLoggable = (value: unknown): value is string | number | boolean | null =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

const allowed = (facts: Facts): Facts => {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(facts)) {
    if (ALLOWED.has(name) && isLoggable(value))
      kept[name] = typeof value === 'string' ? value.slice(0, MAX_TEXT) : value
  }
  return kept
}

/** Where an error came from, never what it says: texts of errors quote what was being handled. */
const describeError = (error: unknown): Facts[] => {
  const described: Facts[] = []
  for (let cause = error; cause instanceof Error && described.length < MAX_CAUSES; cause = cause.cause) {
    const code: unknown = cause instanceof GatewayError ? cause.code : 'code' in cause ? cause.code : null
    described.push({
      name: cause.name,
      code: typeof code === 'string' ? code.slice(0, MAX_TEXT) : null,
      at: (cause.stack ?? '')
        .split('\n')
        .flatMap((line) => /^\s+at (.*)$/.exec(line)?.[1] ?? [])
        .slice(0, 8),
    })
  }
  return described
}

export interface Log {
  readonly report: Report
  info(event: string, facts?: Facts): void
}

/** One JSON object a line. `event` is a fixed word; the rest is the allow-list's. */
export const createLog = (level: string, destination?: DestinationStream): Log => {
  const options = { level, base: null, messageKey: 'event', timestamp: () => `,"at":"${new Date().toISOString()}"` }
  const logger: Logger = destination === undefined ? pino(options, pino.destination(2)) : pino(options, destination)
  return {
    info: (event, facts = {}) => logger.info(allowed(facts), event),
    report: (event, facts, error) => {
      const errors = error === undefined ? {} : { errors: describeError(error) }
      logger.warn({ ...allowed(facts), ...errors }, event)
    },
  }
}

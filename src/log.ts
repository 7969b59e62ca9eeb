import { pino, type DestinationStream, type Logger } from 'pino'
import { GatewayError } from './domain/errors.ts'
import { currentCause } from './services/audit/cause.ts'
import type { Report, ReportedFact } from './services/context.ts'

type LogFact = ReportedFact | 'left' | 'moved' | 'signal'

/**
 * What may be logged, by name. Everything else is dropped: paths that redact were seen to miss deep keys, texts of errors
 * and codes inside addresses.
 */
const ALLOWED: Readonly<Record<LogFact, true>> = {
  attempts: true,
  code: true,
  consentId: true,
  forgotten: true,
  job: true,
  kinds: true,
  left: true,
  moved: true,
  provider: true,
  requestId: true,
  rows: true,
  sessionId: true,
  signal: true,
  subject: true,
  userId: true,
  webhookEndpointId: true,
  what: true,
}
const MAX_TEXT = 200
const MAX_CAUSES = 5
const MAX_FRAMES = 8

type Facts = Readonly<Partial<Record<LogFact, string | number | boolean | null>>>

const isLoggable = (value: unknown): value is string | number | boolean | null =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

/** Looked at again as it runs: what is passed on with `...` has no excess that the compiler would see. */
const allowed = (facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(facts)) {
    if (Object.hasOwn(ALLOWED, name) && isLoggable(value))
      kept[name] = typeof value === 'string' ? value.slice(0, MAX_TEXT) : value
  }
  return kept
}

/** What is done for a request says for which, also where nobody passed its id down. */
const ofRequest = (): Readonly<Record<string, unknown>> => {
  const { requestId } = currentCause()
  return requestId === null ? {} : { requestId }
}

/** The frames behind the message; what the message itself says may look like one, as a stack trace from elsewhere does. */
const framesOf = ({ stack = '', message }: Error): readonly string[] => {
  const begin = stack.indexOf(message)
  // A message that was changed since leaves nothing to tell the two apart by.
  if (begin === -1) return []
  const lines = stack.slice(begin + message.length).split('\n')
  return lines.flatMap((line) => /^\s+at (.*)$/.exec(line)?.[1] ?? []).slice(0, MAX_FRAMES)
}

/** Where an error came from, never what it says: texts of errors quote what was being handled. */
const describeError = (error: unknown): readonly object[] => {
  const described: object[] = []
  for (let cause = error; cause instanceof Error && described.length < MAX_CAUSES; cause = cause.cause) {
    const code: unknown = cause instanceof GatewayError ? cause.code : 'code' in cause ? cause.code : null
    described.push({
      name: cause.name,
      code: typeof code === 'string' ? code.slice(0, MAX_TEXT) : null,
      at: framesOf(cause),
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
    info: (event, facts = {}) => logger.info({ ...ofRequest(), ...allowed(facts) }, event),
    report: (event, facts, error) => {
      const errors = error === undefined ? {} : { errors: describeError(error) }
      logger.warn({ ...ofRequest(), ...allowed(facts), ...errors }, event)
    },
  }
}

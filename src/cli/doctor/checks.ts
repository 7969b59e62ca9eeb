import { setTimeout as pause } from 'node:timers/promises'
import { GatewayError } from '../../domain/errors.ts'
import { fault, type Finding } from './finding.ts'

export interface Check {
  readonly subject: string
  /** What it throws is a finding, too. Lets go of everything once the signal says so. */
  run(signal: AbortSignal): Promise<readonly Finding[]>
}

/** The first code in the chain of causes; texts of errors may quote what was being handled. */
export const codeOf = (error: unknown): string => {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && !(cause instanceof GatewayError)) return cause.code
  }
  return error instanceof Error ? error.name : 'unknown'
}

const describeThrown = (subject: string, error: unknown): Finding =>
  error instanceof GatewayError
    ? fault(subject, error.message, 'Mend that, then ask again.')
    : fault(subject, `could not be looked at (${codeOf(error)}).`, 'Mend that, then ask again.')

const runCheck = async ({ subject, run }: Check, deadlineMs: number): Promise<readonly Finding[]> => {
  const over = new AbortController()
  const inTime = new AbortController()
  const late = async (): Promise<readonly Finding[]> => {
    await pause(deadlineMs, undefined, { signal: inTime.signal })
    const finding = `gave no answer within ${deadlineMs / 1000} seconds.`
    return [fault(subject, finding, 'Look at the machine and the network between.')]
  }
  try {
    return await Promise.race([run(over.signal), late()])
  } catch (error) {
    return [describeThrown(subject, error)]
  } finally {
    inTime.abort()
    over.abort()
  }
}

/** All at once, each with a deadline of its own: one that hangs holds up no other. In the order of the checks. */
export const runChecks = async (checks: readonly Check[], deadlineMs: number): Promise<readonly Finding[]> =>
  (await Promise.all(checks.map((check) => runCheck(check, deadlineMs)))).flat()

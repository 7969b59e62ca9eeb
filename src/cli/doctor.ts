import { ConfigError } from '../environment.ts'
import type { AddCommand, CommandContext } from './context.ts'
import { toTable } from './table.ts'

export interface Finding {
  readonly verdict: 'OK' | 'WARN' | 'FAIL'
  readonly subject: string
  /** What was found and, where it is not OK, what to do. Never a value of the configuration that may be secret. */
  readonly finding: string
}

const checkConfiguration = (context: CommandContext): readonly Finding[] => {
  try {
    const { environment } = context.config()
    return [{ verdict: 'OK', subject: 'configuration', finding: `can be used, for ${environment}` }]
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.map(({ variable, problem, remedy }) => ({
      verdict: 'FAIL',
      subject: variable,
      finding: `${problem}. ${remedy}`,
    }))
  }
}

/** Looks at what a gateway with this environment would meet; changes nothing. */
export const addDoctor: AddCommand = (program, context) => {
  program
    .command('doctor')
    .description('checks the configuration, and says what to do')
    .action(() => {
      const findings = checkConfiguration(context)
      const rows = findings.map(({ verdict, subject, finding }) => [verdict, subject, finding])
      context.answer(toTable(['', 'WHAT', 'FINDING'], rows), { findings })
      if (findings.some(({ verdict }) => verdict === 'FAIL')) context.fail()
    })
}

import { type Config, CONFIGURATION, examineConfig } from '../config.ts'
import type { ConfigFault } from '../environment.ts'
import { openSurroundings, type Surroundings } from '../surroundings.ts'
import type { AddCommand } from './context.ts'
import { issuerCheck, publicUrlCheck } from './doctor/addresses.ts'
import { type Check, runChecks } from './doctor/checks.ts'
import { directoryCheck } from './doctor/directory.ts'
import { fault, fine, type Finding, warning } from './doctor/finding.ts'
import { portCheck } from './doctor/port.ts'
import { nodeCheck, operationsCheck } from './doctor/process.ts'
import { providerCheck } from './doctor/providers.ts'
import { storeCheck } from './doctor/store.ts'
import { toTable } from './table.ts'

/** Longer than any single thing that a check waits for. */
const DEADLINE_MS = 8_000

interface Planned {
  readonly checks: readonly Check[]
  /** Whether a fault of this variable makes the checks look at something else than what is meant. */
  reads(variable: string): boolean
}

const named =
  (pattern: RegExp): Planned['reads'] =>
  (variable) =>
    pattern.test(variable)

const STORE_VARIABLES = named(/^(CONSENTGRAPH_DATA_DIR|CONSENTGRAPH_ENCRYPTION_KEYS|DATABASE_)/)

/** Those of the section that has its name. */
const providerVariables = (displayName: string): Planned['reads'] => {
  const section = CONFIGURATION.find(({ title }) => title === displayName)
  return (variable) => Object.hasOwn(section?.variables ?? {}, variable)
}

const plan = (config: Config, surroundings: Surroundings, reach: boolean): readonly Planned[] => [
  { checks: [nodeCheck], reads: () => false },
  { checks: directoryCheck(config), reads: STORE_VARIABLES },
  { checks: [storeCheck(config)], reads: STORE_VARIABLES },
  ...surroundings.providers.map((provider) => ({
    checks: [providerCheck(provider)],
    reads: providerVariables(provider.descriptor.displayName),
  })),
  { checks: [publicUrlCheck(config, surroundings, reach)], reads: named(/^PUBLIC_URL/) },
  { checks: issuerCheck(config, surroundings), reads: named(/^OIDC_/) },
  { checks: [operationsCheck(config)], reads: named(/^(PERSISTED_|GRAPHQL_)/) },
  { checks: [portCheck(config, surroundings)], reads: named(/^(HOST|PORT)/) },
]

const describeConfiguration = (faults: readonly ConfigFault[], { environment }: Config): readonly Finding[] =>
  faults.length === 0
    ? [fine('configuration', `can be used, for ${environment}.`)]
    : faults.map(({ variable, problem, remedy }) => fault(variable, `${problem}.`, remedy))

const examine = async (reach: boolean): Promise<readonly Finding[]> => {
  const { config, faults } = examineConfig()
  await using surroundings = openSurroundings(config)
  const planned = plan(config, surroundings, reach)
  const isClear = ({ reads }: Planned): boolean => !faults.some(({ variable }) => variable.split(', ').some(reads))
  const unclear = planned.filter((one) => !isClear(one)).flatMap(({ checks }) => checks.map(({ subject }) => subject))
  return [
    ...describeConfiguration(faults, config),
    ...(await runChecks(
      planned.filter(isClear).flatMap(({ checks }) => checks),
      DEADLINE_MS,
    )),
    ...unclear.map((subject) => warning(subject, 'was not looked at.', 'Correct the configuration first.')),
  ]
}

/** Looks at what a gateway with this environment would meet; changes nothing, also beside one that runs. */
export const addDoctor: AddCommand = (program, context) => {
  program
    .command('doctor')
    .description('looks at everything a gateway needs, and says what to do')
    .option('--reach', 'ask PUBLIC_URL from here, too')
    .action(async ({ reach = false }: { readonly reach?: boolean }) => {
      const findings = await examine(reach)
      const rows = findings.map(({ verdict, subject, finding, remedy }) => [
        verdict,
        subject,
        remedy === null ? finding : `${finding} ${remedy}`,
      ])
      context.answer(toTable(['', 'WHAT', 'FINDING'], rows), { findings })
      if (findings.some(({ verdict }) => verdict === 'FAIL')) context.fail()
    })
}

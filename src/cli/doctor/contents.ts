import type { Config } from '../../config.ts'
import { type ApiClient, isScope } from '../../domain/api-client.ts'
import type { KeyReading, StoreContents, StoreReading } from '../../store/inspection/reading.ts'
import { fault, fine, type Finding, warning } from './finding.ts'

/** Events are dated by the process that writes them; replicas differ by less. */
const FUTURE_MS = 60_000

const quoted = (ids: readonly string[]): string => ids.map((id) => `"${id}"`).join(', ')

const count = (things: readonly unknown[], one: string): string =>
  `${things.length} ${one}${things.length === 1 ? '' : 's'}`

/** What the values in the store need of `CONSENTGRAPH_ENCRYPTION_KEYS`. */
export const describeKeys = ({ missing, wrong, unproven }: KeyReading): readonly Finding[] => {
  const subject = 'encryption keys'
  return [
    ...missing.map((id) =>
      fault(
        subject,
        `the store holds what key "${id}" sealed, and it is not among those that are set.`,
        'Put it back behind the others, and run `consentgraph keys rewrap` before you take it out.',
      ),
    ),
    ...wrong.map((id) =>
      fault(subject, `key "${id}" is not the one of this id that sealed in this store.`, 'Restore it.'),
    ),
    ...(unproven.length > 0
      ? [
          warning(
            subject,
            `whether ${quoted(unproven)} sealed in this store cannot be told without opening what is in it.`,
            'Run `consentgraph keys rewrap`.',
          ),
        ]
      : []),
    ...(missing.length + wrong.length + unproven.length === 0 ? [fine(subject, 'those that the store needs.')] : []),
  ]
}

const describeTables = ({ pending, unknown, isEmpty, movedTo }: StoreReading): Finding => {
  const subject = 'tables'
  if (movedTo !== null) {
    return fault(subject, `they were moved to PostgreSQL at ${movedTo}.`, 'Set DATABASE_URL: these only are what was.')
  }
  if (unknown.length > 0) {
    const finding = `a later version made them: ${unknown.join(', ')} are not known here.`
    return fault(subject, finding, 'Run the version that made them, or a later one.')
  }
  if (isEmpty) return fine(subject, 'there are none yet: the first start makes them.')
  if (pending.length > 0) {
    const finding = `they are of an earlier version: ${pending.join(', ')} are to be done.`
    return warning(subject, finding, 'Start the gateway: it does so by itself. Make a backup before.')
  }
  return fine(subject, 'up to date.')
}

const describeClients = (clients: readonly ApiClient[], { environment, oidc }: Config): readonly Finding[] => {
  const subject = 'API clients'
  const production = environment === 'production'
  const enabled = clients.filter(
    ({ id, disabledAt }) => disabledAt === null && !(production && id === 'cli_development'),
  )
  const findings: Finding[] = []
  if (enabled.length === 0 && production) {
    const remedy = 'Make one: `consentgraph client create --name <name>`.'
    findings.push(warning(subject, 'there is none that is enabled: nobody can call the gateway.', remedy))
  }
  if (oidc !== null && !enabled.some(({ id }) => id === oidc.apiClient)) {
    const finding = `${oidc.apiClient}, whose users the persons of OIDC tokens are, is disabled or not there.`
    findings.push(fault(subject, finding, 'Correct OIDC_API_CLIENT, or enable it: those tokens are refused.'))
  }
  for (const { id, returnTo, scopes } of enabled) {
    if (returnTo.length === 0 && scopes.includes('authorizations:write')) {
      const finding = `${id} has no return address: after a bank's page, people can only be sent to a popup's end.`
      findings.push(warning(subject, finding, `Run \`consentgraph client update ${id} --return-to <url>\`.`))
    }
    const plain = returnTo.filter((address) => address.startsWith('http:'))
    if (production && plain.length > 0) {
      const finding = `${id} has return addresses of the person's own machine: ${plain.join(', ')}.`
      findings.push(warning(subject, finding, `Run \`consentgraph client update ${id}\` without them.`))
    }
    if (!scopes.some(isScope)) {
      const finding = `${id} has no scope, so that it may do nothing.`
      findings.push(warning(subject, finding, `Run \`consentgraph client update ${id} --scope <scope>\`.`))
    }
  }
  return findings.length > 0 ? findings : [fine(subject, `${count(enabled, 'client')} enabled.`)]
}

const describeEndpoints = ({ disabledEndpoints }: StoreContents): Finding => {
  const subject = 'webhook endpoints'
  if (disabledEndpoints.length === 0) return fine(subject, 'none is switched off.')
  const named = disabledEndpoints.slice(0, 5).map(({ id, clientId }) => `${id} of ${clientId}`)
  const others = disabledEndpoints.length > named.length ? ' and others' : ''
  const remedy = 'Their clients get no events: `updateWebhookEndpoint` switches one on again.'
  return warning(subject, `switched off: ${named.join(', ')}${others}.`, remedy)
}

const describeClock = ({ newestEventAt }: StoreContents): readonly Finding[] => {
  const aheadMs = (newestEventAt?.getTime() ?? 0) - Date.now()
  if (aheadMs < FUTURE_MS) return []
  const finding = `the newest event is dated ${Math.round(aheadMs / 1000)} seconds after now.`
  return [fault('clock', finding, 'Set the clock of this machine, or of the one that wrote it, by NTP.')]
}

/** What any engine holds. */
export const describeReading = (reading: StoreReading, config: Config): readonly Finding[] => [
  describeTables(reading),
  ...(reading.keys === null ? [] : describeKeys(reading.keys)),
  ...(reading.contents === null
    ? []
    : [
        ...describeClients(reading.contents.clients, config),
        describeEndpoints(reading.contents),
        ...describeClock(reading.contents),
      ]),
]

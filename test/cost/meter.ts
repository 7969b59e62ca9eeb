/**
 * Loaded into a gateway with `node --import`, before it: counts what each request that names itself costs. Nothing of the gateway
 * knows of it. It looks on where Node and the libraries can be looked at, and `observed.ts` stands in for four files.
 */
import { subscribe } from 'node:diagnostics_channel'
import { type IncomingMessage, Server, type ServerResponse } from 'node:http'
import { createRequire, registerHooks } from 'node:module'
import { createServer } from 'node:net'
import { isMainThread } from 'node:worker_threads'
import { count, countFor, type Counts, type Ledger, newLedger } from './ledger.ts'

/** By which a request says what it is counted as. */
export const NAME_HEADER = 'x-counted-as'

export interface Account {
  /** By name, in the order in which they came. */
  readonly requests: Readonly<Record<string, readonly Counts[]>>
  /** What events cost until now, whoever they were sent to. */
  readonly events: Counts
}

const OBSERVED = new URL('observed.ts', import.meta.url).href
const IN_PLACE_OF: ReadonlySet<string> = new Set(
  ['graphql/pipeline/execute.ts', 'graphql/pipeline/plan.ts', 'store/embedded/engine.ts', 'store/sealing.ts'].map(
    (file) => new URL(`../../src/${file}`, import.meta.url).href,
  ),
)

const observeFiles = (): void => {
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      return IN_PLACE_OF.has(resolved.url) && context.parentURL !== OBSERVED ? { ...resolved, url: OBSERVED } : resolved
    },
  })
}

/** Whoever calls them: before anybody has imported the package, its functions are properties that can be replaced. */
const observeGraphql = (): void => {
  const require = createRequire(import.meta.url)
  const replace = (file: string, name: 'parse' | 'validate', what: 'parses' | 'validations'): void => {
    const exported = require(file) as Record<string, (...given: never[]) => unknown>
    const original = exported[name]
    if (original === undefined) throw new Error(`${file} has no ${name}`)
    exported[name] = (...given) => {
      count(what)
      return original(...given)
    }
  }
  replace('graphql/language/parser.js', 'parse', 'parses')
  replace('graphql/validation/validate.js', 'validate', 'validations')
}

const requests = new Map<string, Ledger[]>()

const observeRequests = (): void => {
  // oxlint-disable-next-line unbound-method -- called with its own server below
  const { emit } = Server.prototype
  Server.prototype.emit = function observedEmit(this: Server, event: string, ...given: readonly unknown[]): boolean {
    const send = (): boolean => Reflect.apply(emit, this, [event, ...given]) as boolean
    if (event !== 'request') return send()
    const [request, response] = given as readonly [IncomingMessage, ServerResponse]
    const name = request.headers[NAME_HEADER]
    if (typeof name !== 'string') return send()
    const ledger = newLedger()
    requests.set(name, [...(requests.get(name) ?? []), ledger])
    // oxlint-disable-next-line unbound-method -- called with its own response below
    const { end } = response
    response.end = function observedEnd(this: ServerResponse, ...rest: readonly unknown[]): ServerResponse {
      ledger.closed = true
      return Reflect.apply(end, this, rest) as ServerResponse
    } as ServerResponse['end']
    return countFor(ledger, send)
  } as typeof emit
}

const observeResults = async (): Promise<void> => {
  const { ofEvents, results } = await import('./observed.ts')
  const { stringify } = JSON
  JSON.stringify = ((...given: Parameters<typeof stringify>): string => {
    const data: unknown = (given[0] as { readonly data?: unknown } | null | undefined)?.data
    const made = typeof data === 'object' && data !== null ? results.get(data) : undefined
    if (made === 'EVENT') countFor(ofEvents, () => count('serializations'))
    if (made === 'ANSWER') count('serializations')
    return stringify(...given)
  }) as typeof stringify
}

const accountFor = async (path: string): Promise<void> => {
  const { ofEvents } = await import('./observed.ts')
  createServer((socket) => {
    const account: Account = {
      requests: Object.fromEntries([...requests].map(([name, all]) => [name, all.map(({ counts }) => counts)])),
      events: ofEvents.counts,
    }
    socket.end(JSON.stringify(account))
  })
    .listen(path)
    .unref()
}

const { COUNTS_SOCKET } = process.env
if (isMainThread && COUNTS_SOCKET !== undefined) {
  observeFiles()
  observeGraphql()
  observeRequests()
  subscribe('undici:request:create', () => count('upstream calls'))
  await observeResults()
  await accountFor(COUNTS_SOCKET)
}

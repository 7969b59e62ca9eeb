import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LiveClient, openLiveClient } from './live-client.ts'
import { connectSandbox, type SandboxControl } from './sandbox-control.ts'

export interface GraphqlError {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions: { readonly code: string; readonly requestId: string } & Readonly<Record<string, unknown>>
}

/** An answer as it came over HTTP. */
export interface Answer<Data = unknown> {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly data: Data | null | undefined
  readonly errors: readonly GraphqlError[]
}

export interface AskOptions {
  /** API key or user token. Default: the API key; null: no credential at all. */
  readonly as?: string | null
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
}

export interface GatewayOptions {
  /** Default: one of its own, removed in the end. */
  readonly dataDir?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Asking {
  /** The data of an operation without errors. */
  graphql<Data>(query: string, variables?: object, options?: AskOptions): Promise<Data>
  /** Any answer, errors included. */
  ask<Data>(query: string, variables?: object, options?: AskOptions): Promise<Answer<Data>>
}

/** The real process, asked from outside. Disposal kills it. */
export interface GatewayProcess extends Asking, AsyncDisposable {
  readonly url: string
  readonly pid: number
  readonly apiKey: string
  /** Of the user `demo-user`. */
  readonly userToken: string
  readonly dataDir: string
  /** What it wrote on stdout and stderr so far. */
  readonly printed: { readonly out: string; readonly log: string }
  live(credential?: string | null): LiveClient
  /** Null where no simulator runs in the process. */
  sandbox(): Promise<SandboxControl>
  /** Sends the signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<Exit>
  /** Stops it with the signal, and starts another on the same data. The stopped one must not be used any more. */
  restart(signal: NodeJS.Signals, env?: Readonly<Record<string, string>>): Promise<GatewayProcess>
}

const ROOT = join(import.meta.dirname, '../..')
const START_DEADLINE_MS = 20_000

/** Starts the process with nothing of this one's environment but the path. */
export const spawnGateway = (dataDir: string, env: Readonly<Record<string, string>> = {}): ChildProcess =>
  spawn(join(ROOT, 'node_modules/.bin/node'), [join(ROOT, 'src/main.js')], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], PORT: '0', CONSENTGRAPH_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** What a stream says, as it grows. */
const collect = (stream: NodeJS.ReadableStream | null, onText: (all: string) => void): void => {
  let all = ''
  stream?.setEncoding('utf8').on('data', (text: string) => {
    all += text
    onText(all)
  })
}

const hasExited = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

export const exitOf = async (child: ChildProcess): Promise<Exit> => {
  if (!hasExited(child)) await once(child, 'exit')
  return { code: child.exitCode, signal: child.signalCode }
}

/** Resolves once everything that is printed at a start is there. */
export const untilPrinted = (child: ChildProcess, printed: { out: string; log: string }, last: RegExp): Promise<void> =>
  new Promise((resolve, reject) => {
    const deadline = setTimeout(() => child.kill('SIGKILL'), START_DEADLINE_MS)
    collect(child.stderr, (all) => (printed.log = all))
    collect(child.stdout, (all) => {
      printed.out = all
      if (!last.test(all)) return
      clearTimeout(deadline)
      resolve()
    })
    child.once('close', () => {
      clearTimeout(deadline)
      reject(new Error(`the gateway did not start:\n${printed.out}${printed.log}`))
    })
  })

const find = (pattern: RegExp, text: string): string => {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`the gateway printed nothing like ${pattern}:\n${text}`)
  return found
}

/** @param credential shown where an operation names none */
export const createAsking = (url: string, credential: string | null): Asking => {
  const ask = async <Data>(query: string, variables: object = {}, options: AskOptions = {}): Promise<Answer<Data>> => {
    const { as = credential, signal, headers } = options
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(as !== null && { authorization: `Bearer ${as}` }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
      signal: signal ?? AbortSignal.timeout(30_000),
    })
    const text = await response.text()
    const body = JSON.parse(text) as { data?: Data | null; errors?: readonly GraphqlError[] }
    return { status: response.status, headers: response.headers, text, data: body.data, errors: body.errors ?? [] }
  }
  return {
    ask,
    graphql: async <Data>(query: string, variables: object = {}, options: AskOptions = {}) => {
      const answer = await ask<Data>(query, variables, options)
      if (answer.errors.length > 0 || answer.data == null) throw new Error(answer.text)
      return answer.data
    },
  }
}

export const startGateway = async ({ dataDir: given, env }: GatewayOptions = {}): Promise<GatewayProcess> => {
  const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'consentgraph-e2e-')))
  const child = spawnGateway(dataDir, env)
  const printed = { out: '', log: '' }
  await untilPrinted(child, printed, /Ctrl-C stops it/)
  const url = find(/GraphQL\s+(http\S+)\/graphql/, printed.out)
  const apiKey = find(/API key\s+(\S+)/, printed.out)
  const live = new Set<LiveClient>()

  const stop = async (signal: NodeJS.Signals): Promise<Exit> => {
    child.kill(signal)
    return await exitOf(child)
  }

  let kept = given !== undefined
  const dispose = async (): Promise<void> => {
    await Promise.all([...live].map((client) => client[Symbol.asyncDispose]()))
    await stop('SIGKILL')
    if (!kept) await rm(dataDir, { recursive: true, force: true })
  }

  const gateway: GatewayProcess = {
    url,
    pid: child.pid ?? 0,
    apiKey,
    userToken: find(/User token\s+(\S+)/, printed.out),
    dataDir,
    printed,
    ...createAsking(url, apiKey),
    live: (credential = apiKey) => {
      const client = openLiveClient(url, credential)
      live.add(client)
      return client
    },
    sandbox: async () => {
      const { sandbox } = await gateway.graphql<{ sandbox: { inboxUrl: string } }>('{ sandbox { inboxUrl } }')
      return connectSandbox(new URL(sandbox.inboxUrl).origin)
    },
    stop,
    restart: async (signal, changed) => {
      await Promise.all([...live].map((client) => client[Symbol.asyncDispose]()))
      await stop(signal)
      const next = await startGateway({ dataDir, env: { ...env, ...changed } })
      if (given !== undefined) return next
      // The directory goes with the last one.
      kept = true
      return {
        ...next,
        [Symbol.asyncDispose]: async () => {
          await next[Symbol.asyncDispose]()
          await rm(dataDir, { recursive: true, force: true })
        },
      }
    },
    [Symbol.asyncDispose]: dispose,
  }
  return gateway
}

import { randomBytes } from 'node:crypto'
import { temporaryDirectory } from '../store/directory.ts'
import { type Asking, createAsking, type Exit, spawnGateway, untilPrinted, exitOf } from './gateway-process.ts'
import { type LiveClient, openLiveClient } from './live-client.ts'

/** A gateway as it runs for real: no sandbox, no client of its own. */
export interface ProductionGateway extends Asking, AsyncDisposable {
  readonly url: string
  readonly printed: { readonly out: string; readonly log: string }
  live(credential: string): LiveClient
  stop(signal: NodeJS.Signals): Promise<Exit>
}

/** All that production asks for. Nobody listens where the provider should be. */
export const productionEnv = (dataDir: string): Readonly<Record<string, string>> => ({
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://consent.example',
  HOST: '127.0.0.1',
  CONSENTGRAPH_DATA_DIR: dataDir,
  CONSENTGRAPH_ENCRYPTION_KEYS: `a:${randomBytes(32).toString('base64')}`,
  INSURELY_BASE_URL: 'http://127.0.0.1:9',
  INSURELY_API_KEY: 'insurely-key-canary',
})

export const startProduction = async (env: Readonly<Record<string, string>>): Promise<ProductionGateway> => {
  const child = spawnGateway(env['CONSENTGRAPH_DATA_DIR'] ?? '', env)
  const printed = { out: '', log: '' }
  await untilPrinted(child, printed, /WebSocket .+\n[\s\S]*\n$/)
  const url = /GraphQL\s+(http\S+)\/graphql/.exec(printed.out)?.[1] ?? ''
  const live = new Set<LiveClient>()
  const stop = (signal: NodeJS.Signals): Promise<Exit> => {
    child.kill(signal)
    return exitOf(child)
  }
  return {
    url,
    printed,
    ...createAsking(url, null),
    live: (credential) => {
      const client = openLiveClient(url, credential)
      live.add(client)
      return client
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...live].map((client) => client[Symbol.asyncDispose]()))
      await stop('SIGKILL')
    },
  }
}

export interface Production extends AsyncDisposable {
  readonly gateway: ProductionGateway
  readonly env: Readonly<Record<string, string>>
}

/** With a data directory of its own, removed in the end. */
export const openProduction = async (): Promise<Production> => {
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await temporaryDirectory())
  const env = productionEnv(directory.path)
  const gateway = stack.use(await startProduction(env))
  const kept = stack.move()
  return { gateway, env, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

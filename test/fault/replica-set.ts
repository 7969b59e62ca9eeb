import { randomBytes } from 'node:crypto'
import { type Exit, type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { createSealer } from '../../src/store/sealing.ts'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import type { Store } from '../../src/domain/store.ts'
import { openOwnBank, type OwnBank } from '../e2e/own-bank.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { type PostgresServer, startPostgres } from '../store/postgres-server.ts'
import { storeOptions } from '../store/postgres-store.ts'
import { type Balancer, startBalancer } from './balancer.ts'

/** Real gateways on one PostgreSQL, one bank and one address: all that a deployment has but its machines. */
export interface ReplicaSet extends AsyncDisposable {
  readonly postgres: PostgresServer
  readonly databaseUrl: string
  readonly bank: OwnBank
  readonly balancer: Balancer
  readonly apiKey: string
  /** Those that run now. */
  readonly gateways: readonly GatewayProcess[]
  /** One more. */
  add(): Promise<GatewayProcess>
  /** Stops one with the signal, and starts another in its place; how the first ended. */
  replace(index: number, signal: NodeJS.Signals): Promise<Exit>
  /** A store of the test's own, beside the gateways'. Closed with the set. */
  openStore(): Promise<Store>
}

export const API_KEY = 'cg_dev_replica_set'

export interface ReplicaSetOptions {
  readonly count: number
  readonly env?: Readonly<Record<string, string>>
  /** Of PostgreSQL. */
  readonly settings?: readonly string[]
}

export const openReplicaSet = async ({ count, env = {}, settings }: ReplicaSetOptions): Promise<ReplicaSet> => {
  await using stack = new AsyncDisposableStack()
  const postgres = stack.use(await startPostgres(settings))
  const databaseUrl = await postgres.createDatabase()
  const bank = stack.use(await openOwnBank(stack.use(await temporaryDirectory()).path))
  const key = randomBytes(32)
  const options = {
    env: {
      DATABASE_URL: databaseUrl,
      CONSENTGRAPH_ENCRYPTION_KEYS: `test:${key.toString('base64')}`,
      CONSENTGRAPH_API_KEY: API_KEY,
      ENABLE_BANKING_ENABLED: 'false',
      FISKIL_ENABLED: 'false',
      INSURELY_ENABLED: 'false',
      // One person here does the work of many.
      RATE_LIMIT_USER_STARTS: '0',
      RATE_LIMIT_USER_ANSWERS: '0',
      ...bank.env,
      ...env,
    },
  }
  const gateways: GatewayProcess[] = []
  stack.defer(async () => {
    await Promise.all(gateways.map((gateway) => gateway[Symbol.asyncDispose]()))
  })
  // One after the other: the first makes the tables.
  for (let started = 0; started < count; started += 1) gateways.push(await startGateway(options))
  const urls = (): readonly string[] => gateways.map(({ url }) => url)
  const balancer = stack.use(await startBalancer(urls()))
  const opened = stack.move()
  return {
    postgres,
    databaseUrl,
    bank,
    balancer,
    apiKey: API_KEY,
    gateways,
    add: async () => {
      const gateway = await startGateway(options)
      gateways.push(gateway)
      balancer.use(urls())
      return gateway
    },
    replace: async (index, signal) => {
      const old = gateways[index]!
      const exit = await old.stop(signal)
      await old[Symbol.asyncDispose]()
      gateways[index] = await startGateway(options)
      balancer.use(urls())
      return exit
    },
    openStore: async () => {
      const sealer = createSealer([{ id: 'test', key }])
      return opened.adopt(await openPostgresStore({ ...storeOptions(databaseUrl), sealer }), (store) => store.close())
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

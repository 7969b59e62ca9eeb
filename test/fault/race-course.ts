import { createEnableBankingSandbox } from '../../src/sandbox/enable-banking/server.ts'
import type { ObpSandbox } from '../../src/sandbox/open-bank-project/server.ts'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { openOwnBank } from '../e2e/own-bank.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { hasPostgres } from '../store/postgres-server.ts'
import { RATE_LIMITS } from './high-limits.ts'
import { openReplicaSet } from './replica-set.ts'

type EnableBankingSandbox = Awaited<ReturnType<typeof createEnableBankingSandbox>>

/** Gateways that refuse nobody for being many, and two banks that outlive them: their ledgers are the witnesses. */
export interface RaceCourse extends AsyncDisposable {
  /** Those that run now: one with a store of its own, or several on one. */
  readonly gateways: readonly GatewayProcess[]
  /** By a code. */
  readonly bank: ObpSandbox
  /** By a redirect. */
  readonly redirecting: EnableBankingSandbox
  /** Kills one, and starts another in its place. */
  kill(index: number): Promise<void>
}

export const RETURN_TO = 'https://app.example/back'
const REPLICAS = 3

const envOf = ({ url, credential }: EnableBankingSandbox): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(RATE_LIMITS.map((name) => [`RATE_LIMIT_${name}`, '0'])),
  OVERLOAD_DELAY_MS: '0',
  PROVIDER_CALL_DEADLINE_MS: '4000',
  RETURN_TO,
  ENABLE_BANKING_ENABLED: 'true',
  ENABLE_BANKING_BASE_URL: url,
  ENABLE_BANKING_APPLICATION_ID: credential.applicationId,
  ENABLE_BANKING_PRIVATE_KEY: credential.privateKey,
  FISKIL_ENABLED: 'false',
  INSURELY_ENABLED: 'false',
})

const openEmbedded = async (redirecting: EnableBankingSandbox): Promise<Omit<RaceCourse, 'redirecting'>> => {
  await using stack = new AsyncDisposableStack()
  const directory = stack.use(await temporaryDirectory())
  const bank = stack.use(await openOwnBank(directory.path))
  const options = { dataDir: `${directory.path}/data`, env: { ...bank.env, ...envOf(redirecting) } }
  const gateways = [await startGateway(options)]
  stack.defer(() => gateways[0]![Symbol.asyncDispose]())
  const opened = stack.move()
  return {
    gateways,
    bank: bank.sandbox,
    kill: async () => {
      await gateways[0]!.stop('SIGKILL')
      gateways[0] = await startGateway(options)
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

const openReplicas = async (redirecting: EnableBankingSandbox): Promise<Omit<RaceCourse, 'redirecting'>> => {
  const set = await openReplicaSet({ count: REPLICAS, env: envOf(redirecting) })
  return {
    gateways: set.gateways,
    bank: set.bank.sandbox,
    kill: async (index) => {
      await set.replace(index, 'SIGKILL')
    },
    [Symbol.asyncDispose]: () => set[Symbol.asyncDispose](),
  }
}

const openCourse = async (open: typeof openEmbedded): Promise<RaceCourse> => {
  await using stack = new AsyncDisposableStack()
  const redirecting = await createEnableBankingSandbox()
  stack.defer(() => redirecting.close())
  const course = stack.use(await open(redirecting))
  for (const { url } of course.gateways) redirecting.allowRedirect(`${url}/callback/enableBanking`)
  const opened = stack.move()
  return { ...course, redirecting, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

export const COURSES: readonly { readonly name: string; readonly open: () => Promise<RaceCourse> }[] = [
  { name: 'one gateway, embedded store', open: () => openCourse(openEmbedded) },
  ...(hasPostgres ? [{ name: `${REPLICAS} replicas, one PostgreSQL`, open: () => openCourse(openReplicas) }] : []),
]

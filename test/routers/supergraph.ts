import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ExtraClient, registerClients } from '../e2e/api-clients.ts'
import { type Asking, createAsking, type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { argumentsOf } from './example.ts'
import { NODE, ROOT, startProgram } from './program.ts'
import { type Statements, statementsIn } from './statements.ts'

export interface Subgraph extends Asking {
  readonly name: string
  readonly url: string
}

export interface Composed {
  readonly supergraph: string
  /** `LEVEL CODE: message` */
  readonly hints: readonly string[]
}

/** The gateway and the two subgraphs of the example, each a process of its own. */
export interface Subgraphs extends AsyncDisposable {
  readonly gateway: GatewayProcess
  readonly accounts: Subgraph
  readonly backOffice: Subgraph
  /** Of the gateway. */
  readonly statements: Statements
  /** Runs the composition of the example over all of them, and more. Default: its scopes are kept. */
  compose(authorization?: Authorization, more?: readonly string[]): Promise<Composed>
  /** The supergraph in a file, for a router. */
  supergraphFile(authorization: Authorization): Promise<string>
}

/** Whether directives of authorization are in the supergraph. */
export type Authorization = 'KEPT' | 'DROPPED'

/** Where the README has the gateway, the accounts and the back office. */
const PORTS: readonly string[] = ['4000', '4001', '4002']

const run = promisify(execFile)

const startSubgraph = async (name: string): Promise<Subgraph & AsyncDisposable> => {
  const program = await startProgram(
    argumentsOf(`${name}.ts`),
    { PORT: '0' },
    new RegExp(String.raw`^${name} (http\S+)/$`, 'm'),
  )
  return {
    name,
    url: program.said,
    ...createAsking(program.said, null),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  }
}

/** @param clients API clients of the gateway, beside that of the development */
export const startSubgraphs = async (clients: readonly ExtraClient[] = []): Promise<Subgraphs> => {
  await using started = new AsyncDisposableStack()
  const directory = started.use(await temporaryDirectory())
  const statements = statementsIn(directory.path)
  const dataDir = join(directory.path, 'gateway')
  await mkdir(dataDir)
  if (clients.length > 0) await registerClients(dataDir, clients)
  const [gateway, accounts, backOffice] = await Promise.all([
    startGateway({ dataDir, env: statements.env }).then((process) => started.use(process)),
    startSubgraph('accounts').then((process) => started.use(process)),
    startSubgraph('back-office').then((process) => started.use(process)),
  ])
  const urls = new Map([gateway, accounts, backOffice].map(({ url }, index) => [PORTS[index], new URL(url).port]))

  const compose: Subgraphs['compose'] = async (authorization = 'KEPT', more = []) => {
    const option = authorization === 'KEPT' ? 'compose.ts consentgraph' : 'compose.ts --without-authorization'
    const args = argumentsOf(option).map((argument) =>
      argument.replace(/:(400\d)\//, (_, port: string) => `:${urls.get(port)}/`),
    )
    const { stdout, stderr } = await run(NODE, [...args, ...more], { cwd: ROOT, maxBuffer: 16_777_216 })
    return { supergraph: stdout, hints: stderr.split('\n').filter((line) => line !== '') }
  }
  const owned = started.move()
  return {
    gateway,
    accounts,
    backOffice,
    statements,
    compose,
    supergraphFile: async (authorization) => {
      // One for each router: some look after theirs, and would read it while it is written anew.
      const file = join(directory.path, `supergraph-${randomUUID()}.graphql`)
      await writeFile(file, (await compose(authorization)).supergraph)
      return file
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

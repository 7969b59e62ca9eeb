import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { argumentsOf } from './example.ts'
import { type Program, startProgram } from './program.ts'
import type { Subgraphs } from './supergraph.ts'

export interface Router extends AsyncDisposable {
  readonly url: string
  readonly program: Program
}

/** `@apollo/gateway`, by the program of the example. */
export const startApolloGateway = async (subgraphs: Subgraphs): Promise<Router> => {
  const program = await startProgram(
    argumentsOf('apollo-gateway.mjs'),
    { PORT: '0', SUPERGRAPH: await subgraphs.supergraphFile('DROPPED') },
    /^Apollo Gateway (http\S+)\/$/m,
  )
  return { url: program.said, program, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() }
}

/** Below those that a system gives out by itself: nobody else is given it before the router has taken it. */
const PORTS = { from: 10_000, to: 30_000 }

/** Hive Gateway prints the port that it was told, so 0 will not do. */
const freePort = async (): Promise<string> => {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return String(port)
  }
}

/** Hive Gateway, by its own command and the configuration of the example. */
export const startHiveGateway = async (
  subgraphs: Subgraphs,
  env: Readonly<Record<string, string>> = {},
): Promise<Router> => {
  const port = await freePort()
  const program = await startProgram(
    argumentsOf('bin/hive-gateway'),
    { PORT: port, SUPERGRAPH: await subgraphs.supergraphFile('KEPT'), NO_COLOR: '1', ...env },
    /Listening on (http:\/\/[\d.:]+)/,
  )
  return { url: program.said, program, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() }
}

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Child, startChild } from './child.ts'
import { OPENAPI_SOURCES } from './peer-openapi.ts'
import { APOLLO_QUERIES, HIVE_QUERIES, type PeerQueries } from './peer-requests.ts'
import type { Server } from './request-stand.ts'

/** What the gateway is compared with. */
export interface Peer {
  readonly name: string
  /** Of its GraphQL endpoint. */
  readonly path: string
  readonly queries: PeerQueries
  /** @param directory for what it needs on disk */
  start(providerUrl: string, directory: string): Promise<Server>
}

const FOLDER = 'bench/peers'
export const PEERS_FOLDER = join(import.meta.dirname, 'peers')
const INSTALL_MS = 10 * 60_000
const COMPOSE_MS = 60_000
const NODE_ENV = 'production'

/** What `npm ci` leaves behind when it is through. */
const INSTALLED = 'node_modules/.package-lock.json'

/** Whether each package is there in the version that is locked. */
export const isInstalled = (folder: string): boolean => {
  const done = join(folder, INSTALLED)
  if (!existsSync(done)) return false
  const versionsIn = (file: string): ReadonlyMap<string, string> => {
    const { packages } = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>
    }
    const wanted = Object.entries(packages).filter(([path, { optional }]) => path !== '' && optional !== true)
    return new Map(wanted.map(([path, { version = '' }]) => [path, version]))
  }
  const there = versionsIn(done)
  return [...versionsIn(join(folder, 'package-lock.json'))].every(([path, version]) => there.get(path) === version)
}

/**
 * Installs the peers where they are not. What is wrong, as text; null where they are there.
 *
 * @param folder with a package.json and a lock file
 */
export const installPeers = (folder: string, say: (text: string) => void): string | null => {
  if (isInstalled(folder)) return null
  say('The peers are installed; that takes a minute.')
  const { status, stderr, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: INSTALL_MS,
  })
  if (status === 0) return null
  const reason = error?.message ?? stderr.split('\n').find((line) => /npm error \S/.test(line))
  return `\`npm ci\` in ${folder} failed: ${reason ?? `it ended with ${status}`}`
}

const waitUntilItListens = async (child: Child): Promise<number> => {
  const { stdout } = child.process
  if (stdout === null) throw new Error('a peer has no output')
  for await (const line of createInterface({ input: stdout })) {
    const port = /Listening on http:\/\/[^/]+:(\d+)/.exec(line)?.[1]
    if (port === undefined) continue
    // Read on, so that a full pipe does not stop it.
    stdout.resume()
    return Number(port)
  }
  throw new Error(`${child.process.spawnargs.join(' ')} ended before it listened`)
}

const startPeer = async (path: string, args: readonly string[]): Promise<Server> => {
  const child = startChild(path, { args, env: { NODE_ENV }, place: 'SERVER', channel: false })
  try {
    return { ...child, port: await waitUntilItListens(child) }
  } catch (error) {
    await child[Symbol.asyncDispose]()
    throw error
  }
}

/** Hive Gateway does not say which port it was given: it is given one that was free just now. */
const findFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** From the providers' OpenAPI descriptions, by Mesh Compose. */
const composeSupergraph = async (providerUrl: string, directory: string): Promise<string> => {
  const sources = await Promise.all(
    OPENAPI_SOURCES.map(async ({ name, root, headers, description }) => {
      const source = join(directory, `${name}.json`)
      await writeFile(source, JSON.stringify(description))
      const operationHeaders = { ...headers, 'x-request-id': "{context.headers['x-request-id']}" }
      return { name, source, endpoint: providerUrl + root, operationHeaders }
    }),
  )
  const supergraph = join(directory, 'supergraph.graphql')
  const mesh = join(PEERS_FOLDER, 'node_modules/@graphql-mesh/compose-cli/esm/bin.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [mesh, '-c', 'mesh.config.js', '-o', supergraph], {
    cwd: PEERS_FOLDER,
    env: { PATH: process.env['PATH'], SOURCES: JSON.stringify(sources) },
    encoding: 'utf8',
    timeout: COMPOSE_MS,
  })
  if (status !== 0) throw new Error(`the supergraph could not be composed:\n${stdout}${stderr}`)
  return supergraph
}

export const PEERS: readonly Peer[] = [
  {
    name: 'Apollo Server',
    path: '/',
    queries: APOLLO_QUERIES,
    start: (providerUrl) => startPeer(join(FOLDER, 'apollo-server.ts'), [providerUrl]),
  },
  {
    name: 'Hive Gateway',
    path: '/graphql',
    queries: HIVE_QUERIES,
    start: async (providerUrl, directory) => {
      const supergraph = await composeSupergraph(providerUrl, directory)
      const port = String(await findFreePort())
      const args = ['supergraph', supergraph, '--host', '127.0.0.1', '--port', port]
      return await startPeer(join(FOLDER, 'node_modules/@graphql-hive/gateway/dist/bin.js'), args)
    },
  },
  {
    // No peer, but what all of them could be at most.
    name: 'a bare handler',
    path: '/',
    queries: { one: '', four: '' },
    start: (providerUrl) => startPeer('bench/peer-handler.ts', [providerUrl]),
  },
]

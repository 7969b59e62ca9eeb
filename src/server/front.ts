import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, createServer as createProbe, type Server as Probe, type Socket } from 'node:net'
import { platform } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'

/** One address, before which connections wait in several lines. */
export interface Front {
  /** Port 0 takes a free one. */
  listen(port: number, host: string): Promise<{ readonly port: number }>
  /** Takes no more connections; resolves when the last has ended. */
  close(): Promise<void>
  closeIdleConnections(): void
  closeAllConnections(): void
}

export interface FrontOptions {
  /** One of several equal servers. */
  readonly create: () => Server
  /** Over all of them; one more is cut. */
  readonly maxConnections: number
}

/** Connections that wait to be taken: with fewer, a crowd that comes at once waits for its packets to be sent again. */
const BACKLOG = 4_096
/**
 * The loop takes one connection from each line in a turn. From few, everybody who comes back after another replica has
 * gone would wait for hundreds of busy turns, and the probes of health behind them: with 32, one of a hundred of a crowd of 2,000 hears after
 * half a second that there is no place.
 */
const LINES = 64

/** Elsewhere one line is all there is. */
const SHARES = platform === 'linux'
/** Another process that begins at the same port is waited for so long. */
const PATIENCE_MS = 5_000
const LOOK_AGAIN_MS = 5

/** Several may share an address only where all agree to, and then nobody is told that another process has it already. */
const refuseTaken = async (port: number, host: string): Promise<void> => {
  const probe = createProbe().listen({ port, host, exclusive: true })
  await once(probe, 'listening')
  await close(probe)
}

const close = async (probe: Probe): Promise<void> => {
  probe.close()
  await once(probe, 'close')
}

const isTaken = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EADDRINUSE'

/**
 * Among all processes that could share a port, one at a time looks whether it is taken and takes it: of two that did so at the
 * same moment, both would find it free. An abstract socket (unix(7)) is where ports are, in the network namespace, and goes
 * with its process.
 *
 * @throws EADDRINUSE where another has begun and does not end
 */
const beginAt = async (port: number): Promise<AsyncDisposable> => {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const claim = createProbe()
    try {
      claim.listen({ path: `\0consentgraph listens at ${port}`, exclusive: true })
      await once(claim, 'listening')
      return { [Symbol.asyncDispose]: () => close(claim) }
    } catch (error) {
      if (!isTaken(error) || performance.now() > until) throw error
    }
    await pause(LOOK_AGAIN_MS)
  }
}

const isUnsupported = (error: unknown): boolean =>
  ['ENOTSUP', 'EINVAL', 'ENOPROTOOPT', 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  )

const listenOne = async (server: Server, port: number, host: string, reusePort: boolean): Promise<number> => {
  server.listen({ port, host, backlog: BACKLOG, reusePort })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

export const createFront = ({ create, maxConnections }: FrontOptions): Front => {
  let open = 0
  const count = (socket: Socket): void => {
    open += 1
    socket.once('close', () => (open -= 1))
    if (open > maxConnections) socket.destroy()
  }
  const servers = Array.from({ length: LINES }, () => create().on('connection', count))
  const [first, ...others] = servers as [Server, ...Server[]]

  const listenAll = async (taken: number, host: string): Promise<number> => {
    await Promise.all(others.map((server) => listenOne(server, taken, host, true)))
    return taken
  }
  const listenShared = async (port: number, host: string): Promise<number> => {
    if (port === 0) return await listenAll(await listenOne(first, 0, host, true), host)
    await using _ = await beginAt(port)
    await refuseTaken(port, host)
    return await listenAll(await listenOne(first, port, host, true), host)
  }

  return {
    listen: async (port, host) => {
      if (!SHARES) return { port: await listenOne(first, port, host, false) }
      try {
        return { port: await listenShared(port, host) }
      } catch (error) {
        if (first.listening || !isUnsupported(error)) throw error
        return { port: await listenOne(first, port, host, false) }
      }
    },
    close: async () => {
      await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))))
    },
    closeIdleConnections: () => servers.forEach((server) => server.closeIdleConnections()),
    closeAllConnections: () => servers.forEach((server) => server.closeAllConnections()),
  }
}

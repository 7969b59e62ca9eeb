import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, and fails as networks do. */
export interface TcpProxy extends AsyncDisposable {
  readonly url: string
  /** Cuts every connection, without a farewell; new ones are refused until `heal`. Resolves when one has been. */
  cut(): Promise<void>
  /** Keeps every connection, and lets nothing through any more. New ones are as usual. */
  freeze(): void
  heal(): void
  /** How many connections were let through. */
  readonly connections: number
}

export const startTcpProxy = async (target: string): Promise<TcpProxy> => {
  const { hostname, port } = new URL(target)
  const pairs = new Set<readonly [Socket, Socket]>()
  let connections = 0
  let onRefused: (() => void) | null = null

  const server = createServer((client) => {
    // Cut connections end in errors on both sides, which are the point.
    client.on('error', () => {})
    if (onRefused !== null) {
      client.resetAndDestroy()
      onRefused()
      return
    }
    connections += 1
    const upstream = connect(Number(port), hostname).on('error', () => {})
    const pair = [client, upstream] as const
    pairs.add(pair)
    client.pipe(upstream).pipe(client)
    client.once('close', () => {
      pairs.delete(pair)
      upstream.destroy()
    })
    upstream.once('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const destroy = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () =>
      new Promise((resolve) => {
        onRefused = resolve
        destroy()
      }),
    freeze: () => {
      for (const [client, upstream] of pairs) {
        client.unpipe()
        upstream.unpipe()
      }
    },
    heal: () => (onRefused = null),
    get connections() {
      return connections
    },
    [Symbol.asyncDispose]: async () => {
      destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

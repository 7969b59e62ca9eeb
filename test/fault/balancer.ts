import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One address before several replicas, as a load balancer gives them. */
export interface Balancer extends AsyncDisposable {
  readonly url: string
  /** New connections go to these from now on, in turn, and past one that refuses; those that are open stay. */
  use(urls: readonly string[]): void
}

interface Address {
  readonly port: number
  readonly host: string
}

const toAddress = (url: string): Address => {
  const { hostname, port } = new URL(url)
  return { port: Number(port), host: hostname }
}

/** Resolves when the replica takes it; null where it refuses. */
const reach = ({ port, host }: Address): Promise<Socket | null> =>
  new Promise((resolve) => {
    const socket = connect(port, host)
    socket.once('connect', () => resolve(socket)).once('error', () => resolve(null))
  })

export const startBalancer = async (urls: readonly string[]): Promise<Balancer> => {
  let targets = urls.map(toAddress)
  let turn = 0
  const open = new Set<Socket>()

  const lead = async (client: Socket): Promise<void> => {
    for (let tries = targets.length; tries > 0; tries -= 1) {
      turn = (turn + 1) % targets.length
      const replica = await reach(targets[turn]!)
      if (replica === null) continue
      // What one side does not finish, the other is not told to be whole.
      replica.on('error', () => client.resetAndDestroy()).on('close', () => client.destroy())
      client.on('error', () => replica.destroy()).on('close', () => replica.destroy())
      if (client.destroyed) replica.destroy()
      client.pipe(replica).pipe(client)
      return
    }
    client.resetAndDestroy()
  }

  const server = createServer((client) => {
    open.add(client)
    client.on('error', () => {}).once('close', () => open.delete(client))
    void lead(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    use: (next) => {
      targets = next.map(toAddress)
      turn = 0
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

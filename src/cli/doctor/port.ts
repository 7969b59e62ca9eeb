import { createServer } from 'node:net'
import type { Config } from '../../config.ts'
import type { Surroundings } from '../../surroundings.ts'
import { type Check, codeOf } from './checks.ts'
import { fault, fine, type Finding } from './finding.ts'

/** Port 0 of the address: nobody who wants the real one finds it taken. */
const hasAddress = (host: string): Promise<string | null> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(codeOf(error)))
    server.listen({ host, port: 0 }, () => server.close(() => resolve(null)))
  })

const reachable = (host: string): string => {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

const isHealth = (
  body: unknown,
): body is { readonly status: string; readonly checks?: Readonly<Record<string, string>> } =>
  typeof body === 'object' && body !== null && 'status' in body && typeof body.status === 'string'

/** What `/health/ready` says, of whoever answered under that address. */
export const describeHealth = (subject: string, address: string, status: number, body: unknown): Finding => {
  const isGateway = isHealth(body)
  if (isGateway && status === 200) return fine(subject, `a gateway answers at ${address}, and is ready.`)
  if (isGateway && body.status === 'DRAINING') return fine(subject, `a gateway at ${address} is stopping.`)
  if (isGateway && status === 503) {
    const down = Object.entries(body.checks ?? {}).flatMap(([name, state]) => (state === 'UP' ? [] : [name]))
    return fault(subject, `the gateway at ${address} is not ready: ${down.join(', ')}.`, 'Look into its log.')
  }
  return fault(subject, `something that is no gateway answers at ${address} (${status}).`, 'Stop it, or set PORT.')
}

/** Is the port free, or a gateway there? */
export const portCheck = ({ server: { host, port } }: Config, { probe }: Surroundings): Check => ({
  subject: 'port',
  run: async (signal) => {
    const refused = await hasAddress(host)
    if (refused !== null) {
      return [fault('port', `${host} is no address of this machine (${refused}).`, 'Correct HOST.')]
    }
    if (port === 0) return [fine('port', 'a free one is taken at each start.')]
    const address = `http://${reachable(host)}:${port}`
    try {
      const { status, body } = await probe(`${address}/health/ready`, signal)
      return [describeHealth('port', address, status, body)]
    } catch (error) {
      const code = codeOf(error)
      if (code === 'ECONNREFUSED') return [fine('port', `${port} is free: no gateway runs here.`)]
      return [fault('port', `${port} is taken by something that speaks no HTTP (${code}).`, 'Stop it, or set PORT.')]
    }
  },
})

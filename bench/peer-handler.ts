/**
 * What no server that calls the providers and shapes their answers can be much faster than: `node:http` and undici, without GraphQL,
 * authentication or a store.
 *
 * Argument: the providers' address.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Pool } from 'undici'
import { type Get, type Ids, Providers } from './peers/providers.ts'

const [providerUrl = ''] = process.argv.slice(2)
const pool = new Pool(providerUrl, { connections: 32, allowH2: false })

const getAs =
  (requestId: string): Get =>
  async <Body>(path: string, headers: Readonly<Record<string, string>>) => {
    const sent = { ...headers, 'x-request-id': requestId }
    const { statusCode, body } = await pool.request({ path, method: 'GET', headers: sent })
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`)
    return (await body.json()) as Body
  }

const answer = async (request: IncomingMessage): Promise<string> => {
  const { variables } = JSON.parse(await text(request)) as { readonly variables: Pick<Ids, 'sessionId'> | Ids }
  const providers = new Providers(getAs(String(request.headers['x-request-id'])))
  const data =
    'endUserId' in variables
      ? { consents: await providers.all(variables) }
      : { consent: await providers.enableBanking(variables.sessionId) }
  return JSON.stringify({ data })
}

const server = createServer((request, response) => {
  answer(request).then(
    (body) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      response.writeHead(200, headers).end(body)
    },
    (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
  )
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`Listening on http://127.0.0.1:${port}\n`)
})

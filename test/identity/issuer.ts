import { createServer, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { JsonWebKey } from 'node:crypto'

export interface Issuer extends AsyncDisposable {
  /** Its name, which is its address. */
  readonly url: string
  /** How often its keys were asked for. */
  readonly keyReads: number
  publish(keys: readonly unknown[]): void
  /** Answers what is asked from now on. Null: as an issuer does. */
  answerWith(answer: ((response: ServerResponse, path: string) => void) | null): void
}

/** An OpenID Connect issuer, as far as whoever verifies its tokens sees it. */
export const startIssuer = async (keys: readonly (JsonWebKey | object)[] = []): Promise<Issuer> => {
  let published: readonly unknown[] = keys
  let keyReads = 0
  let instead: ((response: ServerResponse, path: string) => void) | null = null
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (path === '/keys') keyReads += 1
    if (instead !== null) return instead(response, path)
    response.setHeader('content-type', 'application/json')
    if (path === '/keys') return response.end(JSON.stringify({ keys: published }))
    if (path !== '/.well-known/openid-configuration') return response.writeHead(404).end('{}')
    return response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    get keyReads() {
      return keyReads
    },
    publish: (next) => {
      published = next
    },
    answerWith: (answer) => {
      instead = answer
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

import type { IncomingHttpHeaders } from 'node:http'
import type { Reply } from './reply.ts'

export interface RouteRequest {
  readonly method: string
  readonly path: string
  /** What stands at the `:name` segments of the route's path, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly requestId: string
  readonly remoteAddress: string | null
  /** Aborts at the operation timeout. */
  readonly signal: AbortSignal
  readonly deadline: Date
  /** The raw bytes; rejects beyond the server's limit, which answers 413. Call it once. */
  body(): Promise<Buffer>
}

/** A route beside `/graphql`. What its handler rejects with becomes a masked 500. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/callback/:provider`: a segment with a colon takes any one segment. */
  readonly path: string
  readonly handler: (request: RouteRequest) => Promise<Reply>
}

export type RouteMatch =
  | { readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly allow: readonly string[] }

const decode = (segment: string): string | null => {
  try {
    return decodeURIComponent(segment)
  } catch {
    // Not an address of ours: answered as any unknown path.
    return null
  }
}

const paramsOf = (pattern: readonly string[], path: readonly string[]): Readonly<Record<string, string>> | null => {
  if (pattern.length !== path.length) return null
  const params: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const actual = path[index] ?? ''
    if (!expected.startsWith(':')) {
      if (expected !== actual) return null
      continue
    }
    const value = decode(actual)
    if (value === null || value === '') return null
    params[expected.slice(1)] = value
  }
  return params
}

/** Null: no such path. `allow`: the path, but not with this method. */
export const createRouter = (routes: readonly Route[]): ((method: string, path: string) => RouteMatch | null) => {
  const patterns = routes.map((route) => ({ route, segments: route.path.split('/') }))
  return (method, path) => {
    const segments = path.split('/')
    const allow: string[] = []
    for (const { route, segments: pattern } of patterns) {
      const params = paramsOf(pattern, segments)
      if (params === null) continue
      if (route.method === method || (method === 'HEAD' && route.method === 'GET')) return { route, params }
      allow.push(route.method)
    }
    return allow.length === 0 ? null : { allow }
  }
}

import type { Reply } from './reply.ts'
import type { SimulatorRequest } from './request.ts'

export type RouteAnswer = (request: SimulatorRequest) => Reply | Promise<Reply>

/** `'POST /banks/:bankId/consents'` -> answer. A last part `*` takes the rest of the path. The first match wins. */
export type Routes = Readonly<Record<string, RouteAnswer>>

export type Params = Readonly<Record<string, string>>

/** Matches a method and an encoded path; null when either differs. Without a method, any method matches. */
export type Pattern = (method: string, path: string) => Params | null

export function parsePattern(pattern: string): Pattern {
  const [first = '', second] = pattern.trim().split(/\s+/)
  const wantedMethod = second === undefined ? undefined : first
  const wantedParts = (second ?? first).split('/')
  const takesRest = wantedParts.at(-1) === '*'
  return (method, path) => {
    if (wantedMethod !== undefined && wantedMethod !== method) return null
    const parts = path.split('/')
    if (takesRest ? parts.length < wantedParts.length - 1 : parts.length !== wantedParts.length) return null
    const params: Record<string, string> = {}
    for (const [index, wanted] of wantedParts.entries()) {
      if (takesRest && index === wantedParts.length - 1) {
        params['*'] = parts.slice(index).join('/')
        break
      }
      const part = parts[index] ?? ''
      if (!wanted.startsWith(':')) {
        if (wanted !== part) return null
        continue
      }
      const decoded = decodePart(part)
      if (decoded === null || decoded === '') return null
      params[wanted.slice(1)] = decoded
    }
    return params
  }
}

function decodePart(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    // A malformed escape names nothing, so that no route matches.
    return null
  }
}

export interface FoundRoute {
  readonly route: string
  readonly answer: RouteAnswer
  readonly params: Params
}

export function createRouter(routes: Routes): (method: string, path: string) => FoundRoute | null {
  const table = Object.entries(routes).map(([route, answer]) => ({ route, answer, match: parsePattern(route) }))
  return (method, path) => {
    for (const { route, answer, match } of table) {
      const params = match(method, path)
      if (params) return { route, answer, params }
    }
    return null
  }
}

import type { SimulatorRequest } from '../request.ts'
import type { RouteAnswer } from '../routes.ts'
import { noSuchRoute } from './refusal.ts'

/** Oldest first; an endpoint is served under its own version and all later ones. */
const versions = ['v3.0.0', 'v3.1.0', 'v4.0.0', 'v5.0.0', 'v5.1.0'] as const

export type ApiVersion = (typeof versions)[number]

/** The route must have a part `:version`. */
export function isSince(version: ApiVersion, request: SimulatorRequest): boolean {
  const wanted = versions.findIndex((known) => known === request.params['version'])
  return wanted >= versions.indexOf(version)
}

export function since(version: ApiVersion, answer: RouteAnswer): RouteAnswer {
  return (request) => {
    if (!isSince(version, request)) throw noSuchRoute()
    return answer(request)
  }
}

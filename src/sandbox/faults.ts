import { z } from 'zod'
import type { Reply } from './reply.ts'
import { json, text } from './reply.ts'
import type { SimulatorRequest } from './request.ts'
import { parsePattern } from './routes.ts'

const kinds = z.discriminatedUnion('kind', [
  /** `at: 'request'` waits before the effect, `'reply'` (default) after it. */
  z.object({ kind: z.literal('delay'), delayMs: z.number().min(0), at: z.enum(['request', 'reply']).optional() }),
  /** The connection is reset and nothing happened. */
  z.object({ kind: z.literal('reset-before') }),
  /** It happened, and the connection is reset before the reply. */
  z.object({ kind: z.literal('reset-after-effect') }),
  /** It happened, and the connection ends in the middle of the body. */
  z.object({ kind: z.literal('truncate') }),
  /** A proxy's HTML page in place of the reply; nothing happened. `status` is 502 by default. */
  z.object({ kind: z.literal('html'), status: z.number().int().optional() }),
  /** A status of your choice; nothing happened, unless `afterEffect`. */
  z.object({
    kind: z.literal('status'),
    status: z.number().int(),
    body: z.unknown().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    afterEffect: z.boolean().optional(),
  }),
  /** It happened; the body is not what its content type says. */
  z.object({ kind: z.literal('malformed') }),
])

export type FaultKind = z.infer<typeof kinds>

export type Fault = FaultKind & {
  /** A route pattern (`'POST /banks/:id/*'`, the method is optional) or a test of the request. Default: any request. */
  readonly match?: string | ((request: SimulatorRequest) => boolean) | undefined
  /** How many requests it hits. Default 1. */
  readonly times?: number | undefined
}

const faultOverHttp = kinds.and(
  z.object({ match: z.string().optional(), times: z.number().int().positive().optional() }),
)

/** As sent to `POST /_sandbox/faults`; throws ZodError. */
export function parseFault(value: unknown): Fault {
  return faultOverHttp.parse(value)
}

export interface Faults {
  /** Queued: of two that match, the older hits first. */
  next(fault: Fault): void
  clear(): void
  /** How many hits are still to come. */
  pending(): number
  /** The fault for this request, which counts as one hit. */
  take(request: SimulatorRequest): FaultKind | null
}

export function createFaults(): Faults {
  let queue: { readonly fault: Fault; readonly matches: (request: SimulatorRequest) => boolean; left: number }[] = []
  return {
    next: (fault) => {
      queue.push({ fault, matches: toMatch(fault.match), left: fault.times ?? 1 })
    },
    clear: () => {
      queue = []
    },
    pending: () => queue.reduce((sum, { left }) => sum + left, 0),
    take: (request) => {
      const hit = queue.find(({ matches }) => matches(request))
      if (!hit) return null
      hit.left -= 1
      queue = queue.filter(({ left }) => left > 0)
      return hit.fault
    },
  }
}

function toMatch(match: Fault['match']): (request: SimulatorRequest) => boolean {
  if (match === undefined) return () => true
  if (typeof match !== 'string') return match
  const pattern = parsePattern(match)
  return ({ method, path }) => pattern(method, path) !== null
}

/** What is sent: the real reply, null if there was none, or what the fault puts in its place. */
export function replyUnderFault(fault: FaultKind | null, real: Reply | null): Reply | null {
  switch (fault?.kind) {
    case 'html':
      return text(fault.status ?? 502, '<html><head><title>502 Bad Gateway</title></head></html>', {
        'Content-Type': 'text/html',
      })
    case 'status':
      return json(fault.status, fault.body ?? {}, fault.headers)
    case 'malformed':
      return text(real?.status ?? 200, '{"unterminated": "', { 'Content-Type': 'application/json' })
    default:
      return real
  }
}

const effectHappens: Readonly<Record<FaultKind['kind'], boolean>> = {
  delay: true,
  'reset-before': false,
  'reset-after-effect': true,
  truncate: true,
  html: false,
  status: false,
  malformed: true,
}

export function letsEffectHappen(fault: FaultKind | null): boolean {
  if (!fault) return true
  return effectHappens[fault.kind] || (fault.kind === 'status' && fault.afterEffect === true)
}

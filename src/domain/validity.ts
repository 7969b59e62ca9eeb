import { GatewayError, invalidInput } from './errors.ts'

/** What the client asked for; at most one member is set. */
export interface RequestedValidity {
  readonly until: Date | null
  /** Whole seconds, 1 or more. */
  readonly seconds: number | null
  readonly maximum: boolean | null
}

export interface ValidityBounds {
  /** The institution's own maximum in seconds; null where nobody says. */
  readonly maxSeconds: number | null
  /** Taken off the maximum, but never more than half of it: some banks refuse the exact boundary, and clocks differ. */
  readonly marginSeconds: number
  readonly selectable: boolean
}

const PATH = ['input', 'access', 'validity'] as const

/**
 * When the access shall end; null lets the provider decide. `maximum`, or nothing, clamps to the bound less its margin;
 * an explicit end beyond the bound is refused before any call.
 *
 * @throws GatewayError VALIDITY_TOO_LONG, INVALID_INPUT, or CAPABILITY_NOT_SUPPORTED where the provider takes no validity
 */
export const resolveValidity = (asked: RequestedValidity | null, bounds: ValidityBounds, now: Date): Date | null => {
  const limit =
    bounds.maxSeconds === null ? null : bounds.maxSeconds - Math.min(bounds.marginSeconds, bounds.maxSeconds / 2)
  const explicit = asked?.until ?? (asked?.seconds == null ? null : new Date(now.getTime() + asked.seconds * 1000))
  const member = asked?.until ? 'until' : 'seconds'
  if (explicit === null) {
    return limit === null || !bounds.selectable ? null : new Date(now.getTime() + limit * 1000)
  }
  if (!bounds.selectable) {
    throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
      message: 'This provider decides the validity itself. Leave `validity` out, or ask for `maximum: true`.',
      path: [...PATH, member],
    })
  }
  if (Number.isNaN(explicit.getTime()) || explicit.getTime() <= now.getTime()) {
    throw invalidInput('The validity must end in the future.', ...PATH, member)
  }
  if (limit !== null && explicit.getTime() > now.getTime() + limit * 1000) {
    throw new GatewayError('VALIDITY_TOO_LONG', {
      message: `The longest validity here is ${limit} seconds. Ask for less, or for \`maximum: true\`.`,
      path: [...PATH, member],
    })
  }
  return explicit
}

import { GatewayError } from '../domain/errors.ts'
import type { Effect } from './request.ts'

/** Names in lower case; one that came several times is an array. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

/** An answer says that the provider did not begin: 501, 505 by their meaning, 503 by what providers use it for. */
const NOT_BEGUN: ReadonlySet<number> = new Set([501, 503, 505])

const mayHaveBegun = (status: number): boolean => status === 408 || (status >= 500 && !NOT_BEGUN.has(status))

/** Only the media type: what else a header holds is not ours to log. */
const mediaTypeOf = (headers: ResponseHeaders): string =>
  /^[\w.+-]+\/[\w.+-]+/.exec(String(headers['content-type']))?.[0] ?? 'no media type'

/** The provider's answer, whatever its status, read to its end. */
export class UpstreamResponse {
  readonly operation: string
  readonly effect: Effect
  readonly status: number
  readonly headers: ResponseHeaders
  readonly text: string
  /**
   * The call may have taken effect, and this answer does not tell: it says so by its status (500, 502, 504, 408 ...), or an
   * earlier attempt of the same call was lost and this one refuses. Never true of a 2xx or where `effect` is `none`.
   */
  readonly uncertain: boolean

  constructor(facts: {
    readonly operation: string
    readonly effect: Effect
    readonly status: number
    readonly headers: ResponseHeaders
    readonly text: string
    readonly earlierLost: boolean
  }) {
    this.operation = facts.operation
    this.effect = facts.effect
    this.status = facts.status
    this.headers = facts.headers
    this.text = facts.text
    this.uncertain =
      facts.effect === 'possible' && (mayHaveBegun(facts.status) || (facts.earlierLost && facts.status >= 300))
  }

  /** A header's value; the first, where it came several times. */
  header(name: string): string | undefined {
    const value = this.headers[name.toLowerCase()]
    return typeof value === 'object' ? value[0] : value
  }

  /** The body, parsed anew each time. Throws what `toContractFault` makes of a body that is not JSON. */
  json(): unknown {
    const value = this.maybeJson()
    if (value === undefined)
      throw toContractFault(this, new Error(`not JSON: ${mediaTypeOf(this.headers)}, ${this.text.length} characters`))
    return value
  }

  /** The body, or undefined where it is not JSON: for the error answers, which may come from a proxy on the way. */
  maybeJson(): unknown {
    try {
      return JSON.parse(this.text)
    } catch {
      // The parser's own message quotes the body, so it is not kept.
      return undefined
    }
  }
}

/**
 * For an answer in a form that nobody documented: PROVIDER_CONTRACT_VIOLATION. Of a call that may have taken effect and
 * was not refused, it is OUTCOME_UNKNOWN: what the answer should have told is lost.
 *
 * @param cause private; must not quote the body
 */
export const toContractFault = (response: UpstreamResponse, cause?: unknown): GatewayError => {
  const lost = response.uncertain || (response.effect === 'possible' && response.status < 400)
  return new GatewayError(lost ? 'OUTCOME_UNKNOWN' : 'PROVIDER_CONTRACT_VIOLATION', { cause })
}

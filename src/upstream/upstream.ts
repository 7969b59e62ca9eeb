import { type ErrorCode, GatewayError } from '../domain/errors.ts'
import { createBulkhead } from './bulkhead.ts'
import type { CircuitState } from './circuit.ts'
import { type Admission, type Blame, createCircuits } from './circuits.ts'
import { exchange } from './exchange.ts'
import { createHealthWindow, type UpstreamHealth } from './health.ts'
import { spentLimit } from './limit.ts'
import { createPool, type TlsOptions } from './pool.ts'
import { toWireRequest, type UpstreamRequest } from './request.ts'
import { UpstreamResponse } from './response.ts'
import { createRetryBudget, isWorthRetrying, pause, toRetryDelayMs } from './retry.ts'
import { parseWaitMs } from './retry-after.ts'
import { createSingleFlight } from './single-flight.ts'
import type { TransportFault } from './transport-fault.ts'

/** One attempt, or a refusal. Holds no address, header or body: fit for logs and metrics. */
export interface UpstreamEvent {
  readonly operation: string
  readonly institution: string | null
  /** From 1; 0 where the call was refused before it reached the wire (circuit, queue, time). */
  readonly attempt: number
  readonly status: number | null
  /** ANSWERED whatever the status. */
  readonly outcome: 'ANSWERED' | ErrorCode
  readonly durationMs: number
  readonly requestId: string
}

export interface UpstreamOptions {
  /** http or https; a path is put before each call's. Redirects are not followed. */
  readonly baseUrl: string
  /** Sent with each call that does not have them itself, in this spelling. Default: `Accept: application/json`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Carries the request's id to the provider. Default `X-Request-Id`; null: not sent. */
  readonly requestIdHeader?: string | null
  readonly tls?: TlsOptions
  /** Calls under way at once, and connections. Default 32. */
  readonly concurrency?: number
  /** Calls that may wait for one of those to end: more of them where they end fast (`bulkhead.ts`). Default 64. */
  readonly queue?: number
  /** Default 3000. */
  readonly connectTimeoutMs?: number
  /** How long an idle connection is kept; below the provider's own limit. Default 4000. */
  readonly keepAliveTimeoutMs?: number
  /** Default 1 MiB. */
  readonly maxResponseBytes?: number
  /** Whom an answer speaks against. Default: the provider, at 5xx. Only the dialect knows when it names the institution. Must not throw. */
  readonly blame?: (response: UpstreamResponse) => Blame
  /** Runs at the end of each attempt, on the call's own path. */
  readonly onCall?: (event: UpstreamEvent) => void
  /** For tests: epoch milliseconds for circuit, budget, line, health and `retryAt`. Deadlines keep real time. */
  readonly now?: () => number
  /** For tests: 0 to 1, for jitter. */
  readonly random?: () => number
}

/** Talks to one provider. */
export interface Upstream extends AsyncDisposable {
  /**
   * Resolves with the provider's answer, whatever its status. Rejects with GatewayError only: PROVIDER_UNAVAILABLE (nothing
   * was sent, or a read lost its answer), PROVIDER_TIMEOUT, PROVIDER_CONTRACT_VIOLATION (not HTTP, or too large),
   * OUTCOME_UNKNOWN (sent, the effect is possible, no answer), DEADLINE_EXCEEDED or the signal's own GatewayError (the
   * caller went away before an effect was possible), INTERNAL (not a request that can be sent).
   */
  call(request: UpstreamRequest): Promise<UpstreamResponse>
  health(): UpstreamHealth
  /** CLOSED for an institution that no call has named lately. */
  institutionCircuit(institution: string): CircuitState
  /** Refuses new calls, lets those under way end (each has its deadline), then closes the connections. */
  close(): Promise<void>
}

const DEFAULT_HEADERS = { Accept: 'application/json' }
const BUSY_RETRY_AFTER_MS = 1_000

const blameByStatus = (response: UpstreamResponse): Blame => (response.status >= 500 ? 'PROVIDER' : 'NOBODY')

/** Everything that goes out, but for the request's id. */
const toShareKey = ({ shareKey, method, path, query, headers, body, json }: UpstreamRequest): string =>
  JSON.stringify([shareKey, method, path, query, headers, body, json])

export const createUpstream = (options: UpstreamOptions): Upstream => {
  const now = options.now ?? Date.now
  const elapsed = options.now ?? (() => performance.now())
  const random = options.random ?? Math.random
  const blameOf = options.blame ?? blameByStatus
  const { origin, pathname } = new URL(options.baseUrl)
  const requestIdHeader = options.requestIdHeader === undefined ? 'X-Request-Id' : options.requestIdHeader
  const wireOptions = {
    prefix: pathname.replace(/\/+$/, ''),
    headers: options.headers ?? DEFAULT_HEADERS,
    requestIdHeader,
  }
  const concurrency = options.concurrency ?? 32
  const pool = createPool({
    origin,
    connections: concurrency,
    connectTimeoutMs: options.connectTimeoutMs ?? 3_000,
    keepAliveTimeoutMs: options.keepAliveTimeoutMs ?? 4_000,
    maxResponseBytes: options.maxResponseBytes ?? 1_048_576,
    tls: options.tls ?? {},
  })
  const bulkhead = createBulkhead({
    slots: concurrency,
    queue: options.queue ?? 64,
    retryAfterMs: BUSY_RETRY_AFTER_MS,
    now,
    elapsed,
  })
  const circuits = createCircuits({ now, random })
  const budget = createRetryBudget(now)
  const health = createHealthWindow(now)
  const share = createSingleFlight<UpstreamResponse>()
  let closing: Promise<void> | null = null

  const observe = (
    { operation, call, institution }: UpstreamRequest,
    attempt: number,
    outcome: UpstreamResponse | GatewayError,
    durationMs: number,
  ): void => {
    if (!options.onCall) return
    const answered = outcome instanceof UpstreamResponse
    try {
      options.onCall({
        operation,
        institution: institution ?? null,
        attempt,
        status: answered ? outcome.status : null,
        outcome: answered ? 'ANSWERED' : outcome.code,
        durationMs,
        requestId: call.requestId,
      })
    } catch (error) {
      // A fault of whoever watches must not lose an answer that may not come twice.
      process.emitWarning(error instanceof Error ? error : String(error))
    }
  }

  /** Null: no other attempt. A probe of an open circuit is one attempt. */
  const retryDelayMs = (
    { call }: UpstreamRequest,
    attempts: number,
    outcome: UpstreamResponse | TransportFault,
  ): number | null => {
    const waitMs = outcome instanceof UpstreamResponse ? parseWaitMs(outcome, now()) : null
    const worth = outcome instanceof UpstreamResponse ? isWorthRetrying(outcome, waitMs) : outcome.worthRetrying
    if (!worth || circuits.provider.state() !== 'CLOSED') return null
    const delayMs = toRetryDelayMs({ attempts, remainingMs: call.deadline.getTime() - Date.now(), waitMs, random })
    return delayMs !== null && budget.withdraw() ? delayMs : null
  }

  /** Attempts until an answer comes that is worth keeping, or none is worth making. Holds a place in the bulkhead. */
  const attemptAll = async (request: UpstreamRequest, admission: Admission): Promise<UpstreamResponse> => {
    let blame: Blame = 'UNTOLD'
    let lost = false
    try {
      const wire = toWireRequest(request, wireOptions)
      for (let attempt = 1; ; attempt += 1) {
        const startedAt = performance.now()
        const outcome = await exchange(pool, request, wire, lost)
        const durationMs = performance.now() - startedAt
        const answered = outcome instanceof UpstreamResponse
        blame = answered ? blameOf(outcome) : outcome.blame
        if (blame !== 'UNTOLD') health.record(durationMs, blame === 'PROVIDER' || blame === 'BOTH')
        observe(request, attempt, answered ? outcome : outcome.error, durationMs)

        const delayMs = request.repeatable ? retryDelayMs(request, attempt, outcome) : null
        if (delayMs !== null) await pause(delayMs, request.call)
        if (delayMs === null || spentLimit(request.call)) {
          if (answered) return outcome
          throw lost ? new GatewayError('OUTCOME_UNKNOWN', { cause: outcome.error }) : outcome.error
        }
        lost ||= answered ? outcome.uncertain : outcome.error.code === 'OUTCOME_UNKNOWN'
      }
    } finally {
      admission.settle(blame)
    }
  }

  const perform = async (request: UpstreamRequest): Promise<UpstreamResponse> => {
    const startedAt = performance.now()
    const refuse = (error: GatewayError): GatewayError => {
      observe(request, 0, error, performance.now() - startedAt)
      return error
    }
    if (closing) throw refuse(new GatewayError('PROVIDER_UNAVAILABLE', { message: 'The gateway is shutting down.' }))
    const refusal = spentLimit(request.call) ?? (bulkhead.tryEnter() ? null : await bulkhead.wait(request.call))
    if (refusal) throw refuse(refusal)
    let askedAt: number | null = null
    try {
      budget.deposit()
      // Asked again: there may have been a line to wait in.
      const admission = spentLimit(request.call) ?? circuits.admit(request.institution)
      if (admission instanceof GatewayError) throw refuse(admission)
      askedAt = elapsed()
      return await attemptAll(request, admission)
    } finally {
      bulkhead.leave(askedAt === null ? null : elapsed() - askedAt)
    }
  }

  const close = (): Promise<void> => (closing ??= bulkhead.idle().then(() => pool.destroy()))

  return {
    call: (request) =>
      request.shareKey === undefined || request.effect === 'possible'
        ? perform(request)
        : share(toShareKey(request), request.call, (call) => perform({ ...request, call })),
    health: () => health.read(circuits.provider),
    institutionCircuit: (institution) => circuits.institution(institution)?.state() ?? 'CLOSED',
    close,
    [Symbol.asyncDispose]: close,
  }
}

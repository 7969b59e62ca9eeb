import { createHmac } from 'node:crypto'
import { GatewayError, invalidInput, isProblemCode } from '../domain/errors.ts'
import type { AuthSessionId, ConsentId, RequestId, UserId, WebhookEndpointId } from '../domain/ids.ts'
import { toProblemReport } from '../domain/problem.ts'
import type { IdempotencyKey, IdempotencyRecord, IdempotentResult } from '../domain/idempotency.ts'
import type { Store, Write } from '../domain/store.ts'
import type { UserFault } from '../domain/user-fault.ts'
import type { Viewer } from '../domain/viewer.ts'
import { CommitConflict, commitOrThrow } from './commit.ts'

/** What a use case has touched so far; it fills this in, so that a refusal shows the same objects as a success. */
export interface Touched {
  userId: UserId | null
  consentId: ConsentId | null
  authSessionId: AuthSessionId | null
  webhookEndpointId?: WebhookEndpointId
}

export interface Run {
  readonly touched: Touched
  /** Must be part of the first commit that changes something. Empty without an idempotency key. */
  readonly claim: () => readonly Write[]
}

export interface IdempotentRequest {
  readonly operation: string
  readonly key: string | null
  /** What the fingerprint covers: the input; what may not be stored (`otp`, `personalNumber`, secret form values) is left out. */
  readonly input: unknown
  readonly requestId: RequestId
}

/** How long a run may take before another request may conclude that its process died. */
const RUNNING_MS = 30_000
const KEY_FORM = /^[\x21-\x7e]{1,255}$/
/** Never fingerprinted: even a keyed hash of six digits can be searched by whoever has the key. */
const UNSTORABLE = new Set(['otp', 'personalNumber', 'form', 'credentials', 'idempotencyKey'])

/** Equal inputs give equal text, whatever the order of their fields. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical)
  if (value instanceof Date) return value.toISOString()
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, held]) => held !== undefined && !UNSTORABLE.has(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, held]) => [name, canonical(held)]),
  )
}

/** Expected outcomes become user faults; null for what only a GraphQL error can say. */
export const toUserFault = (error: GatewayError, requestId: RequestId): UserFault | null => {
  const fault = {
    message: error.message,
    path: error.path,
    retryAt: error.retryAt,
    attemptsRemaining: null,
    consentLost: false,
  }
  const { code } = error
  if (isProblemCode(code)) return { ...fault, code: 'PROVIDER_PROBLEM', problem: toProblemReport(error, requestId) }
  if (code === 'INSTITUTION_UNAVAILABLE') return { ...fault, code, problem: toProblemReport(error, requestId) }
  if (
    code === 'UNAUTHENTICATED' ||
    code === 'ISSUER_UNAVAILABLE' ||
    code === 'CURSOR_EXPIRED' ||
    code === 'DEADLINE_EXCEEDED' ||
    code === 'STORE_UNAVAILABLE' ||
    code === 'INTERNAL'
  ) {
    return null
  }
  return { ...fault, code, problem: null }
}

const untouched = (): Touched => ({ userId: null, consentId: null, authSessionId: null })

export interface Idempotency {
  /**
   * Runs a mutation once per key. A replay gives the ids and user faults of the first run, to be resolved again.
   *
   * @param body fills `touched`, puts `claim()` into its first commit, and returns the faults it ended with
   * @throws GatewayError IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_PROGRESS (as user faults in the result), or what is no user fault
   */
  run(
    viewer: Viewer,
    request: IdempotentRequest,
    body: (run: Run) => Promise<readonly UserFault[]>,
  ): Promise<IdempotentResult>
}

/** One request under its key. */
interface Keyed {
  readonly open: (touched: Touched) => IdempotencyRecord
  /** What another request with this key has begun; null where there is none but the given one, which is ours. */
  readonly findOther: (ours: IdempotencyRecord | null) => Promise<IdempotentResult | null>
}

const isSame = (a: IdempotencyRecord, b: IdempotencyRecord | null): boolean =>
  a.state === b?.state && a.runningUntil.getTime() === b.runningUntil.getTime()

/**
 * @param fingerprintKeys the first makes fingerprints; those of all are known again, since replicas change their first key one
 * after the other
 */
export const createIdempotency = (store: Store, fingerprintKeys: readonly Uint8Array[]): Idempotency => {
  /** One by each key, the current one's at the head. */
  const fingerprints = (input: unknown): readonly string[] => {
    const text = JSON.stringify(canonical(input))
    return fingerprintKeys.map((key) => createHmac('sha256', key).update(text).digest('hex'))
  }

  const replay = (record: IdempotencyRecord, prints: readonly string[]): IdempotentResult => {
    if (!prints.includes(record.fingerprint)) {
      throw new GatewayError('IDEMPOTENCY_KEY_REUSED', { path: ['input', 'idempotencyKey'] })
    }
    if (record.state === 'RUNNING' && record.runningUntil.getTime() > Date.now()) {
      throw new GatewayError('IDEMPOTENCY_IN_PROGRESS', {
        path: ['input', 'idempotencyKey'],
        retryAt: new Date(Date.now() + 1000),
      })
    }
    return record.result
  }

  const execute = async (
    request: IdempotentRequest,
    body: (run: Run) => Promise<readonly UserFault[]>,
    keyed: Keyed | null,
  ): Promise<IdempotentResult> => {
    const touched = untouched()
    let claimed: IdempotencyRecord | null = null
    const claim = (): readonly Write[] => {
      if (keyed === null) return []
      claimed = keyed.open(touched)
      return [{ kind: 'idempotency.claim', record: claimed }]
    }
    const finish = async (userErrors: readonly UserFault[]): Promise<IdempotentResult> => {
      const result: IdempotentResult = { ...touched, userErrors }
      if (claimed !== null) {
        await commitOrThrow(store, [{ kind: 'idempotency.finish', record: { ...claimed, state: 'DONE', result } }])
      }
      return result
    }
    try {
      return await finish(await body({ touched, claim }))
    } catch (error) {
      const fault = error instanceof GatewayError ? toUserFault(error, request.requestId) : null
      if (fault === null) throw error
      // It may have been refused for what its own copy has just done: then both have one answer.
      return (await keyed?.findOther(claimed)) ?? (await finish([fault]))
    }
  }

  const runKeyed = async (
    viewer: Viewer,
    request: IdempotentRequest & { readonly key: string },
    body: (run: Run) => Promise<readonly UserFault[]>,
  ): Promise<IdempotentResult> => {
    if (!KEY_FORM.test(request.key)) {
      throw invalidInput(
        'An idempotency key is 1 to 255 printable ASCII characters without spaces.',
        'input',
        'idempotencyKey',
      )
    }
    const name: IdempotencyKey = {
      clientId: viewer.client.id,
      userId: viewer.user?.id ?? null,
      operation: request.operation,
      key: request.key,
    }
    const prints = fingerprints(request.input)
    const open = (touched: Touched): IdempotencyRecord => ({
      ...name,
      fingerprint: prints[0] ?? '',
      state: 'RUNNING',
      runningUntil: new Date(Date.now() + RUNNING_MS),
      result: { ...touched, userErrors: [] },
      createdAt: new Date(),
    })
    const findOther: Keyed['findOther'] = async (ours) => {
      const known = await store.idempotency.find(name)
      return known === null || isSame(known, ours) ? null : replay(known, prints)
    }
    const known = await findOther(null)
    if (known !== null) return known
    try {
      return await execute(request, body, { open, findOther })
    } catch (error) {
      if (!(error instanceof CommitConflict) || error.kind !== 'idempotency.claim') throw error
      const winner = await store.idempotency.find(name)
      if (winner === null) throw new GatewayError('STORE_UNAVAILABLE', { cause: error })
      return replay(winner, prints)
    }
  }

  return {
    run: async (viewer, request, body) => {
      try {
        return request.key === null
          ? await execute(request, body, null)
          : await runKeyed(viewer, { ...request, key: request.key }, body)
      } catch (error) {
        const fault = error instanceof GatewayError ? toUserFault(error, request.requestId) : null
        if (fault === null) throw error
        return { ...untouched(), userErrors: [fault] }
      }
    },
  }
}

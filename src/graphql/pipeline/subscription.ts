import { setTimeout as pause } from 'node:timers/promises'
import type { ExecutionResult, GraphQLError } from 'graphql'
import { GatewayError } from '../../domain/errors.ts'
import { type Flow, iterate, type Taker } from '../../domain/flow.ts'
import type { ErrorMask } from './error-mask.ts'
import { executePlan } from './execute.ts'
import type { RequestContext } from './request.ts'
import { type Executed, type SharedResults, type Sharer, StreamedResult } from './shared-results.ts'

/** What all subscriptions of a process share. */
export interface Subscriptions<Context extends RequestContext> {
  readonly mask: ErrorMask
  readonly positionOf: (field: string, event: unknown) => string | null
  readonly forgetReads: (context: Context) => void
  readonly ended: (results: SharedResults) => void
}

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 1_000

const isStoreAway = ({ originalError }: GraphQLError): boolean =>
  originalError instanceof GatewayError && originalError.code === 'STORE_UNAVAILABLE'

/** One client's subscription: events go in, one result each comes out, in their order, the next when there is room for it. */
export class Subscription<Context extends RequestContext> implements Flow<StreamedResult>, Taker<unknown>, Sharer {
  readonly #shared: Subscriptions<Context>
  readonly #results: SharedResults
  readonly #context: Context
  readonly #source: Flow<unknown>
  #taker: Taker<StreamedResult> | null = null
  #isOpen = true
  #isExecuting = false
  /** The source has ended while its last event was executed. */
  #ending: { readonly error: unknown } | null = null

  constructor(shared: Subscriptions<Context>, results: SharedResults, context: Context, source: Flow<unknown>) {
    this.#shared = shared
    this.#results = results
    this.#context = context
    this.#source = source
    results.sharers += 1
  }

  start(taker: Taker<StreamedResult>): void {
    this.#taker = taker
    this.#source.start(this)
  }

  more(): void {
    this.#source.more()
  }

  stop(): void {
    if (!this.#isOpen) return
    this.#close()
    this.#source.stop()
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<StreamedResult, undefined, undefined> {
    return iterate(this)
  }

  take(event: unknown): boolean {
    const known = this.#results.ask(event, this)
    if (known !== null) return this.#give(known)
    this.#isExecuting = true
    return false
  }

  receive(result: StreamedResult): void {
    this.#isExecuting = false
    const isReady = this.#give(result)
    if (this.#ending !== null) this.end(this.#ending.error)
    else if (isReady && this.#isOpen) this.#source.more()
  }

  end(error: unknown): void {
    if (this.#isExecuting) this.#ending = { error }
    else if (this.#isOpen) {
      this.#close()
      this.#taker?.end(error)
    }
  }

  async execute(event: unknown): Promise<Executed> {
    const { requestId } = this.#context
    const { mask, positionOf } = this.#shared
    try {
      const { data, errors } = await this.#executeOnceStored(event)
      const masked = errors?.map((error) => mask(error, requestId))
      const text = JSON.stringify({ errors: masked, data })
      return { result: new StreamedResult(text, positionOf(this.#results.field, event)), failed: masked !== undefined }
    } catch (error) {
      return { result: new StreamedResult(JSON.stringify({ errors: [mask(error, requestId)] }), null), failed: true }
    }
  }

  /** While the store is away the event waits: delivered with errors it would be missed, as whoever resumes is past it. */
  async #executeOnceStored(event: unknown): Promise<ExecutionResult> {
    const { plan, variables } = this.#results
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      const result = await executePlan(plan, { rootValue: event, contextValue: this.#context, variables })
      this.#shared.forgetReads(this.#context)
      if (!this.#isOpen || result.errors?.some(isStoreAway) !== true) return result
      await pause(waitMs)
    }
  }

  #give(result: StreamedResult): boolean {
    return this.#isOpen && this.#taker?.take(result) === true
  }

  #close(): void {
    this.#isOpen = false
    this.#results.sharers -= 1
    this.#shared.ended(this.#results)
  }
}

import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql'
import { MessageType } from 'graphql-ws'
import type { Taker } from '../../domain/flow.ts'
import { type StreamedResult, toBytes } from './shared-results.ts'
import type { SocketSession } from './socket-session.ts'
import type { ResultFlow } from './subscribe.ts'

export interface OperationPlace {
  readonly session: SocketSession
  /** Lets the client use the id again. */
  forget(operation: SocketOperation): void
  /** Of what a source throws. */
  mask(error: unknown, requestId: string): GraphQLFormattedError
}

/** One operation of one socket, from `subscribe` to the last message about it. Writes a subscription's results to the socket. */
export class SocketOperation implements Taker<StreamedResult> {
  /** The client's own name for it. */
  readonly id: string
  readonly requestId: string
  readonly #place: OperationPlace
  readonly #session: SocketSession
  #giveBack: (() => void) | null
  #finish: (() => void) | null = null
  #flow: ResultFlow | null = null
  #head = ''
  /** The client is told nothing more about it. */
  #isOver = false

  /** @param leave gives back its place among the operations in flight; more than once is once */
  constructor(id: string, requestId: string, leave: () => void, place: OperationPlace) {
    this.id = id
    this.requestId = requestId
    this.#giveBack = leave
    this.#place = place
    this.#session = place.session
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** It is at work no more: waiting for events costs nothing. */
  rest(): void {
    this.#giveBack?.()
    this.#giveBack = null
  }

  /** @param finish gives back what the operation holds: called once, at its end */
  hold(finish: () => void): void {
    this.#finish = finish
  }

  follow(flow: ResultFlow): void {
    if (this.#isOver) {
      // It was abandoned while it was set up.
      flow.stop()
      return this.#close()
    }
    this.#flow = flow
    this.#head = toBytes(`{"id":${JSON.stringify(this.id)},"type":"${MessageType.Next}","payload":`)
    flow.start(this)
  }

  take(result: StreamedResult): boolean {
    return this.#session.push(this.#head, result.lastMember, this)
  }

  written(): void {
    this.#flow?.more()
  }

  end(error: unknown): void {
    void this.#sayEnd(error)
  }

  /** The client wants no more of it, or has gone. A query or mutation in flight ends by itself. */
  abandon(): void {
    const flow = this.#flow
    this.#isOver = true
    if (flow !== null) this.#close()
    flow?.stop()
  }

  /** Its socket has closed. What is in flight keeps its place there until it is done: it takes its time all the same. */
  leave(): void {
    this.abandon()
    if (this.#finish === null) this.rest()
  }

  async say(result: FormattedExecutionResult): Promise<void> {
    await this.#tell(MessageType.Next, result)
  }

  /** Everything that it held is given back before the last message is handed on. */
  async complete(): Promise<void> {
    this.#close()
    await this.#tell(MessageType.Complete)
    this.#isOver = true
  }

  async refuse(errors: readonly GraphQLFormattedError[]): Promise<void> {
    this.#close()
    await this.#tell(MessageType.Error, errors)
    this.#isOver = true
  }

  async #sayEnd(error: unknown): Promise<void> {
    try {
      await (error === null ? this.complete() : this.refuse([this.#place.mask(error, this.requestId)]))
    } catch (fault) {
      this.#session.fail(fault)
    }
  }

  #close(): void {
    this.#flow = null
    this.#place.forget(this)
    this.#finish?.()
    this.#finish = null
    this.rest()
  }

  async #tell(type: MessageType, payload?: unknown): Promise<void> {
    if (!this.#isOver) await this.#session.send(JSON.stringify({ id: this.id, type, payload }))
  }
}

import { visit } from 'graphql'
import type { Variables } from './collect.ts'
import type { OperationPlan } from './plan.ts'

/** As UTF-8, one character for each byte. */
export const toBytes = (text: string): string => Buffer.from(text).toString('latin1')

/** One execution result, as JSON. */
export class StreamedResult {
  readonly text: string
  /** Where the subscription can be resumed after this result; null where it cannot. */
  readonly position: string | null
  #lastMember: string | null = null

  constructor(text: string, position: string | null) {
    this.text = text
    this.position = position
  }

  /** UTF-8, with the brace that closes the message whose last member it is; made once for all who write it. */
  get lastMember(): string {
    return (this.#lastMember ??= toBytes(`${this.text}}`))
  }
}

/** One subscriber of what is shared. */
export interface Sharer {
  /** For this subscriber: errors carry its request id. */
  execute(event: unknown): Promise<Executed>
  /** Must not throw. */
  receive(result: StreamedResult): void
}

export interface Executed {
  readonly result: StreamedResult
  /** With errors: it is for one subscriber alone. */
  readonly failed: boolean
}

interface Entry {
  /** Null while it is executed, and where it went wrong. */
  result: StreamedResult | null
  /** Null once it was executed. */
  waiting: Sharer[] | null
}

/** What is handed on before others of the event loop have their turn: a few milliseconds of writing. */
const SLICE = 500

/**
 * The variables that results may depend on. What only the arguments of the root field name says which events come, and not
 * what is said of one: subscribers who came back, each with a cursor of its own, share as others do.
 */
export const resultVariables = ({ operation, fragments }: OperationPlan): ReadonlySet<string> => {
  const names = new Set<string>()
  const gather = {
    Variable: { enter: ({ name }: { readonly name: { readonly value: string } }) => void names.add(name.value) },
  }
  for (const fragment of Object.values(fragments)) visit(fragment, gather)
  for (const directive of operation.directives ?? []) visit(directive, gather)
  for (const selection of operation.selectionSet.selections) {
    // Validation has left one root field, perhaps within fragments: what those hold is gathered whole.
    visit(selection.kind === 'Field' ? { ...selection, arguments: [] } : selection, gather)
  }
  return names
}

/** Equal operations with equal variables and rights: an event is executed and serialized once for all of them. */
export class SharedResults {
  readonly plan: OperationPlan
  readonly variables: Variables
  /** Of its root field. */
  readonly field: string
  readonly key: string | null
  sharers = 0
  /** They live as long as the event is held. Null while there was nothing to share. */
  #entries: WeakMap<object, Entry> | null = null
  /** What thousands ask for, one after the other. */
  #last: { readonly event: object; readonly entry: Entry } | null = null

  /** @param key null: for one subscriber alone */
  constructor(plan: OperationPlan, variables: Variables, key: string | null) {
    this.plan = plan
    this.variables = variables
    this.field = plan.root(variables).fields[0]?.name ?? ''
    this.key = key
  }

  /** @returns the result where it is known; else null, and the sharer receives it later */
  ask(event: unknown, sharer: Sharer): StreamedResult | null {
    if (this.sharers === 1 || typeof event !== 'object' || event === null) {
      executeAlone(event, sharer)
      return null
    }
    this.#entries ??= new WeakMap()
    const known = this.#last?.event === event ? this.#last.entry : this.#entries.get(event)
    if (known === undefined) this.#execute(this.#entries, event, sharer)
    else if (known.waiting !== null) known.waiting.push(sharer)
    else if (known.result === null) executeAlone(event, sharer)
    return known?.result ?? null
  }

  #execute(entries: WeakMap<object, Entry>, event: object, first: Sharer): void {
    const entry: Entry = { result: null, waiting: [] }
    entries.set(event, entry)
    this.#last = { event, entry }
    void first.execute(event).then(({ result, failed }) => {
      const waiting = entry.waiting ?? []
      entry.waiting = null
      if (this.#last?.entry === entry) this.#last = null
      if (!failed) entry.result = result
      first.receive(result)
      handOn(waiting, 0, failed ? (sharer) => executeAlone(event, sharer) : (sharer) => sharer.receive(result))
    })
  }
}

const executeAlone = (event: unknown, sharer: Sharer): void => {
  void sharer.execute(event).then(({ result }) => sharer.receive(result))
}

const handOn = (waiting: readonly Sharer[], from: number, hand: (sharer: Sharer) => void): void => {
  const end = Math.min(from + SLICE, waiting.length)
  for (let index = from; index < end; index += 1) {
    const sharer = waiting[index]
    if (sharer !== undefined) hand(sharer)
  }
  if (end < waiting.length) setImmediate(handOn, waiting, end, hand)
}

import { type Alarm, type Alarms, createAlarms } from './alarms.ts'

/** How the end of a credential is learned while something that it opened stays open. */
export interface CredentialEnds<Context> {
  /** Known from the first; null where it does not end by itself. */
  readonly expiresAt: (context: Context) => Date | null
  /** Tells once when the credential is withdrawn before that. */
  readonly onWithdrawn?: (context: Context, tell: () => void) => Disposable
}

/** Calls `end` at the first end of the two, once; never after it is disposed of. */
export type AtCredentialEnd<Context> = (context: Context, end: () => void) => Disposable

export const createCredentialEnds = <Context>({
  expiresAt,
  onWithdrawn,
}: CredentialEnds<Context>): AtCredentialEnd<Context> => {
  const alarms = createAlarms()
  return (context, end) => {
    const credential = new HeldCredential(alarms, expiresAt(context), end)
    if (onWithdrawn !== undefined) credential.watch((tell) => onWithdrawn(context, tell))
    return credential
  }
}

class HeldCredential implements Alarm, Disposable {
  readonly #alarms: Alarms
  readonly #endsAt: Date | null
  /** Null once it was called, or must not be. */
  #end: (() => void) | null
  #watch: Disposable | null = null

  constructor(alarms: Alarms, endsAt: Date | null, end: () => void) {
    this.#alarms = alarms
    this.#endsAt = endsAt
    this.#end = end
    if (endsAt !== null) alarms.set(endsAt, this)
  }

  /** What is told lasts as long as the credential, and is made here, where it keeps nothing of the context. */
  watch(begin: (tell: () => void) => Disposable): void {
    this.#watch = begin(() => this.ring())
  }

  ring(): void {
    const end = this.#end
    this[Symbol.dispose]()
    end?.()
  }

  [Symbol.dispose](): void {
    if (this.#end === null) return
    this.#end = null
    if (this.#endsAt !== null) this.#alarms.off(this.#endsAt, this)
    this.#watch?.[Symbol.dispose]()
    this.#watch = null
  }
}

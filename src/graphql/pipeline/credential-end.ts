import { callAt } from './call-at.ts'

/** How the end of a credential is learned while something that it opened stays open. */
export interface CredentialEnds<Context> {
  /** Known from the first; null where it does not end by itself. */
  readonly expiresAt: (context: Context) => Date | null
  /** Tells once when the credential is withdrawn before that. */
  readonly onWithdrawn?: (context: Context, tell: () => void) => Disposable
}

/** Calls `end` at the first end of the two, once; never after it is disposed of. */
export const atCredentialEnd = <Context>(
  { expiresAt, onWithdrawn }: CredentialEnds<Context>,
  context: Context,
  end: () => void,
): Disposable => {
  const armed = new DisposableStack()
  const endOnce = (): void => {
    if (armed.disposed) return
    armed.dispose()
    end()
  }
  const endsAt = expiresAt(context)
  if (endsAt !== null) armed.use(callAt(endsAt, endOnce))
  if (onWithdrawn !== undefined) armed.use(onWithdrawn(context, endOnce))
  return armed
}

import type { AuthSessionId } from '../domain/ids.ts'
import type { Changes } from './engine.ts'

/** Tells listeners once per tick, with everything that was named meanwhile: commits come in groups. */
export interface Nudges<Name> {
  nudge(names: readonly Name[]): void
  /** A listener must not throw: nobody could answer for it. */
  listen(listener: (names: readonly Name[]) => void): Disposable
}

export const createNudges = <Name>(): Nudges<Name> => {
  const listeners = new Set<{ readonly tell: (names: readonly Name[]) => void }>()
  let named: Set<Name> | null = null
  return {
    nudge: (names) => {
      if (named === null) {
        named = new Set()
        process.nextTick(() => {
          const all = [...(named ?? [])]
          named = null
          for (const { tell } of listeners) tell(all)
        })
      }
      for (const name of names) named.add(name)
    },
    listen: (tell) => {
      const listener = { tell }
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
  }
}

/** Where this process makes every change. */
export const createLocalChanges = (): Changes => {
  const events = createNudges<never>()
  const sessions = createNudges<AuthSessionId>()
  return {
    committed: (change) => {
      if (change.events) events.nudge([])
      if (change.sessions.length > 0) sessions.nudge(change.sessions)
    },
    onEvents: (listener) => events.listen(listener),
    onSessions: (listener) => sessions.listen(listener),
  }
}

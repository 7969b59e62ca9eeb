import { setTimeout as pause } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import { z } from 'zod'
import type { AuthSessionId } from '../../domain/ids.ts'
import type { Changes } from '../engine.ts'
import { TIMELINE } from '../migrations/0003-commit-order.ts'
import { createLocalChanges } from '../nudges.ts'
import { createAlarm } from './alarm.ts'

export interface ChangeWatch extends Changes {
  close(): Promise<void>
}

const CHANNEL = 'consentgraph'

/** Commits that come closer than this share one wake-up, and one look. */
const GAP_MS = 5
const RECONNECT_MS = 200

/**
 * What was committed since the oldest transaction that ran at the last look. Sessions are told as soon as they can be
 * read, events once none can come before them; `held` says that some cannot be told yet.
 */
const LOOK = `
  with now as (
    select ${TIMELINE} as timeline, pg_snapshot_xmin(pg_current_snapshot()) as horizon
  )
  select
    timeline,
    horizon,
    exists (
      select from events where (events.timeline, events.xid) >= ($1, $2) and events.xid < now.horizon
    ) as settled,
    coalesce(
      (select events.xid >= now.horizon from events order by events.timeline desc, events.xid desc, seq desc limit 1),
      false
    ) as held,
    array(select id || ' ' || changed_in from auth_sessions where changed_in >= $2) as sessions
  from now`

const sight = z.tuple([
  z.object({
    timeline: z.number(),
    horizon: z.number(),
    settled: z.boolean(),
    held: z.boolean(),
    sessions: z.array(z.string()),
  }),
])
type Sight = z.infer<typeof sight>[0]

/** Tells each change once, and first those after the first look: whoever listens has yet to come. */
const createLookout = () => {
  let since: Pick<Sight, 'timeline' | 'horizon'> = { timeline: 0, horizon: Number.MAX_SAFE_INTEGER }
  let seen: ReadonlySet<string> = new Set()
  return async (client: Client): Promise<Pick<Sight, 'settled' | 'held' | 'sessions'>> => {
    const { rows } = await client.query({ name: 'look', text: LOOK, values: [since.timeline, since.horizon] })
    const [found] = sight.parse(rows)
    const fresh = found.sessions.filter((change) => !seen.has(change))
    since = found
    seen = new Set(found.sessions)
    return { ...found, sessions: fresh }
  }
}

/** @param onChange runs when another connection says that it committed something, and when this one has ended */
const connect = async (config: ClientConfig, onChange: () => void): Promise<Client> => {
  const client = new Client(config)
  // What is asked next says so.
  client.on('error', onChange)
  try {
    await client.connect()
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    client.on('notification', ({ processId }) => {
      if (processId !== rows[0]?.pid) onChange()
    })
    // What is looked for lies at the end of an index; knowing no better, the planner takes it for a third of the table.
    await client.query(`set enable_seqscan = off; listen ${CHANNEL}`)
    return client
  } catch (error) {
    await leave(client)
    throw error
  }
}

/** It may have ended already, which is all that is wanted. */
const leave = (client: Client): Promise<void> => client.end().catch(() => undefined)

/**
 * One connection beside the pool that wakes the others, listens and looks. What it tells comes from looking alone, so
 * that a wake-up that is lost, or never sent because its sender died, costs no more than one interval. Wake-ups are sent
 * outside the transactions that they tell of: inside, they would make all commits of the server wait for each other.
 *
 * @param pollMs the longest time between two looks
 */
export const createChangeWatch = async (config: ClientConfig, pollMs: number): Promise<ChangeWatch> => {
  const listeners = createLocalChanges()
  const alarm = createAlarm()
  const look = createLookout()
  const closing = new AbortController()
  /** Others have yet to be woken for what was committed here. */
  let unsaid = false

  const wakeOthers = async (): Promise<void> => {
    unsaid = false
    try {
      await client.query(`notify ${CHANNEL}`)
    } catch (error) {
      unsaid = true
      throw error
    }
  }

  const follow = async (): Promise<void> => {
    let heldMs = GAP_MS
    while (!closing.signal.aborted) {
      if (unsaid) await wakeOthers()
      const { settled, held, sessions } = await look(client)
      listeners.committed({
        events: settled,
        sessions: sessions.map((change) => change.split(' ', 1)[0] as AuthSessionId),
      })
      heldMs = held && !settled ? Math.min(heldMs * 2, pollMs) : GAP_MS
      await pause(GAP_MS)
      await alarm.wait(held ? heldMs : pollMs)
    }
  }

  const reconnect = async (): Promise<void> => {
    try {
      client = await connect(config, alarm.ring)
    } catch {
      // Whoever reads or commits is told; here it is tried until it works again.
      await pause(RECONNECT_MS)
    }
  }

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await follow()
      } catch {
        await leave(client)
        await reconnect()
      }
    }
    await leave(client)
  }

  let client = await connect(config, alarm.ring)
  await look(client)
  const ended = run()
  return {
    onEvents: listeners.onEvents,
    onSessions: listeners.onSessions,
    committed: ({ events, sessions }) => {
      if (!events && sessions.length === 0) return
      unsaid = true
      alarm.ring()
    },
    close: async () => {
      closing.abort()
      alarm.ring()
      await ended
    },
  }
}

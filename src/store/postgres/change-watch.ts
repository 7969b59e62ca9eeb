import { setTimeout as pause } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import { z } from 'zod'
import type { AuthSessionId } from '../../domain/ids.ts'
import type { Changes } from '../engine.ts'
import { createLocalChanges } from '../nudges.ts'
import { createAlarm } from './alarm.ts'
import { TIMELINE } from '../migrations/0003-commit-order.ts'

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
    exists (
      select from events where (events.timeline, events.xid) >= (now.timeline, now.horizon)
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

/**
 * One connection beside the pool that listens, wakes the others and looks. What it tells comes from looking alone, so
 * that a wake-up that is lost, or never sent because its sender died, costs no more than one interval. Wake-ups are sent
 * outside the transactions that they tell of: inside, they would make all commits of the server wait for each other.
 *
 * @param pollMs the longest time between two looks
 */
export const createChangeWatch = async (config: ClientConfig, pollMs: number): Promise<ChangeWatch> => {
  const told = createLocalChanges()
  const alarm = createAlarm()
  let closed = false
  /** Others have not been woken for what was committed here. */
  let unsaid = false
  // What was committed before is for nobody: those who listen have yet to come.
  let since: Pick<Sight, 'timeline' | 'horizon'> = { timeline: 0, horizon: Number.MAX_SAFE_INTEGER }
  let seen: ReadonlySet<string> = new Set()

  const connect = async (): Promise<Client> => {
    const client = new Client(config)
    // The look that is under way, or the next one, says so.
    client.on('error', () => alarm.ring())
    try {
      await client.connect()
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      client.on('notification', ({ processId }) => {
        if (processId !== rows[0]?.pid) alarm.ring()
      })
      await client.query(`listen ${CHANNEL}`)
      return client
    } catch (error) {
      await client.end().catch(() => undefined)
      throw error
    }
  }

  const look = async (client: Client): Promise<Sight> => {
    const { rows } = await client.query({ name: 'look', text: LOOK, values: [since.timeline, since.horizon] })
    return sight.parse(rows)[0]
  }

  const remember = (found: Sight): void => {
    since = found
    seen = new Set(found.sessions)
  }

  const tell = (found: Sight): void => {
    const fresh = found.sessions.filter((change) => !seen.has(change))
    remember(found)
    told.committed({ events: found.settled, sessions: fresh.map((change) => change.split(' ')[0] as AuthSessionId) })
  }

  const follow = async (client: Client): Promise<void> => {
    let heldMs = GAP_MS
    while (!closed) {
      if (unsaid) {
        unsaid = false
        await client.query(`notify ${CHANNEL}`).catch((error: unknown) => {
          unsaid = true
          throw error
        })
      }
      const found = await look(client)
      tell(found)
      heldMs = found.held ? heldMs * 2 : GAP_MS
      await pause(GAP_MS)
      await alarm.wait(Math.min(pollMs, found.held ? heldMs : pollMs))
    }
  }

  let client = await connect()
  remember(await look(client))

  const run = async (): Promise<void> => {
    while (!closed) {
      try {
        await follow(client)
      } catch {
        // Whoever reads or commits is told. Here it is tried until it works again.
      }
      await client.end().catch(() => undefined)
      while (!closed && !(await reconnect())) await alarm.wait(RECONNECT_MS)
    }
  }

  const reconnect = async (): Promise<boolean> => {
    try {
      client = await connect()
    } catch {
      return false
    }
    return true
  }

  const ended = run()
  return {
    onEvents: told.onEvents,
    onSessions: told.onSessions,
    committed: ({ events, sessions }) => {
      if (!events && sessions.length === 0) return
      unsaid = true
      alarm.ring()
    },
    close: async () => {
      closed = true
      alarm.ring()
      await ended
    },
  }
}

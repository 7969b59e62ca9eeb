import type { ClientId, WebhookEndpointId } from '../../domain/ids.ts'
import type { ClaimedJob } from '../../domain/job.ts'
import type { Write } from '../../domain/store.ts'
import { TransientMap } from '../../domain/transient-map.ts'
import type { ChangeFeed } from '../change-feed.ts'
import { CommitConflict } from '../commit.ts'
import type { ServiceContext } from '../context.ts'
import { toGatewayError } from '../fault.ts'
import type { Deliver } from './deliver.ts'

/** Gives each endpoint its turns, independently of all others: a slow one holds up nobody but itself. */
export interface WebhookDispatch {
  start(): void
  /** Breaks off what is under way; it is sent again later. */
  stop(): Promise<void>
}

const TICK_MS = 500
/** Longer than a turn with its slowest answer. */
const LEASE_MS = 30_000
/** Endpoints that have their turn at once. */
const MAX_TURNS = 256
/** Events come in bursts: one wake-up for all of them. */
const GATHER_MS = 20
const RETRY_MS = 5_000

interface Turn {
  /** Events came while it ran: it may have looked before. */
  news: boolean
  /** Of its own: what listens to a signal that outlives it is kept by what listened before. */
  readonly end: AbortController
}

const breakOff = ({ end }: Turn): void => end.abort(new Error('the gateway stops'))

export const createWebhookDispatch = (
  { store, report }: ServiceContext,
  feed: ChangeFeed,
  deliver: Deliver,
): WebhookDispatch => {
  const turns = new TransientMap<WebhookEndpointId, Turn>()
  const under = new Set<Promise<void>>()
  const woken = new Set<ClientId>()
  let stopping = false
  let gathering: NodeJS.Timeout | null = null
  let ticker: NodeJS.Timeout | null = null
  let following: Disposable | null = null
  let claiming = false

  /** Lets it go on beside everything else; `stop` waits for it. */
  const begin = (work: Promise<void>): void => {
    const watched = work
      .catch((error: unknown) => report('webhooks.failed', { code: toGatewayError(error).code }, error))
      .finally(() => under.delete(watched))
    under.add(watched)
  }

  const hasten = async (subjects: readonly WebhookEndpointId[]): Promise<void> => {
    const dueAt = new Date()
    await store.commit(
      subjects.map((subject) => ({ kind: 'job.hasten', job: { kind: 'SEND_WEBHOOKS', subject }, dueAt })),
    )
    begin(claim())
  }

  const run = async (job: ClaimedJob): Promise<void> => {
    // Only jobs of this kind are claimed, whose subjects are endpoints.
    const id = job.subject as WebhookEndpointId
    const name = { kind: job.kind, subject: id }
    const turn: Turn = { news: false, end: new AbortController() }
    if (stopping) breakOff(turn)
    turns.set(id, turn)
    const finish = (again: Date | null): Write => ({ kind: 'job.finish', job: name, fence: job.fence, again })
    try {
      await deliver(id, { finish: finish(null), again: finish, signal: turn.end.signal })
    } catch (error) {
      // The lease has moved on: whoever holds it looks after the endpoint.
      if (error instanceof CommitConflict) return
      report('job.failed', { job: job.kind, subject: id, code: toGatewayError(error).code }, error)
      await store.commit([finish(new Date(Date.now() + RETRY_MS))])
    } finally {
      turns.delete(id)
    }
    if (turn.news && !stopping) await hasten([id])
  }

  const claim = async (): Promise<void> => {
    const limit = MAX_TURNS - turns.size
    if (claiming || limit <= 0 || stopping) return
    claiming = true
    try {
      const claimed = { kinds: ['SEND_WEBHOOKS'], dueBefore: new Date(), leaseMs: LEASE_MS, limit } as const
      for (const job of await store.jobs.claim(claimed)) begin(run(job))
    } finally {
      claiming = false
    }
  }

  const wake = async (): Promise<void> => {
    const clients = [...woken]
    woken.clear()
    const endpoints = await Promise.all(clients.map((client) => store.webhooks.activeOf(client)))
    const subjects = endpoints.flat()
    // Before the job is made due: a turn that ends in between would put it off again.
    for (const id of subjects) {
      const turn = turns.get(id)
      if (turn !== undefined) turn.news = true
    }
    if (subjects.length > 0) await hasten(subjects)
  }

  return {
    start: () => {
      ticker = setInterval(() => begin(claim()), TICK_MS)
      following = feed.onEvents((clients) => {
        for (const client of clients) woken.add(client)
        gathering ??= setTimeout(() => {
          gathering = null
          begin(wake())
        }, GATHER_MS)
      })
    },

    stop: async () => {
      following?.[Symbol.dispose]()
      if (ticker !== null) clearInterval(ticker)
      if (gathering !== null) clearTimeout(gathering)
      stopping = true
      for (const turn of turns.values()) breakOff(turn)
      while (under.size > 0) await Promise.all(under)
    },
  }
}

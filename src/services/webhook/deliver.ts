import type { WebhookEndpointId } from '../../domain/ids.ts'
import type { Write } from '../../domain/store.ts'
import {
  TEST_EVENT,
  type WebhookAnswer,
  type WebhookDelivery,
  type WebhookEndpoint,
  type WebhookMessage,
  type WebhookSender,
} from '../../domain/webhook.ts'
import { CommitConflict, commitOrThrow, untilCommitted } from '../commit.ts'
import type { ServiceContext } from '../context.ts'
import { isWanted, toMessage } from './message.ts'
import { nextAttemptAt } from './schedule.ts'
import { toWebhookHeaders } from './signature.ts'

export interface DeliveryRun {
  readonly finish: Write
  readonly again: (at: Date) => Write
  /** The gateway stops: what is under way is sent again later. */
  readonly signal: AbortSignal
}

/** OVER: nothing more is to be done for the endpoint. */
type TurnEnd = 'OVER' | 'HELD_BACK' | 'GOES_ON'

/** One turn of an endpoint: takes its events out of the log, and sends what is due. */
export type Deliver = (id: WebhookEndpointId, run: DeliveryRun) => Promise<void>

const PAGE = 100
/** Under way at once to one endpoint. */
const PARALLEL = 8
/** A turn begins nothing new after this; what it began ends within the sender's 20 s, all of it within the lease. */
const TURN_MS = 5_000
/** A wake-up that got lost costs no more than this. */
const IDLE_MS = 60_000
const GONE = 410

type ActiveEndpoint = WebhookEndpoint & { readonly secrets: NonNullable<WebhookEndpoint['secrets']> }

const isActive = (endpoint: WebhookEndpoint | null | undefined): endpoint is ActiveEndpoint =>
  endpoint != null && endpoint.enabled && endpoint.deletedAt === null && endpoint.secrets !== null

const isDelivered = (answer: WebhookAnswer): boolean =>
  'status' in answer && answer.status >= 200 && answer.status <= 299

export const createDeliver = ({ store, ids, report }: ServiceContext, sender: WebhookSender): Deliver => {
  const read = async (id: WebhookEndpointId): Promise<WebhookEndpoint | null> =>
    (await store.webhooks.byIds('SYSTEM', [id]))[0] ?? null

  /** The cursor moves with the messages: killed in between, either both are there or neither. */
  const take = async (endpoint: WebhookEndpoint): Promise<boolean> => {
    const { id: endpointId, cursor: from } = endpoint
    const page = await store.events.untaken(endpoint, PAGE)
    const to = page.rows.at(-1)?.cursor
    if (to === undefined) return false
    const now = new Date()
    // Who names an endpoint gets what it would not get otherwise.
    const others = page.rows.filter((event) => !isWanted(endpoint, event))
    const naming = await store.webhooks.naming(endpoint.id, [...new Set(others.map(({ consentId }) => consentId))])
    const messages = page.rows
      .filter((event) => isWanted(endpoint, event) || naming.has(event.consentId))
      .map((event) => toMessage(endpoint, event, now))
    await commitOrThrow(store, [{ kind: 'webhook.take', endpointId, from, to, messages }])
    return page.hasNextPage
  }

  /** It is gone and says so: nothing is sent there any more. */
  const switchOff = (id: WebhookEndpointId): Promise<void> =>
    untilCommitted(async () => {
      const endpoint = await read(id)
      if (!isActive(endpoint)) return
      await commitOrThrow(store, [
        { kind: 'webhook.update', endpoint: { ...endpoint, enabled: false, version: endpoint.version + 1 } },
        { kind: 'webhook.discard', endpointId: id },
        { kind: 'job.drop', job: { kind: 'SEND_WEBHOOKS', subject: id } },
      ])
      report('webhook.endpoint.gone', { subject: id })
    })

  const attempt = async (endpoint: ActiveEndpoint, message: WebhookMessage, signal: AbortSignal): Promise<void> => {
    const attemptedAt = new Date()
    const { body, eventId, eventType } = message
    const valid = endpoint.secrets.former.filter(({ until }) => until > attemptedAt)
    const secrets = [endpoint.secrets.current, ...valid.map(({ secret }) => secret)]
    const headers = toWebhookHeaders(secrets, { id: eventId, at: attemptedAt, body })
    const answer = await sender.send({ url: endpoint.url, headers, body, signal })
    const now = new Date()
    const status = 'status' in answer ? answer.status : null
    const waitMs = 'status' in answer ? answer.waitMs : null
    // Deleted or switched off meanwhile: whoever did that has discarded the message.
    const current = await read(endpoint.id)
    if (current === null || current.deletedAt !== null) return
    const isOver = isDelivered(answer) || status === GONE || eventType === TEST_EVENT || !current.enabled
    const number = message.attempts + 1
    const delivery: WebhookDelivery = {
      id: ids.next('whd'),
      endpointId: endpoint.id,
      eventId,
      eventType,
      attempt: number,
      attemptedAt,
      httpStatus: status,
      error: 'error' in answer ? answer.error : null,
      nextAttemptAt: isOver ? null : nextAttemptAt({ attempt: number, createdAt: message.createdAt, now, waitMs }),
      delivered: isDelivered(answer),
    }
    // A conflict ends this turn: it lost its lease, and another has made the same attempt.
    await commitOrThrow(store, [{ kind: 'webhook.attempted', delivery }])
    if (status === GONE) await switchOff(endpoint.id)
  }

  const sendDue = async (endpoint: ActiveEndpoint, signal: AbortSignal): Promise<boolean> => {
    const now = new Date()
    const due = (await store.webhooks.waiting(endpoint.id, PARALLEL)).filter(({ dueAt }) => dueAt <= now)
    const attempts = await Promise.allSettled(due.map((message) => attempt(endpoint, message, signal)))
    const failed = attempts.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
    return due.length > 0
  }

  /** What comes meanwhile is taken out of the log, and sent once the client is enabled. */
  const isHeldBack = async ({ clientId }: WebhookEndpoint): Promise<boolean> => {
    const client = await store.clients.byId(clientId)
    return client === null || client.disabledAt !== null
  }

  const turn = async (id: WebhookEndpointId, signal: AbortSignal): Promise<TurnEnd> => {
    const until = Date.now() + TURN_MS
    let held = false
    for (let busy = true; busy && Date.now() < until && !signal.aborted;) {
      const endpoint = await read(id)
      if (!isActive(endpoint)) return 'OVER'
      held = await isHeldBack(endpoint)
      const more = await take(endpoint)
      busy = (!held && (await sendDue(endpoint, signal))) || more
    }
    return held ? 'HELD_BACK' : 'GOES_ON'
  }

  /** What is due next tells; where a turn was cut short that is at once. */
  const nextTurn = async (id: WebhookEndpointId, end: TurnEnd): Promise<Date> => {
    if (end === 'HELD_BACK') return new Date(Date.now() + IDLE_MS)
    const [next] = await store.webhooks.waiting(id, 1)
    const idle = Date.now() + IDLE_MS
    return new Date(Math.min(next?.dueAt.getTime() ?? idle, idle))
  }

  return async (id, { finish, again, signal }) => {
    let end: TurnEnd = 'GOES_ON'
    try {
      end = await turn(id, signal)
    } catch (error) {
      if (!signal.aborted || error instanceof CommitConflict) throw error
    }
    if (end === 'OVER') return await commitOrThrow(store, [finish])
    const at = signal.aborted ? new Date() : await nextTurn(id, end)
    await commitOrThrow(store, [again(at)])
  }
}

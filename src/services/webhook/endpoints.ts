import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { ConsentEventType } from '../../domain/event.ts'
import { isId } from '../../domain/ids.ts'
import type { Write } from '../../domain/store.ts'
import { scopeOf, type Viewer } from '../../domain/viewer.ts'
import { isEventType, type WebhookEndpoint, type WebhookSender } from '../../domain/webhook.ts'
import { commitOrThrow, untilCommitted } from '../commit.ts'
import type { ServiceContext } from '../context.ts'
import type { Run } from '../idempotency.ts'
import { toTestMessage } from './message.ts'
import { newWebhookSecret } from './signature.ts'
import { jobOf, switchOff, switchOn } from './switching.ts'

type Given<Value> = Value | null | undefined

/** What an API client does with its endpoints. All reject with GatewayError: NOT_FOUND for another client's as for nobody's. */
export interface WebhookEndpoints {
  /** @returns the secret, which is never shown again */
  create(
    viewer: Viewer,
    input: { readonly endpointUrl: string; readonly eventTypes?: Given<readonly string[]> },
    run: Run,
  ): Promise<string>
  update(
    viewer: Viewer,
    input: {
      readonly id: string
      readonly endpointUrl?: Given<string>
      readonly eventTypes?: Given<readonly string[]>
      readonly enabled?: Given<boolean>
    },
    run: Run,
  ): Promise<void>
  /** @returns the new secret; the former one signs too for a day */
  rotate(viewer: Viewer, id: string, run: Run): Promise<string>
  remove(viewer: Viewer, id: string, run: Run): Promise<void>
  /** Sends an event of no consent, once. */
  test(viewer: Viewer, id: string, run: Run): Promise<void>
}

const ROTATION_MS = 24 * 3_600_000
/** Signatures beside the current one: more rotations a day than that are not for receivers to follow. */
const MAX_FORMER = 4
const TEST_PAUSE_MS = 5_000

const parseEventTypes = (names: readonly string[]): readonly ConsentEventType[] =>
  [...new Set(names)].map((name) => {
    if (isEventType(name)) return name
    throw invalidInput(
      'An event type is the name of a type that implements `ConsentEvent`, such as `ConsentStatusChanged`.',
      'input',
      'eventTypes',
    )
  })

export const createWebhookEndpoints = ({ store, ids }: ServiceContext, sender: WebhookSender): WebhookEndpoints => {
  const find = async (viewer: Viewer, id: string): Promise<WebhookEndpoint> => {
    const [endpoint] = isId('whe', id) ? await store.webhooks.byIds(scopeOf(viewer), [id]) : []
    if (endpoint != null && endpoint.deletedAt === null) return endpoint
    throw new GatewayError('NOT_FOUND', { message: 'No such webhook endpoint.', path: ['input', 'id'] })
  }

  const checkUrl = async (url: string): Promise<void> => {
    if (await sender.permits(url)) return
    throw invalidInput(
      'A webhook address is https, and its host has no private or special address.',
      'input',
      'endpointUrl',
    )
  }

  const taken = (): GatewayError =>
    new GatewayError('STATE_CONFLICT', {
      message: 'This address is registered already.',
      path: ['input', 'endpointUrl'],
    })

  /** Reads, decides and commits; a race is run again. */
  const change = (
    viewer: Viewer,
    id: string,
    { touched, claim }: Run,
    decide: (
      endpoint: WebhookEndpoint,
      now: Date,
    ) => Promise<{ readonly changed: Partial<WebhookEndpoint>; readonly writes: readonly Write[] }>,
  ): Promise<void> =>
    untilCommitted(async () => {
      const endpoint = await find(viewer, id)
      touched.webhookEndpointId = endpoint.id
      const { changed, writes } = await decide(endpoint, new Date())
      const next = { ...endpoint, ...changed, version: endpoint.version + 1 }
      await commitOrThrow(store, [...claim(), { kind: 'webhook.update', endpoint: next }, ...writes])
    })

  return {
    create: async (viewer, input, { touched, claim }) => {
      const eventTypes = parseEventTypes(input.eventTypes ?? [])
      await checkUrl(input.endpointUrl)
      const secret = newWebhookSecret()
      await untilCommitted(async () => {
        const known = await store.webhooks.byUrl(scopeOf(viewer), input.endpointUrl)
        if (known !== null && !known.onlyNamed) throw taken()
        const now = new Date()
        const fresh = { eventTypes, onlyNamed: false, enabled: true, secrets: { current: secret, former: [] } }
        if (known !== null) {
          touched.webhookEndpointId = known.id
          const endpoint = { ...known, ...fresh, version: known.version + 1 }
          const writes = await switchOn(store, known, now)
          return await commitOrThrow(store, [...claim(), { kind: 'webhook.update', endpoint }, ...writes])
        }
        const endpoint: WebhookEndpoint = {
          ...fresh,
          id: ids.next('whe'),
          clientId: viewer.client.id,
          url: input.endpointUrl,
          cursor: await store.events.head(),
          version: 1,
          testedAt: null,
          createdAt: now,
          deletedAt: null,
        }
        touched.webhookEndpointId = endpoint.id
        await commitOrThrow(store, [
          ...claim(),
          { kind: 'webhook.insert', endpoint },
          { kind: 'job.schedule', job: jobOf(endpoint), dueAt: now },
        ])
      })
      return secret
    },

    update: async (viewer, input, run) => {
      const eventTypes = input.eventTypes == null ? null : parseEventTypes(input.eventTypes)
      if (input.endpointUrl != null) await checkUrl(input.endpointUrl)
      await change(viewer, input.id, run, async (endpoint, now) => {
        const url = input.endpointUrl ?? endpoint.url
        if (url !== endpoint.url && (await store.webhooks.byUrl(scopeOf(viewer), url)) !== null) throw taken()
        const enabled = input.enabled ?? endpoint.enabled
        const turned =
          enabled === endpoint.enabled ? [] : enabled ? await switchOn(store, endpoint, now) : switchOff(endpoint)
        return { changed: { url, enabled, eventTypes: eventTypes ?? endpoint.eventTypes }, writes: turned }
      })
    },

    rotate: async (viewer, id, run) => {
      const secret = newWebhookSecret()
      await change(viewer, id, run, async ({ secrets }, now) => {
        const former =
          secrets === null ? [] : [{ secret: secrets.current, until: new Date(now.getTime() + ROTATION_MS) }]
        const valid = [...former, ...(secrets?.former ?? []).filter(({ until }) => until > now)]
        return { changed: { secrets: { current: secret, former: valid.slice(0, MAX_FORMER) } }, writes: [] }
      })
      return secret
    },

    remove: (viewer, id, run) =>
      change(viewer, id, run, async (endpoint, now) => ({
        changed: { deletedAt: now, secrets: null },
        writes: switchOff(endpoint),
      })),

    test: (viewer, id, run) =>
      change(viewer, id, run, async (endpoint, now) => {
        if (!endpoint.enabled) {
          throw new GatewayError('STATE_CONFLICT', { message: 'This webhook endpoint is switched off.' })
        }
        const retryAt = new Date((endpoint.testedAt?.getTime() ?? 0) + TEST_PAUSE_MS)
        if (retryAt > now) throw new GatewayError('RATE_LIMITED', { retryAt })
        return {
          changed: { testedAt: now },
          writes: [
            { kind: 'webhook.message', message: toTestMessage(endpoint, ids.next('evt'), now) },
            { kind: 'job.hasten', job: jobOf(endpoint), dueAt: now },
          ],
        }
      }),
  }
}

import type { ConsentEvent, ConsentEventBody } from '../../domain/event.ts'
import type { EventId } from '../../domain/ids.ts'
import { TEST_EVENT, type WebhookEndpoint, type WebhookMessage } from '../../domain/webhook.ts'

/** Named one by one: what a provider said in words stays behind, and what is added to an event later is not sent unseen. */
const toBody = (body: ConsentEventBody): object => {
  switch (body.type) {
    case 'ConsentStatusChanged': {
      const { from, to, reason, providerStatus } = body
      return { from, to, reason, providerStatus: providerStatus === null ? null : { raw: providerStatus.raw } }
    }
    case 'ConsentDetailsChanged':
      return { changed: body.changed }
    case 'ConsentExpiringSoon':
      return { daysLeft: body.daysLeft }
    case 'ConsentRevocationProgressed': {
      const { state, attempts, requestedAt, nextAttemptAt, confirmedAt } = body.revocation
      return { revocation: { state, attempts, requestedAt, nextAttemptAt, confirmedAt } }
    }
    case 'AuthStepChanged':
      return { authSessionId: body.authSessionId, stepId: body.stepId }
  }
}

/** By the endpoint itself, whatever consents name it. */
export const isWanted = ({ onlyNamed, eventTypes }: WebhookEndpoint, { body }: ConsentEvent): boolean =>
  !onlyNamed && (eventTypes.length === 0 || eventTypes.includes(body.type))

/** JSON, byte for byte what is signed and sent. */
export const toWebhookBody = (event: ConsentEvent): string =>
  JSON.stringify({
    type: event.body.type,
    timestamp: event.at,
    data: {
      id: event.id,
      cursor: event.cursor,
      at: event.at,
      consentId: event.consentId,
      userId: event.userId,
      provider: event.provider,
      consentVersion: event.consentVersion,
      body: toBody(event.body),
    },
  })

export const toMessage = (endpoint: WebhookEndpoint, event: ConsentEvent, now: Date): WebhookMessage => ({
  endpointId: endpoint.id,
  eventId: event.id,
  eventType: event.body.type,
  body: toWebhookBody(event),
  attempts: 0,
  dueAt: now,
  createdAt: now,
})

export const toTestMessage = (endpoint: WebhookEndpoint, id: EventId, now: Date): WebhookMessage => ({
  endpointId: endpoint.id,
  eventId: id,
  eventType: TEST_EVENT,
  body: JSON.stringify({ type: TEST_EVENT, timestamp: now, data: { id, at: now } }),
  attempts: 0,
  dueAt: now,
  createdAt: now,
})

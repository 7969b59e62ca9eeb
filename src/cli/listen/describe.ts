import { z } from 'zod'
import type { WebhookAnswer } from '../../domain/webhook.ts'

const BODY = z.object({
  type: z.string(),
  timestamp: z.string(),
  data: z.object({
    id: z.string(),
    consentId: z.string(),
    provider: z.string(),
    body: z.looseObject({
      from: z.string().nullish(),
      to: z.string().optional(),
      reason: z.string().nullish(),
      changed: z.array(z.string()).optional(),
      daysLeft: z.number().optional(),
      revocation: z.looseObject({ state: z.string() }).optional(),
    }),
  }),
})

type EventBody = z.infer<typeof BODY>['data']['body']

const whatHappened = ({ from, to, reason, changed, daysLeft, revocation }: EventBody): string => {
  if (to !== undefined) return `${from == null ? '' : `${from} -> `}${to}${reason == null ? '' : ` (${reason})`}`
  if (changed !== undefined) return changed.join(', ')
  if (daysLeft !== undefined) return `${daysLeft} days left`
  return revocation?.state ?? ''
}

/** One line for a person: when, what, whose. A type that is not known yet is shown by its name. */
export const describeEvent = (webhookBody: string): string => {
  const { type, timestamp, data } = BODY.parse(JSON.parse(webhookBody))
  const parts = [timestamp, type, whatHappened(data.body), data.consentId, data.provider]
  return parts.filter((part) => part !== '').join('  ')
}

export const describeAnswer = (answer: WebhookAnswer): string =>
  'status' in answer ? `answered ${answer.status}` : answer.error

import { z } from 'zod'
import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { parseBody } from './body.ts'
import { badRequest } from './refusal.ts'
import type { Webhooks } from './webhooks.ts'

const endpoint = z.object({ url: z.url({ protocol: /^https?$/ }).nullable() })
const repetition = z.object({ message_id: z.string() })

const describe = (webhooks: Webhooks): Reply => json(200, { url: webhooks.url(), messages: webhooks.messages() })

/** What a person does in the console, where the real service has no API; JSON only, so that no foreign page can. */
export const createConsoleRoutes = (webhooks: Webhooks) => ({
  'GET /console/webhook': () => describe(webhooks),
  'POST /console/webhook': (request: SimulatorRequest) => {
    webhooks.setUrl(parseBody(request, endpoint).url)
    return describe(webhooks)
  },
  'POST /console/webhook/redeliver': (request: SimulatorRequest) => {
    const { message_id: messageId } = parseBody(request, repetition)
    if (!webhooks.messages().some((message) => message.messageId === messageId)) throw badRequest('no such message')
    webhooks.redeliver(messageId)
    return describe(webhooks)
  },
})

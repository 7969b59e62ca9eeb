import { type Command, Option } from 'commander'
import { isId } from '../domain/ids.ts'
import { PROVIDER_IDS } from '../domain/provider-id.ts'
import { newWebhookSecret } from '../services/webhook/signature.ts'
import { createWebhookSender } from '../upstream/webhook-sender.ts'
import type { AddCommand, CommandContext } from './context.ts'
import { parseAddress, parseGateway } from './gateway-address.ts'
import { describeAnswer, describeEvent } from './listen/describe.ts'
import { follow } from './listen/follow.ts'
import { forward, type Forwarded } from './listen/forward.ts'
import type { StreamEvent } from './listen/subscription.ts'

interface ListenOptions {
  readonly url?: string
  readonly forwardTo?: string
  readonly from?: string
  readonly user?: string
  readonly consent?: string
  readonly provider?: readonly string[]
}

const toFilter = ({ user, consent, provider }: ListenOptions): object => ({
  ...(user !== undefined && { user: isId('usr', user) ? { id: user } : { externalId: user } }),
  ...(consent !== undefined && { consentId: consent }),
  ...(provider !== undefined && { provider }),
})

const untilInterrupted = (): AbortSignal => {
  const stopping = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort())
  return stopping.signal
}

/** What is done with each event, once it is printed. */
type Pass = (event: StreamEvent) => Promise<Forwarded | null>

const createPass = (
  context: CommandContext,
  url: string | undefined,
  given: string | null,
  signal: AbortSignal,
): Pass & AsyncDisposable => {
  const none = { [Symbol.asyncDispose]: async () => {} }
  if (url === undefined) return Object.assign(async () => null, none)
  const secret = given ?? newWebhookSecret()
  context.note(`Forwards to ${url}.`)
  if (given === null) context.note(`Signs with ${secret}; set CONSENTGRAPH_WEBHOOK_SECRET to keep one.`)
  const sender = createWebhookSender({ guarded: false })
  const pass: Pass = (event) =>
    forward(event, {
      url,
      secret,
      sender,
      signal,
      onFailure: (answer, againInMs) => {
        const next = againInMs === null ? 'given up' : `again in ${Math.ceil(againInMs / 1000)} s`
        context.note(`  ${event.id} was not taken: ${describeAnswer(answer)}; ${next}.`)
      },
    })
  return Object.assign(pass, { [Symbol.asyncDispose]: () => sender[Symbol.asyncDispose]() })
}

const listen = async (context: CommandContext, options: ListenOptions): Promise<void> => {
  const { url: configured, apiKey, webhookSecret } = await context.client()
  const url = options.url ?? configured
  const signal = untilInterrupted()
  await using pass = createPass(context, options.forwardTo, webhookSecret, signal)
  let position = options.from ?? null
  let lost = false
  const sayWhere = (): void => {
    context.note(lost ? 'Connected again.' : `Listens to ${url}. Ctrl-C stops it.`)
    lost = false
  }
  try {
    for await (const happening of follow({ url, apiKey, filter: toFilter(options), after: position, signal })) {
      switch (happening.kind) {
        case 'CONNECTED':
          // Without a cursor it begins with the answer: what happened before that is not told.
          if (position !== null) sayWhere()
          break
        case 'LISTENING':
          if (position === null) sayWhere()
          position = happening.cursor
          break
        case 'GAP':
          context.note(`GAP (${happening.reason}): events before this were missed. Read the consents anew.`)
          position = happening.resumeFrom
          break
        case 'LOST':
          if (!lost) context.note(`${happening.why} Trying ${url} again.`)
          lost = true
          break
        case 'EVENT': {
          const { event } = happening
          const { cursor, webhookBody } = event
          context.tell(describeEvent(webhookBody), { event: JSON.parse(webhookBody) as unknown })
          const forwarded = await pass(event)
          if (forwarded !== null) {
            const { answer, delivered, attempts } = forwarded
            const why = 'status' in answer ? { status: answer.status } : answer
            const outcome = { eventId: event.id, delivered, attempts, ...why }
            context.tell(`  ${delivered ? describeAnswer(answer) : 'given up'}`, { forwarded: outcome })
          }
          position = cursor
          break
        }
      }
    }
  } catch (error) {
    // What was being forwarded is not done with, and comes again with this cursor.
    if (!signal.aborted) throw error
  }
  if (position !== null) context.note(`To go on from here: --from ${position}`)
}

const providers = (): Option =>
  new Option('--provider <provider...>', 'only of consents through these providers').choices(PROVIDER_IDS)

/** Speaks to a gateway as any client does; reads nothing of its configuration, and no store. */
export const addListen: AddCommand = (program, context) => {
  const command: Command = program
    .command('listen')
    .description('prints events as they happen, and forwards them to a server of yours as webhooks')
    .option('--url <address>', 'of the gateway, in place of CONSENTGRAPH_URL', parseGateway)
    .option('--forward-to <address>', 'where to send each event, signed as a webhook', parseAddress)
    .option('--from <cursor>', 'begin behind this event, and not now')
    .option('--user <id>', 'only of this person: an externalId, or an id')
    .option('--consent <id>', 'only of this consent')
    .addOption(providers())
  command.action(async (options: ListenOptions) => await listen(context, options))
}

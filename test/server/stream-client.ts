import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'

export interface ServerEvent {
  /** `comment` for what is not an event. */
  readonly event: string
  readonly id?: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what each event carries is what the tests are about
  readonly data?: any
}

export interface StreamClient extends AsyncDisposable {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly response: IncomingMessage
  /** The next event that is no comment; null at the end of the stream. Rejects where the connection is cut. */
  next(): Promise<ServerEvent | null>
  /** The next event or comment. */
  raw(): Promise<ServerEvent | null>
  /** All that is still to come. */
  rest(): Promise<readonly ServerEvent[]>
}

export interface AskStream {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Null: none. */
  readonly body?: unknown
}

const parseEvent = (block: string): ServerEvent => {
  if (block.startsWith(':')) return { event: 'comment' }
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const
    }),
  )
  const id = fields.get('id')
  const data = fields.get('data') ?? ''
  return {
    event: fields.get('event') ?? 'message',
    ...(id !== undefined && { id }),
    ...(data !== '' && { data: JSON.parse(data) as unknown }),
  }
}

async function* eventsOf(response: IncomingMessage): AsyncGenerator<ServerEvent, void> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk as string
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) yield parseEvent(block)
  }
}

/** A bare client of event streams, so that tests see each event, each comment and each end. */
export const openStream = async (gateway: { readonly url: string }, asked: AskStream = {}): Promise<StreamClient> => {
  const { method = 'POST', path = '/graphql', headers = {}, body } = asked
  const asking: ClientRequest = request(`${gateway.url}${path}`, {
    method,
    agent: false,
    headers: {
      accept: 'text/event-stream',
      ...(body == null ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  })
  asking.end(body == null ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  // Cut connections are what some tests are about; whoever reads sees it.
  asking.on('error', () => {})
  response.on('error', () => {})
  const events = eventsOf(response)
  const raw = async (): Promise<ServerEvent | null> => {
    const next = await events.next()
    return next.done === true ? null : next.value
  }
  const next = async (): Promise<ServerEvent | null> => {
    for (;;) {
      const event = await raw()
      if (event?.event !== 'comment') return event
    }
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    response,
    raw,
    next,
    rest: async () => {
      const rest: ServerEvent[] = []
      for (let event = await next(); event !== null; event = await next()) rest.push(event)
      return rest
    },
    [Symbol.asyncDispose]: async () => {
      asking.destroy()
    },
  }
}

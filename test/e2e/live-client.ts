import { type Client, createClient } from 'graphql-ws'

/** What one subscription sends, in order. Errors of the operation, and the close of the socket, reject. */
export interface LiveStream<Item> {
  /** Waits for the next item; rejects where the stream has completed instead. */
  next(): Promise<Item>
  /** Waits for an item like this one, and passes over those before it. */
  until(wanted: (item: Item) => boolean): Promise<Item>
  /** Waits for the end of the stream; what came before it. */
  rest(): Promise<readonly Item[]>
  stop(): Promise<void>
}

export interface LiveClient extends AsyncDisposable {
  subscribe<Data, Field extends keyof Data & string>(
    field: Field,
    query: string,
    variables?: Readonly<Record<string, unknown>>,
  ): LiveStream<Data[Field]>
  /** Resolves when the server or the network has closed the socket. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  /** Cuts the connection, as a network does. */
  cut(): void
}

/** One field of the results of an operation. */
const streamOf = <Item>(client: Client, field: string, query: string, variables: Record<string, unknown>) => {
  const results = client.iterate<Record<string, Item>>({ query, variables })
  const next = async (): Promise<IteratorResult<Item, undefined>> => {
    const result = await results.next()
    if (result.done === true) return { done: true, value: undefined }
    const { data, errors } = result.value
    if (errors !== undefined || data == null) throw new Error(JSON.stringify(errors))
    return { done: false, value: data[field] as Item }
  }
  const item = async (): Promise<Item> => {
    const result = await next()
    if (result.done === true) throw new Error(`${field} has completed`)
    return result.value
  }
  const stream: LiveStream<Item> = {
    next: item,
    until: async (wanted) => {
      for (;;) {
        const found = await item()
        if (wanted(found)) return found
      }
    },
    rest: async () => {
      const items: Item[] = []
      for (let result = await next(); result.done !== true; result = await next()) items.push(result.value)
      return items
    },
    stop: async () => {
      await results.return?.()
    },
  }
  return stream
}

/** One socket with the credential in `connection_init`; it does not reconnect by itself. */
export const openLiveClient = (url: string, credential: string | null): LiveClient => {
  const closed = Promise.withResolvers<{ code: number; reason: string }>()
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    connectionParams: credential === null ? {} : { authorization: `Bearer ${credential}` },
    lazy: false,
    retryAttempts: 0,
    // The close of the socket is seen by whoever waits for it.
    onNonLazyError: () => {},
    on: { closed: (event) => closed.resolve(event as { code: number; reason: string }) },
  })
  return {
    subscribe: (field, query, variables = {}) => streamOf(client, field, query, { ...variables }),
    closed: closed.promise,
    cut: () => client.terminate(),
    [Symbol.asyncDispose]: async () => {
      await client.dispose()
    },
  }
}

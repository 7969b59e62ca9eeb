/** The page. Everything that it loads comes from this server. */
export const GRAPHIQL_PAGE = /* html */ `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>GraphiQL</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/graphiql/graphiql.css" />
    <link rel="stylesheet" href="/graphiql/page.css" />
    <script defer src="/graphiql/react.js"></script>
    <script defer src="/graphiql/react-dom.js"></script>
    <script defer src="/graphiql/graphiql.js"></script>
    <script type="module" src="/graphiql/boot.js"></script>
  </head>
  <body><div id="graphiql">Loading GraphiQL …</div></body>
</html>
`

export const GRAPHIQL_PAGE_CSS = `html, body, #graphiql { height: 100%; margin: 0 }`

/**
 * Runs in the browser. `#query=...&headers=...` (each percent-encoded, headers as JSON) fills the editors: a fragment is never
 * sent, so a key in it reaches no log. What the headers editor holds goes with HTTP requests and, as its `authorization`,
 * into connection_init.
 */
export const GRAPHIQL_BOOT = /* javascript */ `
import { createClient } from '/graphiql/graphql-ws/client.js'

const given = new URLSearchParams(location.hash.slice(1))
const socketUrl = new URL('/graphql', location.href)
socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'

const headerOf = (headers, wanted) =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1]

let socket = null
const socketFor = (authorization) => {
  if (socket?.authorization === authorization) return socket.client
  socket?.client.dispose()
  const connectionParams = authorization === undefined ? {} : { authorization }
  const client = createClient({ url: socketUrl.href, connectionParams, lazy: true, retryAttempts: 3 })
  socket = { authorization, client }
  return client
}

const isSubscription = (document, operationName) =>
  document?.definitions.some(
    (definition) =>
      definition.kind === 'OperationDefinition' &&
      definition.operation === 'subscription' &&
      (!operationName || definition.name?.value === operationName),
  )

const fetcher = async (params, { headers = {}, documentAST } = {}) => {
  if (isSubscription(documentAST, params.operationName)) {
    return socketFor(headerOf(headers, 'authorization')).iterate(params)
  }
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(params),
  })
  return response.json()
}

/** A link that brings its own operation starts clean; otherwise the tabs of the last visit come back. */
const memory = () => {
  const items = new Map()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
    get length() {
      return items.size
    },
  }
}

const props = {
  fetcher,
  defaultEditorToolsVisibility: 'headers',
  shouldPersistHeaders: false,
  ...(given.has('query') ? { query: given.get('query'), storage: memory() } : {}),
  ...(given.has('variables') ? { variables: given.get('variables') } : {}),
  ...(given.has('headers') ? { headers: given.get('headers') } : {}),
}
ReactDOM.createRoot(document.getElementById('graphiql')).render(React.createElement(GraphiQL, props))
`

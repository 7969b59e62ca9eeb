/** What can be wrong with a request before any resolver runs. `docs/errors.md` is written from it. */
export const PROTOCOL_ERRORS = {
  BAD_REQUEST: { retryable: false, whatToDo: 'Send a GraphQL request as the message says.' },
  PAYLOAD_TOO_LARGE: { retryable: false, whatToDo: 'Send less than the limit that the message names.' },
  GRAPHQL_PARSE_FAILED: { retryable: false, whatToDo: 'Correct the syntax at `locations`.' },
  GRAPHQL_VALIDATION_FAILED: { retryable: false, whatToDo: 'Correct the operation at `locations`.' },
  BAD_USER_INPUT: { retryable: false, whatToDo: 'Correct the variable or argument that the message names.' },
  OPERATION_RESOLUTION_FAILURE: { retryable: false, whatToDo: 'Send an `operationName` that the document has.' },
  PERSISTED_QUERY_NOT_FOUND: { retryable: true, whatToDo: 'Send the query with its hash once.' },
  PERSISTED_QUERY_NOT_SUPPORTED: { retryable: false, whatToDo: 'Send the whole query.' },
  PERSISTED_QUERY_NOT_IN_LIST: {
    retryable: false,
    whatToDo: 'Send an operation of the manifest that the gateway was started with, by its id or word for word.',
  },
  OPERATION_TOO_LARGE: { retryable: false, whatToDo: 'Split the document: it has more tokens than one may have.' },
  OPERATION_TOO_DEEP: { retryable: false, whatToDo: 'Nest the selections less deeply.' },
  OPERATION_TOO_WIDE: { retryable: false, whatToDo: 'Select fewer fields, aliases or root fields at once.' },
  OPERATION_TOO_COSTLY: { retryable: false, whatToDo: 'Ask for smaller pages, or for fewer lists inside lists.' },
  OVERLOADED: { retryable: true, whatToDo: 'Come again after `Retry-After`: nothing was done.' },
  VARIABLES_TOO_LARGE: { retryable: false, whatToDo: 'Send shorter lists, or nest less deeply.' },
  CALLBACK_REFUSED: {
    retryable: false,
    whatToDo:
      'Name an address that the gateway may call, https and public unless `ROUTER_CALLBACK_ORIGINS` has it, and answer `check` with 204.',
  },
  SUBSCRIPTION_NEEDS_WEBSOCKET: {
    retryable: false,
    whatToDo:
      'At the same address, open a WebSocket with the subprotocol `graphql-transport-ws`, or send `Accept: text/event-stream`.',
  },
} as const satisfies Record<string, { readonly retryable: boolean; readonly whatToDo: string }>

export type ProtocolCode = keyof typeof PROTOCOL_ERRORS

export const isProtocolCode = (code: string): code is ProtocolCode => Object.hasOwn(PROTOCOL_ERRORS, code)

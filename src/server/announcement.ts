/** What a developer may try at once; there is none in production. */
export interface Welcome {
  readonly apiKey: string
  readonly userToken: string
  readonly institutionId: string | null
  /** Signs what is sent to a `webhookUrl` that is not registered. */
  readonly webhookSecret: string
}

export interface Start {
  readonly url: string
  readonly welcome: Welcome | null
  /** False where nobody has a key that is taken. */
  readonly hasClients: boolean
  readonly inboxUrl: string | null
}

const operationFor = (institutionId: string): string => `mutation {
  startAuthorization(input: {
    user: { externalId: "demo-user" }
    target: { institutionId: "${institutionId}" }
    psu: { phone: "+15550100" }
  }) {
    authSession { id nextStep { id title ... on OtpStep { maskedDestination onWrongAnswer } } }
    consent { id status }
    userErrors { ... on UserError { code message path } }
  }
}`

const FIRST_CLIENT = [
  '',
  'No API client exists yet, so that nobody can call it. Beside it, with its environment, run:',
  '',
  '  npx consentgraph client create --name <name>',
]

/** What a person reads after the start. In production: the addresses, and nothing secret. */
export const describeStart = ({ url, welcome, hasClients, inboxUrl }: Start): string => {
  const addresses = [
    '',
    'Consentgraph is ready.',
    '',
    `  GraphQL    ${url}/graphql`,
    `  WebSocket  ${url.replace(/^http/, 'ws')}/graphql`,
  ]
  if (welcome === null) return [...addresses, ...(hasClients ? [] : FIRST_CLIENT), '', ''].join('\n')
  const { apiKey, userToken, institutionId, webhookSecret } = welcome
  const headers = JSON.stringify({ authorization: `Bearer ${apiKey}` })
  const operation = institutionId === null ? null : operationFor(institutionId)
  const prefill = new URLSearchParams({ headers, ...(operation !== null && { query: operation }) })
  const graphiql = `${url}/graphql#${prefill.toString().replaceAll('+', '%20')}`
  return [
    ...addresses,
    `  GraphiQL   ${graphiql}`,
    ...(inboxUrl === null ? [] : [`  Inbox      ${inboxUrl}   (the codes that the sandbox "sends")`]),
    '',
    `  API key    ${apiKey}`,
    `  User token ${userToken}`,
    '             (for the user demo-user, valid for an hour)',
    `  Webhooks   ${webhookSecret}`,
    '             (signs what goes to a `webhookUrl` that is not registered)',
    ...(operation === null
      ? []
      : ['', 'Paste this into GraphiQL (the link above has it), then answer with the code 123:', '', operation]),
    '',
    'Ctrl-C stops it; a second start finds what this one stored.',
    '',
    '',
  ].join('\n')
}

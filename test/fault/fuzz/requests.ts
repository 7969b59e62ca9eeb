import fc from 'fast-check'

export interface FuzzedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

const JSON_TYPE = 'application/json'

const deep = (open: string, close: string, count: number): string => open.repeat(count) + close.repeat(count)

/** Bodies that are no GraphQL request. */
const strangeBody: fc.Arbitrary<string> = fc.oneof(
  fc.json({ maxDepth: 6 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '',
    'null',
    '[]',
    '{}',
    '"query"',
    '\ufeff{"query":"{ __typename }"}',
    deep('[', ']', 20_000),
    deep('{"a":', '}', 5_000),
    '{"query":null}',
    '{"query":1}',
    '{"query":["{ __typename }"]}',
    '{"query":"{ __typename }","variables":[]}',
    '{"query":"{ __typename }","variables":"x"}',
    '{"query":"{ __typename }","operationName":7}',
    '{"query":"{ __typename }","extensions":[1]}',
    '{"query":"{ __typename }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}',
    '{"extensions":{"persistedQuery":{"version":2,"sha256Hash":7}}}',
    '[{"query":"{ __typename }"},{"query":"{ __typename }"}]',
    '{"__proto__":{"query":"{ __typename }"}}',
    '{"query":"{ __typename }","variables":{"__proto__":{"polluted":true},"constructor":{"prototype":{}}}}',
    `{"query":"{ __typename }","variables":{"a":${deep('[', ']', 3_000)}}}`,
  ),
)

const contentType = fc.constantFrom(
  JSON_TYPE,
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/graphql',
  '*/*',
  '',
)
const accept = fc.constantFrom(
  JSON_TYPE,
  'application/graphql-response+json',
  'text/event-stream',
  'text/html',
  '*/*;q=0',
  'nonsense',
  '',
)

/** @param credentials good ones and bad ones */
export const requestArbitrary = (
  operation: fc.Arbitrary<string>,
  credentials: readonly string[],
): fc.Arbitrary<FuzzedRequest> => {
  const authorization = fc.constantFrom(...credentials)
  const plain = fc
    .record({ query: operation, authorization })
    .map(({ query, authorization: credential }): FuzzedRequest => ({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': JSON_TYPE, authorization: credential },
      body: JSON.stringify({ query }),
    }))
  const withVariables = fc
    .record({ query: operation, variables: fc.jsonValue(), authorization })
    .map(({ query, variables, authorization: credential }): FuzzedRequest => ({
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': JSON_TYPE, authorization: credential },
      body: JSON.stringify({
        query: query.replace(/^(query|mutation) /, '$1 ($a: Int, $missing: Boolean!) '),
        variables,
      }),
    }))
  const strange = fc
    .record({
      method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'),
      path: fc.oneof(
        fc.constantFrom(
          '/graphql',
          '/graphql/',
          '/graphql?query={__typename}',
          '/graphql?query=%7B',
          '/callback/fiskil',
          '/callback/enableBanking?code=a&state=b',
          '/webhooks/fiskil',
          '/webhooks/insurely',
          '/webhooks/__proto__',
          '/health/ready',
          '/.well-known/jwks.json',
          '/sandbox',
          '/return?auth_session_id=%00',
        ),
        fc.webPath({ size: 'small' }),
      ),
      type: contentType,
      accept,
      body: strangeBody,
      authorization,
    })
    .map(({ method, path, type, accept: accepted, body, authorization: credential }): FuzzedRequest => ({
      method,
      path: path.startsWith('/') ? path : `/${path}`,
      headers: {
        authorization: credential,
        ...(type !== '' && { 'content-type': type }),
        ...(accepted !== '' && { accept: accepted }),
      },
      body: method === 'GET' || method === 'DELETE' || method === 'OPTIONS' ? null : body,
    }))
  return fc.oneof(
    { arbitrary: plain, weight: 6 },
    { arbitrary: withVariables, weight: 1 },
    { arbitrary: strange, weight: 3 },
  )
}

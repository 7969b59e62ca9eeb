import { ERRORS, type ErrorCode, GatewayError, isProblemCode } from '../../src/domain/errors.ts'
import { headOf } from '../../src/graphql/pipeline/error-mask.ts'
import { PROTOCOL_ERRORS } from '../../src/graphql/pipeline/protocol-errors.ts'
import { toMutationView } from '../../src/graphql/user-errors.ts'
import { toUserFault } from '../../src/services/idempotency.ts'

export const ERRORS_PAGE = new URL('../../docs/errors.md', import.meta.url)

const INTRODUCTION = `# Errors

An error comes in one of two ways.

- As data, in \`userErrors\` of a mutation's payload: what a caller can act on. Select \`__typename\` and
  \`... on UserError { code message path }\`, and more fields by type.
- As a GraphQL error, in \`errors\`, with \`extensions.code\`, \`extensions.requestId\` and \`extensions.retryable\`, and where they
  are known \`path\` (of the input), \`retryAt\`, \`providerCode\` and \`resumeFrom\`: what no payload can carry, and everything that goes wrong
  in a query or a subscription. HTTP, WebSocket and event streams carry the same.

A message is for developers, never for the person at the bank. It holds no secret and nothing personal, and it may change:
decide by the code. "Again" says whether the same request, unchanged, may succeed later. A mutation without an answer is
repeated with the same \`idempotencyKey\`.

This page is written from the tables that the gateway answers with: \`npm run docs:errors\`.
`

interface Row {
  readonly code: string
  readonly cells: readonly string[]
}

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`)

const table = (columns: readonly string[], rows: readonly Row[]): string =>
  [
    `| code | ${columns.join(' | ')} |`,
    `|${'---|'.repeat(columns.length + 1)}`,
    ...rows.map(({ code, cells }) => `| \`${code}\` | ${cells.map(cell).join(' | ')} |`),
    '',
  ].join('\n')

const again = (retryable: boolean): string => (retryable ? 'yes' : 'no')

/** The type under which a mutation shows the code; null where it becomes a GraphQL error. */
const typeOf = (code: ErrorCode): string | null => {
  const fault = toUserFault(new GatewayError(code), 'req_errors')
  if (fault === null) return null
  const view = toMutationView({ userId: null, consentId: null, authSessionId: null, userErrors: [fault] })
  return view.userErrors[0]?.__typename ?? null
}

/** Null: the code asks for none. */
const statusOf = (code: ErrorCode): number | null => headOf([{ message: '', extensions: { code } }], new Date(0)).status

const CODES = Object.keys(ERRORS) as readonly ErrorCode[]
const actOn = CODES.filter((code) => !isProblemCode(code) && typeOf(code) !== null)
const problems = CODES.filter(isProblemCode)
const others = CODES.filter((code) => typeOf(code) === null)

const rows = (codes: readonly ErrorCode[], first: (code: ErrorCode) => readonly string[]): readonly Row[] =>
  codes.map((code) => {
    const { message, retryable, whatToDo } = ERRORS[code]
    return { code, cells: [...first(code), message, again(retryable), whatToDo] }
  })

const HEAD = ['what it says by default', 'again', 'what to do'] as const

export const renderErrorsPage = (): string =>
  [
    INTRODUCTION,
    `## What a caller can act on

In \`userErrors\` under the type named here; in a query or a subscription as a GraphQL error of the same code, and so is
\`NOT_ALLOWED\` for a missing scope, in a mutation too. The HTTP status is 200, but for ${actOn
      .filter((code) => statusOf(code) !== null)
      .map((code) => `\`${code}\` as a GraphQL error, which is ${statusOf(code)}`)
      .join(', ')}.
`,
    table(
      ['type', ...HEAD],
      rows(actOn, (code) => [`\`${typeOf(code) ?? ''}\``]),
    ),
    `## What went wrong between the gateway and a provider

In \`ProviderProblem.code\`: of a \`${typeOf(problems[0] ?? 'PROVIDER_UNAVAILABLE')}\` in \`userErrors\` (whose own code is \`PROVIDER_PROBLEM\`), of a source report, of
an authorization, of a revocation. None of them ends a consent that was granted.
`,
    table(
      HEAD,
      rows(problems, () => []),
    ),
    `## What only a GraphQL error can say

The status is that of an answer over HTTP that is nothing but this error; 200 where a field of the operation failed, 500
where the operation was not even begun.
`,
    table(
      ['status', ...HEAD],
      rows(others, (code) => [String(statusOf(code) ?? '200 or 500')]),
    ),
    `## What is wrong with a request before anything runs

GraphQL errors. The message says what exactly is wrong.
`,
    table(
      ['again', 'what to do'],
      Object.entries(PROTOCOL_ERRORS).map(([code, { retryable, whatToDo }]) => ({
        code,
        cells: [again(retryable), whatToDo],
      })),
    ),
  ].join('\n')

import { ERRORS, type ErrorCode } from '../../src/domain/errors.ts'
import { isProtocolCode, PROTOCOL_ERRORS } from '../../src/graphql/pipeline/protocol-errors.ts'

/** Ends the demo: what happened, under which code, and what to do about it. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure'
  readonly code: string
  readonly whatToDo: string

  constructor(code: string, message: string, whatToDo: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
    this.whatToDo = whatToDo
  }
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code)

const whatToDo = (code: string): string => {
  if (isErrorCode(code)) return ERRORS[code].whatToDo
  return isProtocolCode(code) ? PROTOCOL_ERRORS[code].whatToDo : 'Look for the code in docs/errors.md.'
}

export interface SaidError {
  readonly code: string
  readonly message: string
}

/** What the gateway said, with the advice that `docs/errors.md` gives. */
export const toFailure = ({ code, message }: SaidError): DemoFailure => new DemoFailure(code, message, whatToDo(code))

/** Of a provider's problem, its own code says more than PROVIDER_PROBLEM. */
export interface UserError extends SaidError {
  readonly problem?: SaidError | null
}

/** For a payload whose errors may be a provider's. */
export const USER_ERRORS =
  'userErrors { ... on UserError { code message } ... on ProviderError { problem { code message } } }'

export const failOn = (userErrors: readonly UserError[]): void => {
  const [error] = userErrors
  if (error !== undefined) throw toFailure(error.problem ?? error)
}

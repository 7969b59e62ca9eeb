import { DemoFailure, failOn, toFailure, type UserError } from './failure.ts'
import type { Gateway } from './gateway.ts'

export interface Person {
  readonly externalId: string
  readonly userId: string
  /** Sees this person and nobody else. */
  readonly token: string
}

const CREATE = `mutation ($input: CreateUserInput!) {
  createUser(input: $input) { user { id } userErrors { ... on UserError { code message } } }
}`

const TOKEN = `mutation ($input: CreateUserTokenInput!) {
  createUserToken(input: $input) { token userErrors { ... on UserError { code message } } }
}`

/** A new user, and what their frontend would hold. */
export const toPerson = async (gateway: Gateway): Promise<Person> => {
  const externalId = `demo-${crypto.randomUUID().slice(0, 8)}`
  const { createUser } = await gateway.ask<{
    createUser: { user: { id: string } | null; userErrors: readonly UserError[] }
  }>(CREATE, { input: { externalId } })
  failOn(createUser.userErrors)
  const userId = createUser.user?.id ?? ''
  const { createUserToken } = await gateway.ask<{
    createUserToken: { token: string | null; userErrors: readonly UserError[] }
  }>(TOKEN, { input: { user: { id: userId } } })
  failOn(createUserToken.userErrors)
  if (createUserToken.token === null) throw toFailure({ code: 'UNKNOWN', message: 'There is no token.' })
  return { externalId, userId, token: createUserToken.token }
}

const RETURN_PATH = '/sandbox/return'

/** The page of a development gateway that stands in for an app's own. */
export const findReturnAddress = async (gateway: Gateway): Promise<string> => {
  const { viewer } = await gateway.ask<{ viewer: { client: { returnTo: readonly string[] } } }>(
    '{ viewer { client { returnTo } } }',
  )
  const found = viewer.client.returnTo.find((address) => address.endsWith(RETURN_PATH))
  if (found !== undefined) return found
  throw new DemoFailure('NO_SANDBOX', 'This gateway has no sandbox.', 'Run the demo against a development gateway.')
}

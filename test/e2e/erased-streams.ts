import { expect } from 'vitest'
import { expectEnded, follow } from './followed.ts'
import type { GatewayProcess } from './gateway-process.ts'

const CREATE = 'mutation ($id: String!) { createUser(input: { externalId: $id }) { userErrors { code: __typename } } }'
const TOKEN = 'mutation ($id: String!) { createUserToken(input: { user: { externalId: $id } }) { token } }'
const DELETE =
  'mutation ($id: String!) { deleteUser(input: { user: { externalId: $id } }) { userErrors { code: __typename } } }'

/**
 * Whoever is being erased hears nothing more; others do.
 *
 * @param asked is told to erase
 * @param followed holds the streams
 */
export const expectStreamsToEnd = async (asked: GatewayProcess, followed: GatewayProcess): Promise<void> => {
  const tokens: string[] = []
  for (const id of ['leaves', 'stays']) {
    await asked.graphql(CREATE, { id })
    const { createUserToken } = await asked.graphql<{ createUserToken: { token: string } }>(TOKEN, { id })
    tokens.push(createUserToken.token)
  }
  const leaving = await follow(followed, tokens[0]!)
  const others = [await follow(followed, tokens[1]!), await follow(followed, asked.apiKey)]
  expect(await asked.graphql(DELETE, { id: 'leaves' })).toEqual({ deleteUser: { userErrors: [] } })
  await expectEnded(leaving)
  expect(others.map(({ isOpen }) => isOpen())).toEqual([true, true])
}

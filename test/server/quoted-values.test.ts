import { buildSchema, graphql } from 'graphql'
import { describe, expect, test } from 'vitest'
import { withoutValues } from '../../src/graphql/pipeline/quoted-values.ts'

const schema = buildSchema(`
  enum Kind { A B }
  input Answer @oneOf { otp: String, id: ID }
  input Input { answer: Answer, count: Int, kind: Kind, yes: Boolean, share: Float, list: [String!], id: ID }
  type Query { take(input: Input, first: Int): String }
`)
const QUERY = 'query ($input: Input, $first: Int) { take(input: $input, first: $first) }'
const SECRET = '90817263'

const messagesOf = async (source: string, variableValues: Record<string, unknown> = {}): Promise<readonly string[]> => {
  const { errors = [] } = await graphql({ schema, source, variableValues })
  return errors.map(({ message }) => message)
}

const VARIABLES: Readonly<Record<string, unknown>> = {
  'a number for a text': { answer: { otp: Number(SECRET) } },
  'a list for a text': { answer: { otp: [SECRET] } },
  'an object for a text': { answer: { otp: { a: SECRET, b: `; at "${SECRET}"` } } },
  'an object for an id': { answer: { id: { a: `x"; y at "z"; ${SECRET}` } } },
  'a text for a number': { count: SECRET },
  'a text for a fraction': { share: `1;${SECRET}` },
  'a text for a flag': { yes: `${SECRET}; true` },
  'a text for an object': `${SECRET}; at "input.answer"`,
  'both of one': { answer: { otp: SECRET, id: SECRET } },
  'a field too many': { answer: { otp: SECRET }, extra: SECRET },
  'a number in a list': { list: ['a', Number(SECRET)] },
}

describe('a message says what is wrong, and never quotes the value', () => {
  test.each(Object.entries(VARIABLES))('%s', async (_, input) => {
    const messages = await messagesOf(QUERY, { input })
    expect(messages).not.toEqual([])
    for (const message of messages) {
      expect(message).toContain(SECRET)
      expect(withoutValues(message)).not.toContain(SECRET)
      expect(withoutValues(message)).toMatch(/^Variable "\$input" has an invalid value/)
    }
  })

  test.each([
    `{ take(input: { answer: { otp: ${SECRET} } }) }`,
    `{ take(input: { count: "${SECRET}" }) }`,
    `{ take(input: "${SECRET}") }`,
    `{ take(first: "${SECRET}") }`,
    `{ take(input: { yes: ${SECRET} }) }`,
    `{ take("${SECRET}") }`,
    `{ take(first: 1) } ${SECRET}`,
    `{ take("""${SECRET}""") }`,
    `{ take(input: { list: [${SECRET}] }) }`,
  ])('%s', async (source) => {
    const messages = await messagesOf(source)
    expect(messages.join('\n')).toContain(SECRET)
    for (const message of messages) expect(withoutValues(message)).not.toContain(SECRET)
  })

  test('the place and the reason stay', async () => {
    const [message] = await messagesOf(QUERY, { input: { answer: { otp: Number(SECRET) } } })
    expect(withoutValues(message!)).toBe(
      'Variable "$input" has an invalid value at "input.answer.otp"; String cannot represent a non string value.',
    )
  })

  test.each([
    'Cannot query field "x" on type "Query". Did you mean "y"?',
    'Variable "$input" of required type "Input!" was not provided.',
    'Syntax Error: Unexpected Name "nonsense".',
  ])('%s stays as it is', (message) => {
    expect(withoutValues(message)).toBe(message)
  })
})

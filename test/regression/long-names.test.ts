import { expect, test } from 'vitest'
import { withoutValues } from '../../src/graphql/pipeline/quoted-values.ts'
import { post, startGateway } from '../server/gateway-under-test.ts'

const LONG = 'x'.repeat(100_000)

test('a long name that is wrong a hundred times is not repeated a hundred times', async () => {
  await using gateway = await startGateway()
  const operations = Array.from({ length: 120 }, (_, index) => `query q${index} { ...f }`).join(' ')
  const { status, body } = await post(gateway, {
    query: `${operations} fragment f on Query { things(first: $${LONG}) { nodes { id } } }`,
  })
  expect(status).toBe(400)
  expect(body.errors!.length).toBeGreaterThan(90)
  expect(JSON.stringify(body).length).toBeLessThan(LONG.length * 4)
})

test('a list repeats no long alias', async () => {
  await using gateway = await startGateway()
  for (const query of [
    `{ things { nodes { ${LONG}: id } } }`,
    `{ things { nodes { ...f } } } fragment f on Thing { ${LONG}: id }`,
  ]) {
    const { status, body } = await post(gateway, { query })
    expect(status).toBe(400)
    expect(body.errors!.map(({ extensions }) => extensions['code'])).toEqual(['OPERATION_TOO_LARGE'])
    expect(body.errors![0]!.message).toContain('100000')
  }
})

/** Each of these made a pattern look at every pair of places. */
test.each([' cannot represent ', '; ', ' at "a', ' Did you mean ', '" has invalid value '])(
  'a message that quotes %j over and over is read in passing',
  (part) => {
    const value = part.repeat(250_000 / part.length)
    const startedAt = performance.now()
    const said = withoutValues(
      `Variable "$p" got invalid value "${value}"; Value "${value}" does not exist in "ProviderId" enum.`,
    )
    expect(performance.now() - startedAt).toBeLessThan(1000)
    expect(said).toBe('Variable "$p" has an invalid value.')
  },
)

test('a value of an enum is not quoted either', () => {
  expect(
    withoutValues('Variable "$p" got invalid value "199001011234"; Value "199001011234" does not exist in "P" enum.'),
  ).toBe('Variable "$p" has an invalid value; Value does not exist in "P" enum.')
})

import { hash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startGateway } from '../e2e/gateway-process.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { runCli } from './cli-process.ts'

const QUERIES = `
  # Comments and layout are no part of it.
  query Viewer { viewer { client { ...Client } } }
  mutation MakeUser($input: CreateUserInput!) { createUser(input: $input) { user { externalId } } }
`
const FRAGMENT = 'fragment Client on ApiClient { name }'

describe('consentgraph manifest', () => {
  test('lists operations that a gateway then runs, and no others', async () => {
    await using directory = await temporaryDirectory()
    const file = (name: string): string => join(directory.path, name)
    await writeFile(file('queries.graphql'), QUERIES)
    await writeFile(file('fragment.graphql'), FRAGMENT)
    const made = await runCli(['manifest', '*.graphql', '--out', 'manifest.json'], {}, directory.path)
    expect(made).toEqual({ code: 0, out: '2 operations, in manifest.json\n', error: '' })

    const { operations, ...head } = JSON.parse(await readFile(file('manifest.json'), 'utf8')) as {
      operations: readonly { id: string; name: string; type: string; body: string }[]
    }
    expect(head).toEqual({ format: 'apollo-persisted-query-manifest', version: 1 })
    expect(operations.map(({ name, type }) => [name, type])).toEqual([
      ['MakeUser', 'mutation'],
      ['Viewer', 'query'],
    ])
    for (const { id, body } of operations) expect(id).toBe(hash('sha256', body))
    expect(operations[0]?.body).not.toContain('fragment')

    const env = { PERSISTED_OPERATIONS_FILE: file('manifest.json'), PERSISTED_OPERATIONS_ONLY: 'true' }
    await using gateway = await startGateway({ env })
    expect(await gateway.graphql(operations[1]?.body ?? '')).toEqual({ viewer: { client: { name: 'Development' } } })
    const refused = await gateway.ask('{ viewer { client { name } } }')
    expect([refused.status, refused.errors[0]?.extensions.code]).toEqual([400, 'PERSISTED_QUERY_NOT_IN_LIST'])
  })

  test('names everything that is wrong with the operations', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(
      join(directory.path, 'a.graphql'),
      'query A { nothing } query B { viewer { client { id } } } { viewer { client { id } } }',
    )
    await writeFile(join(directory.path, 'b.graphql'), 'query B { viewer { client { name } } }')
    await writeFile(join(directory.path, 'c.graphql'), 'query C {')
    const { code, out, error } = await runCli(['manifest', '*.graphql'], {}, directory.path)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    for (const said of ['A: Cannot query field', 'B: two operations', 'c.graphql: Syntax Error', 'needs a name']) {
      expect(error).toContain(said)
    }
    const nothing = await runCli(['manifest', 'none/*.graphql'], {}, directory.path)
    expect([nothing.code, nothing.error]).toEqual([1, 'consentgraph: No file fits these patterns.\n'])
  })
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { type CliRun, runCli } from '../cli/cli-process.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { operationsOf } from './operations.ts'

interface Line {
  readonly actor: string
  readonly action: string
  readonly requestId: string | null
  readonly clientId: string
  readonly userId: string | null
  readonly consentId: string | null
  readonly changes: readonly ({ readonly what: string } & Record<string, unknown>)[]
  readonly address: string | null
  readonly addressMark: string | null
}

const REVOKE = `mutation ($id: ID!) { revokeConsent(input: { consentId: $id }) { consent { status } userErrors { __typename } } }`
const RECEIPT = 'query ($id: ID!) { consent(id: $id) { receipt version status user { id } } }'
const DELETE = `mutation { deleteUser(input: { user: { externalId: "leaving" } }) { erasure { erasureState } userErrors { __typename } } }`

const audit = (dataDir: string, ...args: readonly string[]): Promise<CliRun> =>
  runCli(['audit', ...args], { CONSENTGRAPH_DATA_DIR: dataDir })

const linesOf = ({ out }: CliRun): readonly Line[] =>
  out
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as { line?: Line })
    .flatMap(({ line }) => line ?? [])

/** A consent that one user gave and took back, and another user who is gone. */
const live = async (gateway: GatewayProcess) => {
  const asClient = operationsOf(gateway)
  await asClient.createUser('staying')
  const token = await asClient.token('staying')
  const asUser = operationsOf(gateway, { as: token })
  const { consent } = await asUser.authorize({ user: { externalId: 'staying' } })
  await gateway.graphql(REVOKE, { id: consent.id })
  const gone = await asClient.createUser('leaving')
  await asClient.authorize({ user: { externalId: 'leaving' } })
  await gateway.graphql(DELETE)
  await expect
    .poll(
      async () =>
        (
          await gateway.graphql<{ node: { erasedAt: string | null } }>(
            `{ node(id: "${gone}") { ... on User { erasedAt } } }`,
          )
        ).node.erasedAt,
      { timeout: 30_000, interval: 200 },
    )
    .not.toBeNull()
  return { consent, gone }
}

test('every change has a line that says who made it, which nobody can change unseen', { timeout: 90_000 }, async () => {
  await using directory = await temporaryDirectory()
  const dataDir = join(directory.path, 'data')
  const gateway = await startGateway({ dataDir })
  const { consent, gone } = await live(gateway)
  await gateway.stop('SIGTERM')

  const exported = await audit(dataDir, 'export')
  expect({ code: exported.code, error: exported.error }).toEqual({ code: 0, error: '' })
  const lines = linesOf(exported)
  const ofConsent = lines.filter(({ consentId }) => consentId === consent.id)
  const said = ofConsent.map(({ actor, action, changes }) => [
    actor,
    action,
    ...changes.flatMap(({ what, status }) => (what === 'CONSENT' ? [status] : [])),
  ])
  expect(said[0]).toEqual(['USER', 'startAuthorization', 'INITIATED'])
  expect(said).toContainEqual(['USER', 'answerChallenge', 'AUTHORIZED'])
  expect(said).toContainEqual(['CLIENT', 'revokeConsent', 'REVOKED'])
  for (const { requestId, address } of ofConsent.filter(({ actor }) => actor !== 'GATEWAY')) {
    expect(requestId).toMatch(/^req_/)
    expect(address).toBe('127.0.0.1')
  }
  expect(lines).toContainEqual(
    expect.objectContaining({ action: 'createUserToken', changes: [{ what: 'USER', change: 'TOKEN_ISSUED' }] }),
  )
  const ofGone = lines.filter(({ userId }) => userId === gone)
  expect(ofGone.map(({ address }) => address)).toEqual(ofGone.map(() => null))
  expect(ofGone.filter(({ addressMark }) => addressMark !== null)).not.toEqual([])
  expect(ofGone.at(-1)!.changes).toEqual([{ what: 'USER', change: 'ERASED' }])
  expect(exported.out).not.toMatch(/staying|leaving/)

  expect((await audit(dataDir, 'export', '--consent', consent.id)).out.trim().split('\n')).toHaveLength(
    ofConsent.length,
  )
  const verified = await audit(dataDir, 'verify')
  expect(verified).toMatchObject({ code: 0, out: expect.stringContaining(`${lines.length} lines in`) as unknown })

  const file = join(directory.path, 'trail.ndjson')
  await writeFile(file, exported.out)
  expect(await audit(dataDir, 'verify', '--file', file)).toMatchObject({ code: 0 })
  await writeFile(file, exported.out.replace('revokeConsent', 'createUser'))
  expect(await audit(dataDir, 'verify', '--file', file)).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^Block \d+: a line was changed\./) as unknown,
  })
  await writeFile(file, 'no export')
  expect(await audit(dataDir, 'verify', '--file', file)).toMatchObject({
    code: 1,
    error: expect.stringContaining('line 1, is not from `audit export`') as unknown,
  })

  const database = new DatabaseSync(join(dataDir, 'consentgraph.db'))
  database.exec(`update audit_lines set actor = 'USER' where action = 'revokeConsent'`)
  database.close()
  expect(await audit(dataDir, 'verify')).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^Block \d+: a line was changed\./) as unknown,
  })
})

test('a receipt says what was agreed on, and verifies with the published keys', { timeout: 60_000 }, async () => {
  await using gateway = await startGateway()
  const operations = operationsOf(gateway)
  const begun = await operations.begin()
  const read = async (id: string) =>
    (
      await gateway.graphql<{
        consent: { receipt: string | null; version: number; status: string; user: { id: string } }
      }>(RECEIPT, { id })
    ).consent
  expect((await read(begun.consent.id)).receipt).toBeNull()
  await operations.answer(begun, '123')

  const given = await read(begun.consent.id)
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', gateway.url))
  const { payload, protectedHeader } = await jwtVerify<{ consent: Record<string, unknown> }>(given.receipt!, keys, {
    typ: 'consent-receipt+jwt',
  })
  expect(protectedHeader.alg).toBe('EdDSA')
  expect(payload).toMatchObject({ sub: given.user.id, consent: { id: begun.consent.id, status: 'AUTHORIZED' } })
  expect(payload.consent['version']).toBe(given.version)
  expect((await read(begun.consent.id)).receipt).toBe(given.receipt)
  const [head, body = '', signature] = given.receipt!.split('.')
  const forged = [
    head,
    Buffer.from(Buffer.from(body, 'base64url').toString().replace('AUTHORIZED', 'REVOKED')).toString('base64url'),
    signature,
  ]
  await expect(jwtVerify(forged.join('.'), keys)).rejects.toThrow(/signature/)
  expect((await gateway.ask('{ me { id } }', {}, { as: given.receipt! })).errors).toMatchObject([
    { extensions: { code: 'UNAUTHENTICATED' } },
  ])

  await gateway.graphql(REVOKE, { id: begun.consent.id })
  const taken = await read(begun.consent.id)
  const { payload: now } = await jwtVerify<{ consent: Record<string, unknown> }>(taken.receipt!, keys)
  expect(now.consent).toMatchObject({ status: 'REVOKED', revokedAt: expect.any(String) as unknown })
})

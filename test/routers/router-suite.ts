import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Asking, createAsking } from '../e2e/gateway-process.ts'
import { fourWays, institution, type Scene, sceneOf } from '../e2e/four-ways.ts'
import { type Operations, operationsOf } from '../e2e/operations.ts'
import { ANYTHING } from '../e2e/sandbox-control.ts'
import { OPERATIONS } from './example.ts'
import { installRouters } from './installed.ts'
import type { Router } from './router.ts'
import { startSubgraphs, type Subgraphs } from './supergraph.ts'

/** What every test of a router has: whoever asks it shows the API key of the gateway's client. */
export interface RouterScene {
  readonly subgraphs: Subgraphs
  readonly router: Router
  readonly asking: Asking
  readonly client: Operations
  /** The gateway itself, past the router. */
  readonly direct: Scene
}

const STRANGER = { id: 'cli_stranger', apiKey: 'cg_stranger_key', scopes: ['users:read', 'consents:read'] } as const
const PEOPLE = ['anna', 'bert', 'carla', 'david', 'eva'] as const
const INSTALL_MS = 360_000

const MANY_IDS = /where (?:"\w+"\.)?"id" in \(\?(?:, \?){2,}\)/

const OPEN_ACCOUNT =
  'mutation ($name: String!) { openAccount(externalId: $name, displayName: $name) { user { externalId } } }'
const OPEN_CASE = `mutation ($consentId: ID!, $userId: ID!) {
  openCase(consentId: $consentId, userId: $userId, note: "calls back") { id }
}`

interface Account {
  readonly displayName: string
  readonly user: { readonly id: string; readonly externalId: string } | null
}

/**
 * What holds behind any router. Each is a real process in front of real ones.
 *
 * @param more tests of this router alone, with the same scene
 */
export const testRouter = (
  name: string,
  start: (subgraphs: Subgraphs) => Promise<Router>,
  more: (scene: () => RouterScene) => void = () => {},
): void => {
  describe(name, () => {
    const started = new AsyncDisposableStack()
    let scene: RouterScene
    const ids = new Map<string, string>()

    beforeAll(async () => {
      await installRouters()
      const subgraphs = started.use(await startSubgraphs([STRANGER]))
      const router = started.use(await start(subgraphs))
      const asking = createAsking(router.url, subgraphs.gateway.apiKey)
      scene = {
        subgraphs,
        router,
        asking,
        client: operationsOf(asking),
        direct: started.use(await sceneOf(subgraphs.gateway)),
      }
      for (const person of PEOPLE) {
        ids.set(person, await scene.direct.createUser(person))
        await subgraphs.accounts.graphql(OPEN_ACCOUNT, { name: person })
      }
    }, INSTALL_MS)
    afterAll(() => started.disposeAsync())

    const userId = (person: string): string => ids.get(person) ?? ''

    describe('joins', () => {
      test('a person by `externalId`, for as many as there are with one statement', async () => {
        let accounts: readonly Account[] = []
        const reads = await scene.subgraphs.statements.readsOf('users', async () => {
          const query = '{ accounts { displayName user { id externalId } } }'
          accounts = (await scene.asking.graphql<{ accounts: readonly Account[] }>(query)).accounts
        })
        const joined = accounts.filter(({ user }) => ids.has(user?.externalId ?? ''))
        expect(joined.map(({ user }) => user?.id)).toEqual(PEOPLE.map(userId))
        expect(reads).toEqual([expect.stringMatching(/where "external_id" in \(\?(?:, \?){4,}\)/)])
      })

      test('a person and a consent by `id`, with one statement for each type', async () => {
        const consentIds: string[] = []
        for (const person of ['anna', 'bert', 'carla']) {
          const { consent } = await operationsOf(scene.subgraphs.gateway).authorize({ user: { externalId: person } })
          consentIds.push(consent.id)
          await scene.subgraphs.backOffice.graphql(OPEN_CASE, { consentId: consent.id, userId: userId(person) })
        }
        const { statements } = scene.subgraphs
        const query = '{ cases { consent { id status } person { externalId account { displayName } } } }'
        let data: unknown
        let consents: readonly string[] = []
        const users = await statements.readsOf('users', async () => {
          consents = await statements.readsOf('consents', async () => {
            data = await scene.asking.graphql(query)
          })
        })
        expect(data).toEqual({
          cases: ['anna', 'bert', 'carla'].map((person, index) => ({
            consent: { id: consentIds[index], status: 'AUTHORIZED' },
            person: { externalId: person, account: { displayName: person } },
          })),
        })
        expect(users).toEqual([expect.stringMatching(MANY_IDS)])
        expect(consents).toEqual([expect.stringMatching(MANY_IDS)])
      })

      test('from a person through consents to what another graph notes of them, and back', async () => {
        const query = `query ($ref: UserRef!) { user(ref: $ref) {
          account { displayName }
          consents { nodes { status cases { note person { externalId } } } sources { outcome } }
        } }`
        expect(await scene.asking.graphql(query, { ref: { externalId: 'anna' } })).toMatchObject({
          user: {
            account: { displayName: 'anna' },
            consents: {
              nodes: [{ status: 'AUTHORIZED', cases: [{ note: 'calls back', person: { externalId: 'anna' } }] }],
              sources: [{ outcome: expect.stringMatching(/^(?:LIVE|CACHED)$/) }],
            },
          },
        })
      })
    })

    test.each(OPERATIONS)('what the README says to ask is answered: %s', async (operation) => {
      expect(await scene.asking.graphql(operation)).toEqual({ accounts: expect.any(Array) })
    })

    describe('the credential', () => {
      const ONE = '{ account(externalId: "anna") { displayName user { id } } }'

      test('is forwarded: what belongs to another client is not found', async () => {
        const { text, data } = await scene.asking.ask(ONE, {}, { as: STRANGER.apiKey })
        expect(data).toEqual({ account: { displayName: 'anna', user: null } })
        expect(text).not.toContain(userId('anna'))
        const own = 'query ($ref: UserRef!) { user(ref: $ref) { id } }'
        const answer = await scene.asking.ask(own, { ref: { id: userId('anna') } }, { as: STRANGER.apiKey })
        expect(answer).toMatchObject({ data: { user: null }, errors: [] })
      })

      test('that narrows to one person narrows here too', async () => {
        const token = await operationsOf(scene.subgraphs.gateway).token('bert')
        const query = '{ me { externalId account { displayName } } users { nodes { externalId } } }'
        expect(await scene.asking.graphql(query, {}, { as: token })).toEqual({
          me: { externalId: 'bert', account: { displayName: 'bert' } },
          users: { nodes: [{ externalId: 'bert' }] },
        })
      })

      test('of one person finds what is another’s as little as what is not there', async () => {
        const { consent } = await operationsOf(scene.subgraphs.gateway).authorize({ user: { externalId: 'bert' } })
        const other = await operationsOf(scene.subgraphs.gateway).authorize({ user: { externalId: 'carla' } })
        const missing = {
          consentId: `${other.consent.id.slice(0, -4)}aaaa`,
          userId: `${userId('carla').slice(0, -4)}aaaa`,
        }
        const opened: string[] = []
        for (const variables of [
          { consentId: consent.id, userId: userId('bert') },
          { consentId: other.consent.id, userId: userId('carla') },
          missing,
        ]) {
          const { openCase } = await scene.subgraphs.backOffice.graphql<{ openCase: { id: string } }>(
            OPEN_CASE,
            variables,
          )
          opened.push(openCase.id)
        }
        const token = await operationsOf(scene.subgraphs.gateway).token('bert')
        const { data, errors } = await scene.asking.ask<{ cases: readonly { readonly id: string }[] }>(
          '{ cases { id consent { authorizedAt } person { externalId } } }',
          {},
          { as: token },
        )
        const [own, anothers, nobodys] = opened.map((id) => {
          const { id: _, ...found } = data?.cases.find((each) => each.id === id) ?? { id }
          return found
        })
        expect(errors).toEqual([])
        expect(own).toEqual({ consent: { authorizedAt: expect.any(String) }, person: { externalId: 'bert' } })
        expect(anothers).toEqual(nobodys)
        expect(JSON.stringify(anothers)).not.toContain('carla')
      })

      test.each([
        ['missing', null],
        ['unknown', 'cg_live_unknown'],
      ])('that is %s is refused, and what others know is answered', async (_, as) => {
        const { data, errors } = await scene.asking.ask(ONE, {}, { as })
        expect(data).toEqual({ account: { displayName: 'anna', user: null } })
        expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED'])
      })
    })

    describe('what goes wrong', () => {
      test('keeps its code, its place and whether to try again', async () => {
        const query = '{ account(externalId: "anna") { user { externalId consents(first: -1) { totalCount } } } }'
        const { errors } = await scene.asking.ask(query)
        expect(errors).toEqual([
          expect.objectContaining({
            path: ['account', 'user', 'consents'],
            extensions: expect.objectContaining({ code: 'INVALID_INPUT', retryable: false, path: ['first'] }),
          }),
        ])
      })

      test('at one of two providers leaves the other, and `sources` says which', async () => {
        const [otp, redirect] = fourWays()
        const connected = [await scene.direct.connect('david', otp), await scene.direct.connect('david', redirect)]
        await connected[0]!.simulator.fault({ kind: 'reset-before', match: ANYTHING, times: 10_000 })
        const query = `{ account(externalId: "david") { displayName user { consents(maxAgeSeconds: 0) {
          nodes { id status }
          sources { provider { id } outcome stale problem { code retryable } }
        } } } }`
        const data = await scene.asking.graphql<{
          account: { user: { consents: { nodes: readonly object[]; sources: readonly object[] } } }
        }>(query)
        await connected[0]!.simulator.heal()
        const { nodes, sources } = data.account.user.consents
        expect(nodes).toHaveLength(2)
        expect(nodes).toEqual(
          expect.arrayContaining(connected.map(({ consentId: id }) => ({ id, status: 'AUTHORIZED' }))),
        )
        expect(sources).toHaveLength(2)
        expect(sources).toEqual(
          expect.arrayContaining([
            {
              provider: { id: 'OPEN_BANK_PROJECT' },
              outcome: 'FAILED',
              stale: true,
              problem: { code: 'PROVIDER_UNAVAILABLE', retryable: true },
            },
            { provider: { id: 'ENABLE_BANKING' }, outcome: 'LIVE', stale: false, problem: null },
          ]),
        )
      })
    })

    describe('mutations', () => {
      test('start, answer and revoke a consent', async () => {
        const begun = await scene.client.begin({ user: { externalId: 'eva' } })
        expect(begun.step).toMatchObject({ kind: 'OTP', attemptsRemaining: 1 })
        const answered = await scene.client.answer(begun, '123')
        expect(answered).toMatchObject({ consent: { status: 'AUTHORIZED' }, userErrors: [] })
        const revoked = await scene.client.revoke(begun.consent.id)
        expect(revoked).toMatchObject({ consent: { status: 'REVOKED' }, userErrors: [] })
        expect(await operationsOf(scene.subgraphs.gateway).consent(begun.consent.id)).toMatchObject({
          status: 'REVOKED',
        })
      })

      test('say what is wrong with them in `userErrors`, each of its own type', async () => {
        const begun = await scene.client.begin({ user: { externalId: 'eva' } })
        expect((await scene.client.answer(begun, '000')).userErrors).toMatchObject([
          { __typename: 'WrongOtpError', consentLost: true },
        ])
        const nowhere = { target: { institutionId: institution('OPEN_BANK_PROJECT', 'nowhere') } }
        const { userErrors } = await scene.client.start({ user: { externalId: 'eva' }, ...nowhere })
        expect(userErrors).toMatchObject([{ code: expect.any(String), path: ['input', 'target', 'institutionId'] }])
      })
    })

    more(() => scene)
  })
}

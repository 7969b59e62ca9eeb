import { fourWays } from '../e2e/four-ways.ts'
import { bank, newPhone, operationsOf } from '../e2e/operations.ts'
import { DOCUMENTS } from './documents.ts'
import { COUNTED, type Counts } from './ledger.ts'
import { measureEvents } from './measure-events.ts'
import { NAME_HEADER } from './meter.ts'
import { type MeteredScene, openMeteredScene } from './metered-gateway.ts'
import type { CostTable } from './table.ts'

/** Of each operation: the first one parses and plans, the others must cost the same. */
const ROUNDS = 4
const MANY = 20

const FRESH = 1_000_000

const isSame = (a: Counts, b: Counts): boolean => COUNTED.every((what) => a[what] === b[what])

/** @throws Error where one round costs something else than another */
const steady = (name: string, rounds: readonly Counts[]): Counts => {
  const [first] = rounds
  if (first === undefined || !rounds.every((round) => isSame(round, first))) {
    throw new Error(`${name} costs now this, now that: ${JSON.stringify(rounds)}`)
  }
  return first
}

const measureWith = async (metered: MeteredScene): Promise<CostTable> => {
  const { scene, account } = metered
  const { gateway } = scene
  const client = operationsOf(gateway)
  const table: Record<string, Counts> = {}

  /** One request, counted under that name. */
  const ask = <Data>(name: string, query: string, variables: object, as?: string): Promise<Data> =>
    gateway.graphql<Data>(query, variables, { headers: { [NAME_HEADER]: name }, ...(as !== undefined && { as }) })

  const requestsOf = async (name: string): Promise<readonly Counts[]> => (await account()).requests[name] ?? []

  /** Rounds of the same operation, one after the other. */
  const measure = async (name: string, run: (name: string, round: number) => Promise<unknown>): Promise<void> => {
    for (let round = 0; round < ROUNDS; round += 1) await run(name, round)
    const [, ...later] = await requestsOf(name)
    table[name] = steady(name, later)
  }

  const four = { externalId: 'four' }
  await scene.createUser('four')
  for (const way of fourWays()) await scene.connect('four', way)
  const token = await client.token('four')

  const dashboard = { externalId: 'dashboard' }
  const dashboardId = await client.createUser('dashboard')
  const consents: string[] = []
  for (let made = 0; made < MANY; made += 1) consents.push((await client.authorize({ user: dashboard })).consent.id)
  const [id = ''] = consents

  await ask('a document that nobody has sent before', DOCUMENTS.consent, { id, age: FRESH })
  const [first] = await requestsOf('a document that nobody has sent before')
  table['a document that nobody has sent before'] = first ?? {}

  const { nodes } = (
    await gateway.graphql<{ user: { consents: { nodes: readonly { id: string }[] } } }>(DOCUMENTS.consentsOfUser, {
      user: four,
    })
  ).user.consents
  const own = nodes[0]?.id ?? ''
  await measure('consent, live', (name) => ask(name, DOCUMENTS.consent, { id, age: 0 }))
  await measure('consent, live, user token', (name) => ask(name, DOCUMENTS.consent, { id: own, age: 0 }, token))
  await measure('consent, stored', (name) => ask(name, DOCUMENTS.consent, { id, age: FRESH }))
  await measure('consent, stored, user token', (name) => ask(name, DOCUMENTS.consent, { id: own, age: FRESH }, token))
  await measure('user.consents of four providers, live', (name) =>
    ask(name, DOCUMENTS.consentsOfUser, { user: four, age: 0 }),
  )
  await measure('user.consents of four providers, stored', (name) =>
    ask(name, DOCUMENTS.consentsOfUser, { user: four, age: FRESH }),
  )
  await measure(`dashboard of ${MANY} consents, live`, (name) =>
    ask(name, DOCUMENTS.dashboard, { user: dashboard, age: 0 }),
  )
  await measure(`dashboard of ${MANY} consents, stored`, (name) =>
    ask(name, DOCUMENTS.dashboard, { user: dashboard, age: FRESH }),
  )
  await measure('node', (name) => ask(name, DOCUMENTS.node, { id }))
  await measure(`nodes, ${MANY} consents`, (name) => ask(name, DOCUMENTS.nodes, { ids: consents }))
  await measure(`_entities, ${MANY} consents`, (name) =>
    ask(name, DOCUMENTS.entities, { representations: consents.map((each) => ({ __typename: 'Consent', id: each })) }),
  )
  await measure('_entities, a user by each key', (name) =>
    ask(name, DOCUMENTS.entities, {
      representations: [four, { id: dashboardId }].map((each) => ({ __typename: 'User', ...each })),
    }),
  )
  await measure('_entities, a user twice by one key', (name) =>
    ask(name, DOCUMENTS.entities, {
      representations: [four, dashboard, four].map((each) => ({ __typename: 'User', ...each })),
    }),
  )
  await measure('institutions, a page', (name) => ask(name, DOCUMENTS.institutions, {}))

  const begun: { readonly id: string; readonly nextStep: { readonly id: string } }[] = []
  await measure('startAuthorization', async (name, round) => {
    const input = {
      user: dashboard,
      target: { institutionId: bank('sandbox.otp') },
      psu: { phone: newPhone() },
      idempotencyKey: `start-${round}`,
    }
    const { startAuthorization } = await ask<{
      startAuthorization: { authSession: { id: string; nextStep: { id: string } } }
    }>(name, DOCUMENTS.start, { input })
    begun.push(startAuthorization.authSession)
  })
  await measure('startAuthorization, the same key again', async (name) => {
    const input = {
      user: dashboard,
      target: { institutionId: bank('sandbox.otp') },
      psu: { phone: '+15550000' },
      idempotencyKey: 'again',
    }
    await ask(name, DOCUMENTS.start, { input })
  })
  const granted: string[] = []
  await measure('answerChallenge', async (name, round) => {
    const session = begun[round]!
    const input = { authSessionId: session.id, stepId: session.nextStep.id, answer: { otp: '123' } }
    const { answerChallenge } = await ask<{ answerChallenge: { consent: { id: string } } }>(name, DOCUMENTS.answer, {
      input,
    })
    granted.push(answerChallenge.consent.id)
  })
  await measure('revokeConsent', (name, round) => ask(name, DOCUMENTS.revoke, { input: { consentId: granted[round] } }))

  return { ...table, ...(await measureEvents(metered)) }
}

export const measureCosts = async (): Promise<CostTable> => {
  await using metered = await openMeteredScene()
  return await measureWith(metered)
}

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { IdempotencyRecord } from '../../src/domain/idempotency.ts'
import type { Store } from '../../src/domain/store.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { openKeyRing } from '../../src/store/key-ring.ts'
import { createSealer } from '../../src/store/sealing.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { type MutationDocument, mutationDocuments } from './mutation-documents.ts'
import { bank, newPhone, operationsOf } from './operations.ts'
import { ENABLE_BANKING, redirectSceneOf } from './redirect-scene.ts'
import { startReceiver, type Receiver } from './webhook-receiver.ts'

/** An input that is taken, and one of the same mutation that asks for something else. */
interface Inputs {
  readonly input: object
  readonly other: object
}

const UNLIMITED = { RATE_LIMIT_USER_STARTS: '0', RATE_LIMIT_USER_ANSWERS: '0' } as const
const MUTATIONS = mutationDocuments()
const KEYED = MUTATIONS.filter(({ isKeyed }) => isKeyed)

let gateway: GatewayProcess
let receiver: Receiver

beforeAll(async () => {
  receiver = await startReceiver()
  gateway = await startGateway({ env: UNLIMITED })
}, 60_000)
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

const run = async ({ text }: MutationDocument, input: object): Promise<{ readonly userErrors: readonly object[] }> =>
  (await gateway.graphql<{ answer: { userErrors: readonly object[] } }>(text, { input })).answer

const documentOf = (name: string): MutationDocument => MUTATIONS.find((one) => one.name === name)!

const newEndpoint = async (): Promise<string> => {
  const { endpoint } = (await run(documentOf('createWebhookEndpoint'), {
    endpointUrl: receiver.url(`/${crypto.randomUUID()}`),
  })) as unknown as { endpoint: { id: string } }
  return endpoint.id
}

/** What each mutation is asked: one that is missing here fails the first test. */
const CASES: Readonly<Record<string, () => Promise<Inputs>>> = {
  startAuthorization: async () => {
    const input = (phone: string) => ({
      user: { externalId: 'demo-user' },
      target: { institutionId: bank('sandbox.otp') },
      psu: { phone },
    })
    return { input: input(newPhone()), other: input(newPhone()) }
  },
  answerChallenge: async () => {
    const { session, step } = await operationsOf(gateway).begin()
    const input = { authSessionId: session.id, stepId: step.id, answer: { otp: '123' } }
    return { input, other: { ...input, stepId: 'stp_other' } }
  },
  resendChallenge: async () => {
    const { session, step } = await operationsOf(gateway).begin()
    const input = { authSessionId: session.id, stepId: step.id }
    return { input, other: { ...input, stepId: 'stp_other' } }
  },
  completeAuthorization: async () => {
    const scene = redirectSceneOf(gateway)
    const begun = await scene.begin(ENABLE_BANKING)
    const { href: callbackUrl } = await scene.decide(begun, 'approve')
    const input = { authSessionId: begun.session.id, callbackUrl }
    return { input, other: { ...input, callbackUrl: `${callbackUrl}&other=1` } }
  },
  cancelAuthorization: async () => {
    const [one, two] = [await operationsOf(gateway).begin(), await operationsOf(gateway).begin()]
    return { input: { authSessionId: one.session.id }, other: { authSessionId: two.session.id } }
  },
  renewConsent: async () => {
    const { consent } = await operationsOf(gateway).authorize()
    const input = (phone: string) => ({ consentId: consent.id, psu: { phone } })
    return { input: input(newPhone()), other: input(newPhone()) }
  },
  revokeConsent: async () => {
    const { consent } = await operationsOf(gateway).authorize()
    return { input: { consentId: consent.id }, other: { consentId: consent.id, reason: 'another' } }
  },
  createUser: async () => ({ input: { externalId: crypto.randomUUID() }, other: { externalId: crypto.randomUUID() } }),
  deleteUser: async () => {
    const client = operationsOf(gateway)
    const [one, two] = [await client.createUser(crypto.randomUUID()), await client.createUser(crypto.randomUUID())]
    return { input: { user: { id: one } }, other: { user: { id: two } } }
  },
  createWebhookEndpoint: async () => ({
    input: { endpointUrl: receiver.url(`/${crypto.randomUUID()}`) },
    other: { endpointUrl: receiver.url(`/${crypto.randomUUID()}`) },
  }),
  updateWebhookEndpoint: async () => {
    const id = await newEndpoint()
    return { input: { id, enabled: false }, other: { id, enabled: true } }
  },
  rotateWebhookSecret: async () => ({ input: { id: await newEndpoint() }, other: { id: await newEndpoint() } }),
  deleteWebhookEndpoint: async () => ({ input: { id: await newEndpoint() }, other: { id: await newEndpoint() } }),
  testWebhookEndpoint: async () => ({ input: { id: await newEndpoint() }, other: { id: await newEndpoint() } }),
}

const keyOf = (name: string): string => `everywhere-${name}`

/** What was sent first, and what was answered. */
const asked = new Map<string, Inputs & { readonly first: object }>()

const inputOf = (name: string, which: 'input' | 'other'): object => ({
  ...asked.get(name)![which],
  idempotencyKey: keyOf(name),
})

const errorsOf = async (mutation: MutationDocument, which: 'input' | 'other'): Promise<readonly object[]> =>
  (await run(mutation, inputOf(mutation.name, which))).userErrors

const refusal = (code: string) => [{ __typename: 'RequestError', code, path: ['input', 'idempotencyKey'] }]
const REUSED = refusal('IDEMPOTENCY_KEY_REUSED')
const IN_PROGRESS = refusal('IDEMPOTENCY_IN_PROGRESS')

/** Which objects a payload names. */
const named = (payload: object): readonly string[] =>
  Object.entries(payload).flatMap(([name, value]) => (value === null ? [] : name))

/** On the file itself, while no gateway has it. */
const alter = async (sql: string): Promise<void> => {
  await gateway.stop('SIGKILL')
  const database = new DatabaseSync(join(gateway.dataDir, 'consentgraph.db'))
  database.exec(sql)
  database.close()
  gateway = await gateway.restart('SIGKILL')
}

const change = async (work: (store: Store) => Promise<void>): Promise<void> => {
  await gateway.stop('SIGKILL')
  const sealer = createSealer(await openKeyRing({ dataDir: gateway.dataDir, configuredKeys: [] }))
  const store = await openEmbeddedStore({ directory: gateway.dataDir, sealer })
  await work(store)
  await store.close()
  gateway = await gateway.restart('SIGKILL')
}

/** As if the process that ran each had got no further than its first commit; `forMs` is how long it may still be alive. */
const interrupt = (forMs: number): Promise<void> =>
  change(async (store) => {
    for (const { name: operation } of KEYED) {
      const key = { clientId: 'cli_development', userId: null, operation, key: keyOf(operation) } as const
      const record = await store.idempotency.find(key)
      expect(record, `${operation} keeps no record`).not.toBeNull()
      const running: IdempotencyRecord = { ...record!, state: 'RUNNING', runningUntil: new Date(Date.now() + forMs) }
      await store.commit([{ kind: 'idempotency.finish', record: running }])
    }
  })

test('every mutation takes a key, but the one that makes tokens; and each is tried here', () => {
  expect(MUTATIONS.filter(({ isKeyed }) => !isKeyed).map(({ name }) => name)).toEqual(['createUserToken'])
  expect(KEYED.map(({ name }) => name).toSorted()).toEqual(Object.keys(CASES).toSorted())
})

describe.each(KEYED)('$name', (mutation) => {
  test('answers a copy as the first, and refuses another input under its key', { timeout: 30_000 }, async () => {
    const inputs = await CASES[mutation.name]!()
    const first = await run(mutation, { ...inputs.input, idempotencyKey: keyOf(mutation.name) })
    asked.set(mutation.name, { ...inputs, first })
    expect(first.userErrors).toEqual([])
    const sandbox = await gateway.sandbox()
    const copies = await sandbox.callsDuring(() =>
      Promise.all(Array.from({ length: 5 }, () => run(mutation, inputOf(mutation.name, 'input')))),
    )
    expect(copies).toEqual({ result: Array.from({ length: 5 }, () => first), calls: [] })
    expect(await errorsOf(mutation, 'other')).toEqual(REUSED)
  })
})

test('a copy that comes while the first may still run is told to wait, another input is refused', async () => {
  await interrupt(10 * 60_000)
  for (const mutation of KEYED) {
    expect({ [mutation.name]: await errorsOf(mutation, 'input') }).toEqual({ [mutation.name]: IN_PROGRESS })
    expect({ [mutation.name]: await errorsOf(mutation, 'other') }).toEqual({ [mutation.name]: REUSED })
  }
})

test('after a crash in between, a copy is answered with what the first has done', async () => {
  await interrupt(-1)
  for (const mutation of KEYED) {
    const { first } = asked.get(mutation.name)!
    expect({ [mutation.name]: await run(mutation, inputOf(mutation.name, 'input')) }).toEqual({
      [mutation.name]: first,
    })
    expect({ [mutation.name]: await errorsOf(mutation, 'other') }).toEqual({ [mutation.name]: REUSED })
  }
})

test('what a crash right after the first commit leaves names the same objects', { timeout: 120_000 }, async () => {
  const key = (name: string): string => `crashed-${name}`
  await alter(`create trigger crash before update on idempotency when new.state = 'DONE' and new.key like 'crashed-%'
    begin select raise(abort, 'crashed'); end`)
  const inputs = new Map<string, object>()
  for (const mutation of KEYED) {
    const { input } = await CASES[mutation.name]!()
    inputs.set(mutation.name, { ...input, idempotencyKey: key(mutation.name) })
    await expect(run(mutation, inputs.get(mutation.name)!)).rejects.toThrow()
  }
  await alter(`drop trigger crash; update idempotency set running_until = 0 where key like 'crashed-%'`)
  for (const mutation of KEYED) {
    const replayed = await run(mutation, inputs.get(mutation.name)!)
    const { first } = asked.get(mutation.name)!
    expect({ [mutation.name]: named(replayed) }).toEqual({ [mutation.name]: named(first) })
    expect(replayed.userErrors).toEqual([])
  }
})

import { expect, test } from 'vitest'
import type { ConsentId } from '../../src/domain/ids.ts'
import { randomIds } from '../../src/domain/ids.ts'
import type { Store } from '../../src/domain/store.ts'
import type { ServiceContext } from '../../src/services/context.ts'
import { createFollowing } from '../../src/services/following.ts'
import type { JobRun } from '../../src/services/jobs.ts'
import { createReading } from '../../src/services/reading.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { type Bench, startBench } from '../providers/open-bank-project/bench.ts'
import { sealer, temporaryDirectory } from '../store/directory.ts'
import { newConsent, put, settle } from '../store/entities.ts'
import { connected, contextOf } from './service-context.ts'

const CONSENTS = 6
const SOON_MS = 3 * 60_000

const contextOfBench = (store: Store, { connector, clock }: Bench): ServiceContext => ({
  ...contextOf(store, [], { readDeadlineMs: 10_000 }),
  clock,
  connectors: connected(connector),
})

/** Live consents of one person at one bank, each with a look that is due. */
const openScene = async () => {
  const directory = await temporaryDirectory()
  const store = await openEmbeddedStore({ directory: directory.path, sealer })
  const bench = await startBench()
  const { user } = await settle(store)
  const ids: ConsentId[] = []
  for (let index = 0; index < CONSENTS; index += 1) {
    const { consent: said } = await bench.authorize()
    const { providerConsentId, secrets } = said!
    const consent = newConsent(user, {
      status: 'AUTHORIZED',
      institutionRef: 'sandbox.otp',
      providerConsentId,
      secrets,
      authorizedAt: bench.clock.now(),
    })
    ids.push(consent.id)
    const job = { kind: 'POLL_CONSENT', subject: consent.id } as const
    await put(store, { kind: 'consent.insert', consent }, { kind: 'job.schedule', job, dueAt: new Date() })
  }
  const context = contextOfBench(store, bench)
  const following = createFollowing(context, createReading(context), { isWatched: () => false } as never)

  const claim = (dueBefore: Date, limit: number) =>
    store.jobs.claim({ kinds: ['POLL_CONSENT'], dueBefore, leaseMs: 60_000, limit })

  return {
    ids,
    store,
    bench,
    claim,
    poll: async (job: Awaited<ReturnType<typeof claim>>[number]): Promise<void> => {
      const again: JobRun['again'] = (at) => ({ kind: 'job.finish', job, fence: job.fence, again: at })
      const run = { requestId: randomIds.next('req'), finish: again(new Date()), again, dueAt: job.dueAt, attempts: 1 }
      await following.poll(job.subject as ConsentId, { ...run, lastTry: false })
    },
    [Symbol.asyncDispose]: async () => {
      await store.close()
      await bench[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

test('one look at a bank that lists is for all consents of the person there', async () => {
  await using scene = await openScene()
  const before = scene.bench.countCalls('/my/consents')
  const [due] = await scene.claim(new Date(), 1)
  await scene.poll(due!)
  expect(scene.bench.countCalls('/my/consents')).toBe(before + 1)
  // None of the others is due any more, neither now nor soon.
  expect(await scene.claim(new Date(Date.now() + SOON_MS), CONSENTS)).toEqual([])
  const seen = await scene.store.consents.byIds('SYSTEM', scene.ids)
  await expect
    .poll(async () => (await scene.store.consents.byIds('SYSTEM', scene.ids)).filter((one) => one?.seenAt == null))
    .toEqual([])
  expect(seen.map((one) => one?.status)).toEqual(scene.ids.map(() => 'AUTHORIZED'))
  expect(await scene.claim(new Date(Date.now() + 3_600_000), 100)).toHaveLength(CONSENTS)
})

test('those that are due at once share one, and what it tells is taken for each', async () => {
  await using scene = await openScene()
  const gone = await scene.store.consents.byIds('SYSTEM', [scene.ids[2]!])
  await scene.bench.connector.revoke(
    {
      consentId: gone[0]!.id,
      providerConsentId: gone[0]!.providerConsentId!,
      institutionRef: 'sandbox.otp',
      secrets: gone[0]!.secrets,
      user: null,
    },
    null,
    { signal: AbortSignal.timeout(10_000), deadline: new Date(Date.now() + 10_000), requestId: randomIds.next('req') },
  )
  const before = scene.bench.countCalls('/my/consents')
  const due = await scene.claim(new Date(), CONSENTS)
  expect(due).toHaveLength(CONSENTS)
  // Whoever comes second finds its job moved on by the first.
  const outcomes = await Promise.allSettled(due.map(scene.poll))
  expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0)
  expect(scene.bench.countCalls('/my/consents')).toBe(before + 1)
  const now = await scene.store.consents.byIds('SYSTEM', scene.ids)
  expect(now.map((one) => one?.status)).toEqual(scene.ids.map((_, index) => (index === 2 ? 'REVOKED' : 'AUTHORIZED')))
})

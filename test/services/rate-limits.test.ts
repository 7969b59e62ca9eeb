import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiClient } from '../../src/domain/api-client.ts'
import { randomIds } from '../../src/domain/ids.ts'
import type { Store, User } from '../../src/domain/store.ts'
import type { Viewer } from '../../src/domain/viewer.ts'
import { createRateLimits, type RateLimits, type RateLimitSettings } from '../../src/services/rate-limits.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory, type TemporaryDirectory } from '../store/directory.ts'
import { newClient, newUser } from '../store/entities.ts'
import { NO_RATE_LIMITS } from './no-rate-limits.ts'

const newViewer = (user: User | null = null): Viewer => {
  const id = user?.clientId ?? randomIds.next('cli')
  const client: ApiClient = newClient({ id })
  return { client, user, keyHash: null, scopes: new Set(), expiresAt: null }
}

describe('rate limits', () => {
  let directory: TemporaryDirectory
  let store: Store
  /** How often the store was asked. */
  let asked = 0
  beforeAll(async () => {
    directory = await temporaryDirectory()
    store = await openEmbeddedStore({ directory: directory.path, sealer })
  })
  afterAll(async () => {
    await store.close()
    await directory[Symbol.asyncDispose]()
  })

  const open = (settings: Partial<RateLimitSettings>): RateLimits => {
    asked = 0
    const charge: Store['rates']['charge'] = (given) => {
      asked += 1
      return store.rates.charge(given)
    }
    return createRateLimits({ rates: { ...store.rates, charge } }, { ...NO_RATE_LIMITS, ...settings }, () => {})
  }

  /** How many of so many were let pass, one after the other. */
  const passed = async (times: number, ask: () => Promise<void> | null): Promise<number> => {
    let count = 0
    for (let i = 0; i < times; i += 1) {
      try {
        await ask()
        count += 1
      } catch (error) {
        expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAt: expect.any(Date) })
      }
    }
    return count
  }

  it('asks nobody where there is no limit', async () => {
    const limits = open({})
    expect(await passed(50, () => limits.operation(newViewer()))).toBe(50)
    expect(asked).toBe(0)
  })

  it('tells the store of queries twenty times in a whole limit, and not at all of the refused', async () => {
    const limits = open({ clientOperations: 10_000 })
    const viewer = newViewer()
    // Some are filled again in the meantime: each further batch of them is one more question.
    const count = await passed(20_000, () => limits.operation(viewer))
    expect(count).toBeGreaterThanOrEqual(10_000)
    expect(asked).toBeLessThanOrEqual(Math.ceil(count / 500) + 2)
  })

  it('lets two processes pass no more than the limit and one batch of each', async () => {
    const processes = [open({ userOperations: 400 }), open({ userOperations: 400 })] as const
    const viewer = newViewer(newUser('cli_1'))
    const counts = await Promise.all(processes.map((limits) => passed(600, () => limits.operation(viewer))))
    const total = counts.reduce((sum, count) => sum + count, 0)
    expect(total).toBeGreaterThanOrEqual(400)
    // 400 a minute are filled again, one in 150 ms: a slow machine sees some of them.
    expect(total).toBeLessThanOrEqual(400 + 2 * 20 + 100)
  })

  it('counts a user exactly, in all processes, whichever credential acts', async () => {
    const processes = [open({ userStarts: 5 }), open({ userStarts: 5 })] as const
    const user = newUser('cli_1')
    const counts = await Promise.all(processes.map((limits) => passed(10, () => limits.user(user, 'userStarts'))))
    expect(counts[0]! + counts[1]!).toBe(5)
    expect(await passed(3, () => processes[0].user(newUser('cli_1'), 'userStarts'))).toBe(3)
    expect(await passed(3, () => processes[0].user(user, 'userAnswers'))).toBe(3)
  })

  it('asks for the mutations of one kind alone where that kind is limited', async () => {
    const limits = open({ clientTokens: 2 })
    const viewer = newViewer()
    expect(await passed(5, () => limits.mutation(viewer, 'createUserToken'))).toBe(2)
    expect(await passed(5, () => limits.mutation(viewer, 'startAuthorization'))).toBe(5)
  })
})

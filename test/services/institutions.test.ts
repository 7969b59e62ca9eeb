import { afterEach, expect, test, vi } from 'vitest'
import { createInstitutions, type Institutions } from '../../src/services/institutions.ts'
import { startConnector as startEnableBanking } from '../providers/enable-banking/harness.ts'
import { startConnector as startFiskil } from '../providers/fiskil/harness.ts'
import { connected } from './service-context.ts'

const ALL = { search: null, country: null, provider: null, psuType: null } as const

afterEach(() => vi.restoreAllMocks())

const openScene = async () => {
  const harnesses = [await startEnableBanking(), await startFiskil()] as const
  const institutions = createInstitutions({
    connectors: connected(...harnesses.map(({ connector }) => connector)),
    settings: { providerCallMs: 10_000, readDeadlineMs: 10_000 },
  })
  return {
    institutions,
    [Symbol.asyncDispose]: async () => {
      for (const harness of harnesses) await harness[Symbol.asyncDispose]()
    },
  }
}

const namesOf = async (institutions: Institutions, search: Partial<typeof ALL> | object): Promise<readonly string[]> =>
  (await institutions.search({ ...ALL, ...search }, 'req_1')).institutions.map(({ name }) => name)

test('what was heard is put in order once, whatever is searched for and whoever comes in between', async () => {
  await using scene = await openScene()
  const { institutions } = scene
  const all = await namesOf(institutions, {})
  expect(all).toEqual(all.toSorted((a, b) => a.localeCompare(b, 'en')))

  const sorting = vi.spyOn(Array.prototype, 'toSorted')
  const plain = vi.spyOn(String.prototype, 'normalize')
  expect(await namesOf(institutions, {})).toEqual(all)
  expect(await namesOf(institutions, { search: ' SÄNDBOX ' })).toEqual(all.filter((name) => /sandbox/i.test(name)))
  const fiskil = await namesOf(institutions, { provider: ['FISKIL'] })
  const ownSorts = sorting.mock.calls.length
  // Of the words alone; the names were made plain when they came.
  expect(plain.mock.calls.length).toBeLessThan(5)
  expect(ownSorts).toBe(0)
  vi.restoreAllMocks()
  expect(fiskil.length).toBeGreaterThan(0)
  expect(fiskil.length).toBeLessThan(all.length)
  expect(all.filter((name) => fiskil.includes(name)).length).toBeGreaterThanOrEqual(fiskil.length)
})

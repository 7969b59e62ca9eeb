import { GatewayError } from '../domain/errors.ts'
import type { RequestId } from '../domain/ids.ts'
import { toInstitutionId } from '../domain/institution.ts'
import { toProblemReport } from '../domain/problem.ts'
import type { ProviderInstitution } from '../domain/provider.ts'
import type { ProviderId } from '../domain/provider-id.ts'
import { outcomeOf, type SourceReport } from '../domain/source.ts'
import { callWithin, type ConnectedProvider, type Connectors } from './connectors.ts'
import type { ServiceSettings } from './context.ts'
import { toGatewayError } from './fault.ts'

export interface ListedInstitution extends ProviderInstitution {
  readonly id: string
  readonly provider: ProviderId
}

/** With its name as it is searched for. */
interface Entry {
  readonly institution: ListedInstitution
  readonly plainName: string
}

interface Listing {
  readonly entries: readonly Entry[]
  readonly byRef: ReadonlyMap<string, ListedInstitution>
  readonly at: number
}

export interface InstitutionSearch {
  readonly search: string | null
  readonly country: string | null
  readonly provider: readonly ProviderId[] | null
  readonly psuType: 'PERSONAL' | 'BUSINESS' | null
}

/**
 * How long to wait for a list that was never heard: START, as long as a call may take; READ, as a reader does; NONE, where
 * the provider did not answer the same reader just now.
 */
export type Patience = 'START' | 'READ' | 'NONE'

export interface Institutions {
  /** Ordered by name. A provider that does not answer is reported, and leaves the others' institutions alone. */
  search(
    search: InstitutionSearch,
    requestId: RequestId,
  ): Promise<{ readonly institutions: readonly ListedInstitution[]; readonly sources: readonly SourceReport[] }>
  /**
   * Null where the provider lists no such institution. What was ever heard is answered at once.
   *
   * @throws GatewayError the provider's fault where it cannot be asked and was never heard
   */
  find(
    provider: ProviderId,
    ref: string,
    requestId: RequestId,
    patience: Patience,
  ): ListedInstitution | null | Promise<ListedInstitution | null>
}

/** Real time: a list is served without asking again this long, and refreshed behind the answer after that. */
const FRESH_MS = 10 * 60_000

/** Without case and accents. */
const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()

const { compare: compareNames } = new Intl.Collator('en')

const inOrder = ({ institution: a }: Entry, { institution: b }: Entry): number =>
  compareNames(a.name, b.name) || (a.id < b.id ? -1 : 1)

/** A long list may take longer than its reader waits; it arrives for the next one. */
const withinMs = async <Result>(work: Promise<Result>, ms: number): Promise<Result> => {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new GatewayError('PROVIDER_TIMEOUT')), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

export const createInstitutions = ({
  connectors,
  settings,
}: {
  readonly connectors: Connectors
  readonly settings: Pick<ServiceSettings, 'providerCallMs' | 'readDeadlineMs'>
}): Institutions => {
  const listings = new Map<ProviderId, Listing>()
  const running = new Map<ProviderId, Promise<Listing>>()
  /** All that was heard, sorted once after each hearing; null until somebody asks again. */
  let sorted: readonly Entry[] | null = null

  const allInOrder = (): readonly Entry[] =>
    (sorted ??= [...listings.values()].flatMap(({ entries }) => entries).toSorted(inOrder))

  const fetchListing = async ({ connector }: ConnectedProvider, requestId: RequestId): Promise<Listing> => {
    const found = await connector.institutions(callWithin(settings.providerCallMs, requestId))
    const institutions = found.map((institution) => ({
      ...institution,
      provider: connector.id,
      id: toInstitutionId({ provider: connector.id, ref: institution.ref }),
    }))
    const listing = {
      entries: institutions.map((institution) => ({ institution, plainName: plain(institution.name) })),
      byRef: new Map(institutions.map((institution) => [institution.ref, institution])),
      at: Date.now(),
    }
    listings.set(connector.id, listing)
    sorted = null
    return listing
  }

  /** One request to a provider at a time, shared by all who wait: lists belong to nobody. */
  const refresh = (provider: ConnectedProvider, requestId: RequestId): Promise<Listing> => {
    const id = provider.connector.id
    const known = running.get(id)
    if (known !== undefined) return known
    const started = fetchListing(provider, requestId).finally(() => running.delete(id))
    running.set(id, started)
    return started
  }

  const renew = (provider: ConnectedProvider, { at }: Listing, requestId: RequestId): void => {
    if (Date.now() - at <= FRESH_MS) return
    // Silence is right: the next caller asks again, and an old list of banks is better than none.
    refresh(provider, requestId).catch(() => {})
  }

  const listingOf = async (
    provider: ConnectedProvider,
    requestId: RequestId,
    waitMs: number,
  ): Promise<{
    readonly listing: Listing | null
    readonly source: SourceReport
    readonly fault: GatewayError | null
  }> => {
    const { id } = provider.connector
    const known = listings.get(id)
    const report = (outcome: SourceReport['outcome'], listing: Listing | null): SourceReport => ({
      provider: id,
      outcome,
      observedAt: listing === null ? null : new Date(listing.at),
      stale: false,
      problem: null,
    })
    if (known !== undefined) {
      renew(provider, known, requestId)
      return { listing: known, source: report('CACHED', known), fault: null }
    }
    try {
      const listing = await withinMs(refresh(provider, requestId), waitMs)
      return { listing, source: report('LIVE', listing), fault: null }
    } catch (error) {
      const fault = toGatewayError(error)
      const source = { ...report(outcomeOf(fault), null), problem: toProblemReport(fault, requestId) }
      return { listing: null, source, fault }
    }
  }

  const toFilter = ({ search, country, psuType }: InstitutionSearch): ((entry: Entry) => boolean) => {
    const words = search === null ? '' : plain(search.trim())
    return ({ institution, plainName }) =>
      plainName.includes(words) &&
      (country === null || institution.country === country) &&
      (psuType === null || institution.psuTypes.includes(psuType))
  }

  const waitMs = { START: settings.providerCallMs, READ: settings.readDeadlineMs, NONE: 0 } as const satisfies Record<
    Patience,
    number
  >

  const notConfigured = (provider: ProviderId): SourceReport => ({
    provider,
    outcome: 'NOT_CONFIGURED',
    observedAt: null,
    stale: false,
    problem: null,
  })

  const findUnlisted = async (
    provider: ConnectedProvider,
    ref: string,
    requestId: RequestId,
    ms: number,
  ): Promise<ListedInstitution | null> => {
    const { listing, fault } = await listingOf(provider, requestId, ms)
    if (fault !== null) throw fault
    return listing?.byRef.get(ref) ?? null
  }

  return {
    search: async (search, requestId) => {
      const asked =
        search.provider === null ? connectors.all() : search.provider.flatMap((id) => connectors.find(id) ?? [])
      const missing = (search.provider ?? []).filter((id) => connectors.find(id) === null).map(notConfigured)
      const answers = await Promise.all(
        asked.map((provider) => listingOf(provider, requestId, settings.readDeadlineMs)),
      )
      const heard = new Set(answers.flatMap(({ listing, source }) => (listing === null ? [] : source.provider)))
      const fits = toFilter(search)
      const institutions = allInOrder()
        .filter((entry) => heard.has(entry.institution.provider) && fits(entry))
        .map(({ institution }) => institution)
      return { institutions, sources: [...answers.map(({ source }) => source), ...missing] }
    },

    find: (provider, ref, requestId, patience) => {
      const connected = connectors.find(provider)
      if (connected === null) return null
      const known = listings.get(provider)
      if (known === undefined) return findUnlisted(connected, ref, requestId, waitMs[patience])
      renew(connected, known, requestId)
      return known.byRef.get(ref) ?? null
    },
  }
}

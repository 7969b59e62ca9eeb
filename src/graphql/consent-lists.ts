import { allOf } from '../domain/all-of.ts'
import type { PageRequest, ConsentSelection, StoredConsent, User } from '../domain/store.ts'
import { scopeOf } from '../domain/viewer.ts'
import type { ConsentView, SourceOutcome, SourceReport } from '../domain/source.ts'
import type { ConsentId } from '../domain/ids.ts'
import type { ProviderId } from '../domain/provider-id.ts'
import { CONSENT_STATUSES, isFinalConsent } from '../domain/consent.ts'
import { type GraphContext, requireViewer } from './context.ts'

/** One call serves a user's whole list where the provider lists, so more than this is paged by the store alone. */
const REFRESH_LIMIT = 100
const LIVE_STATUSES = CONSENT_STATUSES.filter((status) => !isFinalConsent(status))

export interface ConsentPage {
  readonly rows: readonly ConsentView[]
  readonly hasNextPage: boolean
  readonly sources: readonly SourceReport[]
}

const SEVERITY: Readonly<Record<SourceOutcome, number>> = {
  CACHED: 0,
  LIVE: 1,
  STALE: 2,
  NOT_CONFIGURED: 3,
  RATE_LIMITED: 4,
  CIRCUIT_OPEN: 5,
  TIMEOUT: 6,
  FAILED: 7,
}

/** Null is older than any. */
const olderOf = (a: Date | null, b: Date | null): Date | null => ((b?.getTime() ?? 0) < (a?.getTime() ?? 0) ? b : a)

const merge = (known: SourceReport, source: SourceReport): SourceReport => {
  const worse = SEVERITY[source.outcome] > SEVERITY[known.outcome] ? source : known
  const observedAt = olderOf(known.observedAt, source.observedAt)
  const stale = known.stale || source.stale
  return worse.observedAt === observedAt && worse.stale === stale ? worse : { ...worse, observedAt, stale }
}

/** One report for each provider: the worst that happened, and the oldest that is shown. */
export const mergeSources = (...lists: readonly (readonly ConsentView[])[]): readonly SourceReport[] => {
  const merged = new Map<ProviderId, SourceReport>()
  for (const views of lists) {
    for (const { source } of views) {
      const known = merged.get(source.provider)
      if (known !== source) merged.set(source.provider, known === undefined ? source : merge(known, source))
    }
  }
  return [...merged.values()]
}

const byConsent = (views: readonly ConsentView[]): ReadonlyMap<ConsentId, ConsentView> =>
  new Map(views.map((view) => [view.consent.id, view]))

/** A consent no older than asked, where its provider answers; else what is stored, marked. */
export const viewConsent = (
  context: GraphContext,
  consent: StoredConsent,
  maxAgeMs: number,
): ConsentView | Promise<ConsentView> =>
  context.services.reading.needsRefresh(consent, maxAgeMs)
    ? context.loaders.fresh(consent.provider).load(consent)
    : context.services.reading.stored(consent)

/** Settles what has run out, and shows the rest as stored. */
export const viewStored = async (
  context: GraphContext,
  consents: readonly StoredConsent[],
): Promise<readonly ConsentView[]> =>
  await Promise.all(
    consents.map(async (consent) => context.services.reading.stored(await context.services.reading.settle(consent))),
  )

/** What a list asks for beside whose it is: nothing, or what the rows at hand can tell. */
const isSimple = (
  { userId: _, status: __, provider: ___, ...more }: ConsentSelection,
  { after }: PageRequest,
): boolean => after === null && Object.keys(more).length === 0

const select = (
  views: readonly ConsentView[],
  { status, provider }: ConsentSelection,
  { first }: PageRequest,
): Pick<ConsentPage, 'rows' | 'hasNextPage'> => {
  if (status === undefined && provider === undefined && views.length <= first)
    return { rows: views, hasNextPage: false }
  const selected = views.filter(
    ({ consent }) => (status?.includes(consent.status) ?? true) && (provider?.includes(consent.provider) ?? true),
  )
  return { rows: selected.slice(0, first), hasNextPage: selected.length > first }
}

/**
 * Brings the user's live consents up to date first, so that a filter by status sees what the providers say now. One read of the
 * store serves a person with not too many consents where the providers confirm them.
 */
export const listUserConsents = async (
  context: GraphContext,
  user: User,
  selection: ConsentSelection,
  page: PageRequest,
  maxAgeMs: number,
): Promise<ConsentPage> => {
  const { reading } = context.services
  const { consents } = context.store
  const scope = scopeOf(requireViewer(context))
  const newest = { first: REFRESH_LIMIT, after: null }
  const all = await consents.page(scope, { userId: user.id }, newest)
  const ofProvider = ({ provider }: StoredConsent): boolean => selection.provider?.includes(provider) ?? true
  const alive = { userId: user.id, status: LIVE_STATUSES, ...(selection.provider && { provider: selection.provider }) }
  const live = all.hasNextPage
    ? (await consents.page(scope, alive, newest)).rows
    : all.rows.filter((consent) => !isFinalConsent(consent.status) && ofProvider(consent))
  const view = (consent: StoredConsent): ConsentView | Promise<ConsentView> => viewConsent(context, consent, maxAgeMs)
  const viewAll = (
    rows: readonly StoredConsent[],
    asked: ReadonlyMap<ConsentId, ConsentView>,
  ): readonly ConsentView[] => rows.map((consent) => asked.get(consent.id) ?? reading.stored(consent))
  const asking = live.map((consent) => {
    const settled = reading.settle(consent)
    return settled instanceof Promise ? settled.then(view) : view(settled)
  })
  const views = await allOf(asking)
  const isConfirmed = views.every(({ consent }, index) => consent.version === live[index]?.version)
  if (isConfirmed && !all.hasNextPage && isSimple(selection, page)) {
    const known = live.length === all.rows.length ? views : viewAll(all.rows, byConsent(views))
    const { rows, hasNextPage } = select(known, selection, page)
    return { rows, hasNextPage, sources: rows === views ? mergeSources(views) : mergeSources(views, rows) }
  }
  const asked = byConsent(views)
  const found = await consents.page(scope, { ...selection, userId: user.id }, page)
  const rows = (await viewStored(context, found.rows)).map((view) => {
    const read = asked.get(view.consent.id)
    return read === undefined ? view : { consent: view.consent, source: read.source }
  })
  return { rows, hasNextPage: found.hasNextPage, sources: mergeSources(views, rows) }
}

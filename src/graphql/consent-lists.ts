import type { PageRequest, ConsentSelection, StoredConsent, User } from '../domain/store.ts'
import { scopeOf } from '../domain/viewer.ts'
import { type ConsentView, type SourceReport } from '../domain/source.ts'
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

const SEVERITY = [
  'CACHED',
  'LIVE',
  'STALE',
  'NOT_CONFIGURED',
  'RATE_LIMITED',
  'CIRCUIT_OPEN',
  'TIMEOUT',
  'FAILED',
] as const

/** One report for each provider: the worst that happened, and the oldest that is shown. */
export const mergeSources = (views: readonly ConsentView[]): readonly SourceReport[] => {
  const merged = new Map<ProviderId, SourceReport>()
  for (const { source } of views) {
    const known = merged.get(source.provider)
    if (known === undefined) {
      merged.set(source.provider, source)
      continue
    }
    const worse = SEVERITY.indexOf(source.outcome) > SEVERITY.indexOf(known.outcome) ? source : known
    const oldest = [known.observedAt, source.observedAt].toSorted(
      (a, b) => (a?.getTime() ?? 0) - (b?.getTime() ?? 0),
    )[0]
    merged.set(source.provider, { ...worse, observedAt: oldest ?? null, stale: known.stale || source.stale })
  }
  return [...merged.values()]
}

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
  Promise.all(
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
  const views = await Promise.all(
    live.map((consent) => {
      const settled = reading.settle(consent)
      return settled instanceof Promise ? settled.then(view) : view(settled)
    }),
  )
  const asked = new Map(views.map((view) => [view.consent.id, view]))
  const isConfirmed = views.every(({ consent }, index) => consent.version === live[index]?.version)
  if (isConfirmed && !all.hasNextPage && isSimple(selection, page)) {
    const known = all.rows.map((consent) => asked.get(consent.id) ?? reading.stored(consent))
    const { rows, hasNextPage } = select(known, selection, page)
    return { rows, hasNextPage, sources: mergeSources([...views, ...rows]) }
  }
  const found = await consents.page(scope, { ...selection, userId: user.id }, page)
  const rows = (await viewStored(context, found.rows)).map((view) => {
    const read = asked.get(view.consent.id)
    return read === undefined ? view : { consent: view.consent, source: read.source }
  })
  return { rows, hasNextPage: found.hasNextPage, sources: mergeSources([...views, ...rows]) }
}

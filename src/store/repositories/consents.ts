import type { Selectable, SelectQueryBuilder } from 'kysely'
import { CONSENT_STATUSES, isFinalConsent } from '../../domain/consent.ts'
import type { ConsentId } from '../../domain/ids.ts'
import type { Sealer } from '../../domain/sealing.ts'
import type { ConsentSelection, PageRequest, Scope, Store, StoredConsent } from '../../domain/store.ts'
import type { Engine, Statement } from '../engine.ts'
import { prepareShapes } from '../prepared.ts'
import { checkFirst, olderThan, toPage } from '../paging.ts'
import { CONSENT_COLUMNS, createConsentRows } from '../rows/consent-row.ts'
import { word } from '../rows/row.ts'
import type { ConsentTable, Database } from '../schema.ts'
import { type Owner, ownerOf, type Sight, sightOf, visible } from '../scope.ts'
import { createKeyRead, lookUpRows, matchByKey, readNumber, readRows, toStatement } from './read.ts'

const LIVE_STATUSES: readonly string[] = CONSENT_STATUSES.filter((status) => !isFinalConsent(status))

/** @param seenAt when a consent was last seen, of what is stored and what is about to be */
export const createConsentReads = (
  engine: Engine,
  sealer: Sealer,
  seenAt: (id: ConsentId, storedMs: number | null) => Date | null,
): Store['consents'] => {
  const { toConsent: toStored } = createConsentRows(sealer)
  const toConsent = (row: Selectable<ConsentTable>): StoredConsent => toStored(row, seenAt(word(row.id), row.seen_at))
  const all = () => engine.sql.selectFrom('consents')

  const readById = createKeyRead<ConsentTable>(engine, CONSENT_COLUMNS, (ids, owner, sight) =>
    all()
      .select(CONSENT_COLUMNS)
      .where('id', 'in', ids)
      .where(visible(sight, owner, 'consents')),
  )
  const readByProviderId = createKeyRead<ConsentTable, { readonly provider: string }>(
    engine,
    CONSENT_COLUMNS,
    (ids, { provider }) =>
      all()
        .select(CONSENT_COLUMNS)
        .where('provider', '=', provider)
        .where('provider_consent_id', 'in', ids)
        .orderBy(({ eb }) => eb.case().when('status', 'in', LIVE_STATUSES).then(0).else(1).end())
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc'),
  )

  /** The newest of one person: what most lists ask for, so that it is compiled once. */
  const readOfUser = prepareShapes((input: Owner & { readonly of: string; readonly rows: number }, sight: Sight) =>
    all()
      .select(CONSENT_COLUMNS)
      .where(visible(sight, input, 'consents'))
      .where('user_id', '=', input.of)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(input.rows),
  )
  const pageOf = (scope: Scope, selection: ConsentSelection, { first, after }: PageRequest): Statement => {
    const { userId, ...more } = selection
    if (userId !== undefined && after === null && Object.keys(more).length === 0) {
      return readOfUser({ ...ownerOf(scope), of: userId, rows: first + 1 }, sightOf(scope))
    }
    return toStatement(
      select(all(), scope, selection)
        .select(CONSENT_COLUMNS)
        .where(olderThan(after))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(first + 1),
    )
  }

  return {
    byIds: async (scope, ids) => matchByKey(ids, await readById(scope, ids, {}), (row) => row.id, toConsent),
    page: async (scope, selection, page) => {
      checkFirst(page.first)
      if (selectsNothing(selection)) return { rows: [], hasNextPage: false }
      // One person has few.
      const isOfOne = selection.userId !== undefined || sightOf(scope) === 'USER'
      const read = isOfOne ? lookUpRows : readRows
      const rows = await read<ConsentTable>(engine, CONSENT_COLUMNS, pageOf(scope, selection, page))
      return toPage(rows.map(toConsent), page.first)
    },
    count: async (scope, selection) =>
      selectsNothing(selection)
        ? 0
        : await readNumber(
            engine,
            toStatement(select(all(), scope, selection).select(({ fn }) => fn.countAll().as('rows'))),
          ),
    byProviderConsentIds: async (provider, ids) =>
      matchByKey(ids, await readByProviderId('SYSTEM', ids, { provider }), (row) => row.provider_consent_id, toConsent),
  }
}

/** An empty list names no value; no engine takes it as a list of none. */
const selectsNothing = ({ status, provider, revocationState }: ConsentSelection): boolean =>
  [status, provider, revocationState].some((values) => values?.length === 0)

const select = <Selected>(
  query: SelectQueryBuilder<Database, 'consents', Selected>,
  scope: Scope,
  selection: ConsentSelection,
): SelectQueryBuilder<Database, 'consents', Selected> => {
  const { userId, status, provider, institution, revocationState, expiresBefore } = selection
  let selected = query.where(visible(sightOf(scope), ownerOf(scope), 'consents'))
  if (userId !== undefined) selected = selected.where('user_id', '=', userId)
  if (status !== undefined) selected = selected.where('status', 'in', [...new Set(status)])
  if (provider !== undefined) selected = selected.where('provider', 'in', [...new Set(provider)])
  if (revocationState !== undefined) {
    selected = selected.where('revocation_state', 'in', [...new Set(revocationState)])
  }
  if (institution !== undefined) {
    selected = selected.where('provider', '=', institution.provider).where('institution_ref', '=', institution.ref)
  }
  if (expiresBefore !== undefined) selected = selected.where('expires_at', '<', expiresBefore.getTime())
  return selected
}

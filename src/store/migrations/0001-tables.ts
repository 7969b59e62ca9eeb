import { randomBytes } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Flavor } from './flavor.ts'

const LIVE = sql`('INITIATED', 'AWAITING_AUTHORIZATION', 'PARTIALLY_AUTHORIZED', 'AUTHORIZED')`

export const createTables = async (db: Kysely<unknown>, flavor: Flavor): Promise<void> => {
  await createOwners(db, flavor)
  await createConsents(db, flavor)
  await createSessions(db, flavor)
  await createHistory(db, flavor)
  await createWork(db, flavor)
}

const createOwners = async (db: Kysely<unknown>, { text, whole, finish }: Flavor): Promise<void> => {
  await finish(
    db.schema
      .createTable('meta')
      .addColumn('name', text, (column) => column.primaryKey().notNull())
      .addColumn('value', text, (column) => column.notNull()),
  ).execute()
  // Names this database in event cursors, so that a cursor of another one is refused.
  const epoch = randomBytes(8).toString('hex')
  await sql`insert into meta (name, value) values ('epoch', ${epoch})`.execute(db)

  await finish(
    db.schema
      .createTable('clients')
      .addColumn('id', text, (column) => column.primaryKey().notNull())
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('key_hash', text, (column) => column.notNull().unique())
      .addColumn('scopes', text, (column) => column.notNull())
      .addColumn('return_to', text, (column) => column.notNull())
      .addColumn('created_at', whole, (column) => column.notNull()),
  ).execute()

  await finish(
    db.schema
      .createTable('users')
      .addColumn('id', text, (column) => column.primaryKey().notNull())
      .addColumn('client_id', text, (column) => column.notNull().references('clients.id'))
      .addColumn('external_id', text)
      .addColumn('created_at', whole, (column) => column.notNull())
      .addColumn('erased_at', whole)
      // What the rows of a user refer to: no row can belong to one client and to another one's user.
      .addUniqueConstraint('users_owner', ['client_id', 'id']),
  ).execute()
  await sql`create unique index users_external_id on users (client_id, external_id) where external_id is not null`.execute(
    db,
  )
  await sql`create index users_by_client on users (client_id, created_at, id)`.execute(db)
  await sql`create index users_by_age on users (created_at, id)`.execute(db)

  await finish(
    db.schema
      .createTable('provider_links')
      .addColumn('client_id', text, (column) => column.notNull())
      .addColumn('user_id', text, (column) => column.notNull())
      .addColumn('provider', text, (column) => column.notNull())
      .addColumn('ref', text, (column) => column.notNull())
      .addColumn('secrets', text)
      .addColumn('linked_at', whole, (column) => column.notNull())
      .addPrimaryKeyConstraint('provider_links_key', ['user_id', 'provider'])
      .addForeignKeyConstraint('provider_links_owner', ['client_id', 'user_id'], 'users', ['client_id', 'id']),
  ).execute()
  await sql`create index provider_links_by_ref on provider_links (provider, ref)`.execute(db)
}

const createConsents = async (db: Kysely<unknown>, { text, whole, finish }: Flavor): Promise<void> => {
  await finish(
    db.schema
      .createTable('consents')
      .addColumn('id', text, (column) => column.primaryKey().notNull())
      .addColumn('client_id', text, (column) => column.notNull())
      .addColumn('user_id', text, (column) => column.notNull())
      .addColumn('provider', text, (column) => column.notNull())
      .addColumn('institution_ref', text)
      .addColumn('status', text, (column) => column.notNull())
      .addColumn('status_reason', text)
      .addColumn('provider_status', text)
      .addColumn('version', whole, (column) => column.notNull())
      .addColumn('provider_consent_id', text)
      .addColumn('secrets', text)
      .addColumn('requested_access', text, (column) => column.notNull())
      .addColumn('access', text)
      .addColumn('created_at', whole, (column) => column.notNull())
      .addColumn('updated_at', whole, (column) => column.notNull())
      .addColumn('authorized_at', whole)
      .addColumn('expires_at', whole)
      .addColumn('revoked_at', whole)
      .addColumn('renewed_from', text)
      .addColumn('superseded_by', text)
      .addColumn('revocation', text)
      .addColumn('revocation_state', text)
      .addColumn('current_session_id', text)
      .addColumn('seen_at', whole)
      .addForeignKeyConstraint('consents_owner', ['client_id', 'user_id'], 'users', ['client_id', 'id']),
  ).execute()
  await sql`create unique index consents_live_owner on consents (provider, provider_consent_id)
    where provider_consent_id is not null and status in ${LIVE}`.execute(db)
  await sql`create index consents_by_provider_id on consents (provider, provider_consent_id)`.execute(db)
  await sql`create index consents_by_client on consents (client_id, created_at, id)`.execute(db)
  await sql`create index consents_by_user on consents (client_id, user_id, created_at, id)`.execute(db)
  await sql`create index consents_by_age on consents (created_at, id)`.execute(db)
}

const createSessions = async (db: Kysely<unknown>, { text, whole, finish }: Flavor): Promise<void> => {
  await finish(
    db.schema
      .createTable('auth_sessions')
      .addColumn('id', text, (column) => column.primaryKey().notNull())
      .addColumn('client_id', text, (column) => column.notNull())
      .addColumn('user_id', text, (column) => column.notNull())
      .addColumn('consent_id', text, (column) => column.notNull().references('consents.id'))
      .addColumn('provider', text, (column) => column.notNull())
      .addColumn('institution_ref', text)
      .addColumn('status', text, (column) => column.notNull())
      .addColumn('version', whole, (column) => column.notNull())
      .addColumn('next_step', text)
      .addColumn('problem', text)
      .addColumn('created_at', whole, (column) => column.notNull())
      .addColumn('updated_at', whole, (column) => column.notNull())
      .addColumn('expires_at', whole, (column) => column.notNull())
      .addColumn('return_to', text)
      .addColumn('in_flight', text)
      .addColumn('pending_end', text)
      .addColumn('state', text, (column) => column.notNull())
      .addColumn('state_hash', text)
      .addForeignKeyConstraint('auth_sessions_owner', ['client_id', 'user_id'], 'users', ['client_id', 'id']),
  ).execute()
  await sql`create unique index auth_sessions_state_hash on auth_sessions (state_hash) where state_hash is not null`.execute(
    db,
  )
  await sql`create index auth_sessions_by_user on auth_sessions (user_id, created_at, id)`.execute(db)
}

const createHistory = async (db: Kysely<unknown>, flavor: Flavor): Promise<void> => {
  const { text, whole, finish } = flavor
  await finish(
    db.schema
      .createTable('observations')
      .addColumn('position', flavor.sequence, flavor.asSequence)
      .addColumn('consent_id', text, (column) => column.notNull().references('consents.id'))
      .addColumn('at', whole, (column) => column.notNull())
      .addColumn('source', text, (column) => column.notNull())
      .addColumn('provider_raw', text)
      .addColumn('from_status', text)
      .addColumn('to_status', text)
      .addColumn('applied', whole, (column) => column.notNull())
      .addColumn('rule', text, (column) => column.notNull())
      .addColumn('repeated', whole, (column) => column.notNull()),
  ).execute()
  await sql`create index observations_by_consent on observations (consent_id, position)`.execute(db)

  await finish(
    db.schema
      .createTable('events')
      .addColumn('seq', flavor.sequence, flavor.asSequence)
      .addColumn('id', text, (column) => column.notNull().unique())
      .addColumn('at', whole, (column) => column.notNull())
      .addColumn('client_id', text, (column) => column.notNull())
      .addColumn('user_id', text, (column) => column.notNull())
      .addColumn('consent_id', text, (column) => column.notNull())
      .addColumn('provider', text, (column) => column.notNull())
      .addColumn('consent_version', whole, (column) => column.notNull())
      .addColumn('type', text, (column) => column.notNull())
      .addColumn('body', text, (column) => column.notNull()),
  ).execute()
  await sql`create index events_by_client on events (client_id, seq)`.execute(db)
  await sql`create index events_by_user on events (user_id, seq)`.execute(db)
  await sql`create index events_by_consent on events (consent_id, seq)`.execute(db)
}

const createWork = async (db: Kysely<unknown>, { text, whole, finish }: Flavor): Promise<void> => {
  await finish(
    db.schema
      .createTable('idempotency')
      .addColumn('client_id', text, (column) => column.notNull().references('clients.id'))
      .addColumn('user_id', text, (column) => column.notNull())
      .addColumn('operation', text, (column) => column.notNull())
      .addColumn('key', text, (column) => column.notNull())
      .addColumn('fingerprint', text, (column) => column.notNull())
      .addColumn('state', text, (column) => column.notNull())
      .addColumn('running_until', whole, (column) => column.notNull())
      .addColumn('result', text, (column) => column.notNull())
      .addColumn('created_at', whole, (column) => column.notNull())
      .addPrimaryKeyConstraint('idempotency_key', ['client_id', 'user_id', 'operation', 'key']),
  ).execute()

  await finish(
    db.schema
      .createTable('jobs')
      .addColumn('kind', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('due_at', whole, (column) => column.notNull())
      .addColumn('attempts', whole, (column) => column.notNull())
      .addColumn('fence', whole, (column) => column.notNull())
      .addColumn('lease_until', whole)
      .addPrimaryKeyConstraint('jobs_key', ['kind', 'subject']),
  ).execute()
  await sql`create index jobs_due on jobs (kind, due_at)`.execute(db)
}

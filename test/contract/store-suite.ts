import { afterAll, beforeAll, describe } from 'vitest'
import type { Store } from '../../src/domain/store.ts'
import { describeAudit } from '../store/suite/audit.ts'
import { describeCommits } from '../store/suite/commits.ts'
import { describeClients } from '../store/suite/clients.ts'
import { describeConsents } from '../store/suite/consents.ts'
import { describeEvents } from '../store/suite/events.ts'
import { describeIsolation } from '../store/suite/isolation.ts'
import { describeJobs } from '../store/suite/jobs.ts'
import { describeObservations } from '../store/suite/observations.ts'
import { describeOwners } from '../store/suite/owners.ts'
import { describeRates } from '../store/suite/rates.ts'
import { describeRetention } from '../store/suite/retention.ts'
import { describeSessions } from '../store/suite/sessions.ts'
import { describeStatementKeys } from '../store/suite/statement-keys.ts'
import { describeWebhooks } from '../store/suite/webhooks.ts'

/** An opened store; disposing of it closes the store and leaves nothing behind. */
export interface StoreHarness extends AsyncDisposable {
  readonly store: Store
}

/** A store for one test after another: they share it, so that each works with tenants of its own. */
export type OpenedStore = () => Store

/** What every engine must do. Each test makes its own tenants, so that an engine may keep one database for all of them. */
export const describeStore = (name: string, open: () => Promise<StoreHarness>): void => {
  describe(`store on ${name}`, () => {
    let harness: StoreHarness
    beforeAll(async () => {
      harness = await open()
    })
    afterAll(() => harness[Symbol.asyncDispose]())

    const store: OpenedStore = () => harness.store
    describeClients(store)
    describeOwners(store)
    describeConsents(store)
    describeSessions(store)
    describeObservations(store)
    describeEvents(store)
    describeJobs(store)
    describeWebhooks(store)
    describeRates(store)
    describeAudit(store)
    describeStatementKeys(store)
    describeCommits(store)
    describeIsolation(store)
  })

  // It removes what everybody else works with.
  describe(`retention on ${name}`, () => {
    let harness: StoreHarness
    beforeAll(async () => {
      harness = await open()
    })
    afterAll(() => harness[Symbol.asyncDispose]())

    describeRetention(() => harness.store)
  })
}

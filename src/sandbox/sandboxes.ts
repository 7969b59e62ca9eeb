import { join } from 'node:path'
import type { MovableClock } from './clock.ts'
import { createInbox } from './inbox.ts'
import type { SandboxGuideEntry } from './institution-flow.ts'
import { openJournal } from './journal.ts'
import { OBP_SANDBOX_GUIDE } from './open-bank-project/guide.ts'
import { OBP_SANDBOX_SEED } from './open-bank-project/seed.ts'
import { createObpSandbox } from './open-bank-project/server.ts'

export interface SandboxesOptions {
  /** Where the simulators keep what they were told; made where it is missing. */
  readonly directory: string
  readonly clock: MovableClock
}

/** The simulators that run beside the gateway, with the credentials they accept. */
export interface Sandboxes {
  readonly openBankProject: {
    readonly baseUrl: string
    readonly username: string
    readonly password: string
    readonly consumerKey: string
    readonly consumerId: string
    readonly maxTtlSeconds: number
    readonly psd2Cert: null
  }
  /** The first entry of each provider is its plain way. */
  readonly guide: readonly (SandboxGuideEntry & { readonly provider: 'OPEN_BANK_PROJECT' })[]
  readonly inboxUrl: string
  close(): Promise<void>
}

const OBP_MAX_TTL_SECONDS = 3600

export const startSandboxes = async ({ directory, clock }: SandboxesOptions): Promise<Sandboxes> => {
  const messages = openJournal(join(directory, 'inbox.jsonl'))
  const inbox = createInbox(clock, messages)
  const obp = await createObpSandbox({ clock, inbox, stateFile: join(directory, 'open-bank-project.jsonl') })
  const { username, password, consumerKey, consumerId } = OBP_SANDBOX_SEED
  return {
    openBankProject: {
      baseUrl: obp.url,
      username,
      password,
      consumerKey,
      consumerId,
      maxTtlSeconds: OBP_MAX_TTL_SECONDS,
      psd2Cert: null,
    },
    guide: OBP_SANDBOX_GUIDE.map((entry) => ({ ...entry, provider: 'OPEN_BANK_PROJECT' })),
    inboxUrl: `${obp.url}/inbox`,
    close: async () => {
      await obp.close()
      messages.close()
    },
  }
}

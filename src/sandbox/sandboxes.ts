import { join } from 'node:path'
import type { MovableClock } from './clock.ts'
import { ENABLE_BANKING_SANDBOX_GUIDE } from './enable-banking/guide.ts'
import { createEnableBankingSandbox } from './enable-banking/server.ts'
import { FISKIL_SANDBOX_GUIDE } from './fiskil/guide.ts'
import { FISKIL_SANDBOX_SEED } from './fiskil/seed.ts'
import { createFiskilSandbox } from './fiskil/server.ts'
import { createInbox } from './inbox.ts'
import { INSURELY_SANDBOX_GUIDE } from './insurely/guide.ts'
import { INSURELY_SANDBOX_SEED } from './insurely/seed.ts'
import { createInsurelySandbox } from './insurely/server.ts'
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

type GuidedProvider = 'OPEN_BANK_PROJECT' | 'ENABLE_BANKING' | 'FISKIL' | 'INSURELY'

const OBP_MAX_TTL_SECONDS = 3600

const guideOf = (provider: GuidedProvider, entries: readonly SandboxGuideEntry[]) =>
  entries.map((entry) => ({ ...entry, provider }))

/** The simulators that run beside the gateway, each with the settings under which it is reached. */
export const startSandboxes = async ({ directory, clock }: SandboxesOptions) => {
  const messages = openJournal(join(directory, 'inbox.jsonl'))
  const inbox = createInbox(clock, messages)
  const fileOf = (provider: string): string => join(directory, `${provider}.jsonl`)
  const [openBankProject, enableBanking, fiskil, insurely] = await Promise.all([
    createObpSandbox({ clock, inbox, stateFile: fileOf('open-bank-project') }),
    createEnableBankingSandbox({ clock, stateFile: fileOf('enable-banking') }),
    createFiskilSandbox({ clock, inbox, stateFile: fileOf('fiskil') }),
    createInsurelySandbox({ clock, stateFile: fileOf('insurely') }),
  ])
  const { username, password, consumerKey, consumerId } = OBP_SANDBOX_SEED
  const { clientId, clientSecret, webhookSecret } = FISKIL_SANDBOX_SEED

  return {
    settings: {
      openBankProject: {
        baseUrl: openBankProject.url,
        username,
        password,
        consumerKey,
        consumerId,
        maxTtlSeconds: OBP_MAX_TTL_SECONDS,
        psd2Cert: null,
      },
      enableBanking: {
        baseUrl: enableBanking.url,
        credential: { kind: 'KEY', ...enableBanking.credential },
      },
      fiskil: { baseUrl: fiskil.url, clientId, clientSecret, webhookSecret, apiVersion: 'v3' },
      insurely: {
        baseUrl: insurely.url,
        apiKey: INSURELY_SANDBOX_SEED.apiKey,
        webhookSecret: null,
        version: INSURELY_SANDBOX_SEED.version,
      },
    },
    /** The first entry of each provider is its plain way. */
    guide: [
      ...guideOf('OPEN_BANK_PROJECT', OBP_SANDBOX_GUIDE),
      ...guideOf('ENABLE_BANKING', ENABLE_BANKING_SANDBOX_GUIDE),
      ...guideOf('FISKIL', FISKIL_SANDBOX_GUIDE),
      ...guideOf('INSURELY', INSURELY_SANDBOX_GUIDE),
    ],
    inboxUrl: `${openBankProject.url}/inbox`,
    phoneUrl: insurely.phoneUrl,
    /** What the providers must know of the gateway, once it has an address. */
    introduce: (addresses: { readonly callbackUrl: string; readonly webhookUrl: string }): void => {
      enableBanking.allowRedirect(addresses.callbackUrl)
      fiskil.webhooks.setUrl(addresses.webhookUrl)
    },
    close: async (): Promise<void> => {
      await Promise.all([openBankProject.close(), enableBanking.close(), fiskil.close(), insurely.close()])
      messages.close()
    },
  } as const
}

export type Sandboxes = Awaited<ReturnType<typeof startSandboxes>>

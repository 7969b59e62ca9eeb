import { join } from 'node:path'
import { OBP_SANDBOX_SEED } from '../../src/sandbox/open-bank-project/seed.ts'
import { createObpSandbox, type ObpSandbox } from '../../src/sandbox/open-bank-project/server.ts'

/** Open Bank Project in a server of this process: it outlives the gateway, and can go away while that lives. */
export interface OwnBank extends AsyncDisposable {
  readonly sandbox: ObpSandbox
  /** With these the gateway takes it for the real one. */
  readonly env: Readonly<Record<string, string>>
  goAway(): Promise<void>
  /** At the same address, with what it knew. */
  comeBack(): Promise<void>
}

export const openOwnBank = async (directory: string): Promise<OwnBank> => {
  const stateFile = join(directory, 'own-bank.jsonl')
  let sandbox = await createObpSandbox({ stateFile })
  const { username, password, consumerKey, consumerId } = OBP_SANDBOX_SEED
  return {
    get sandbox() {
      return sandbox
    },
    env: {
      OBP_BASE_URL: sandbox.url,
      OBP_USERNAME: username,
      OBP_PASSWORD: password,
      OBP_CONSUMER_KEY: consumerKey,
      OBP_CONSUMER_ID: consumerId,
    },
    goAway: () => sandbox.close(),
    comeBack: async () => {
      sandbox = await createObpSandbox({ stateFile, port: sandbox.port })
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  }
}

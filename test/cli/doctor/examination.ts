import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createEnableBankingSandbox } from '../../../src/sandbox/enable-banking/server.ts'
import { FISKIL_SANDBOX_SEED } from '../../../src/sandbox/fiskil/seed.ts'
import { createFiskilSandbox } from '../../../src/sandbox/fiskil/server.ts'
import { INSURELY_SANDBOX_SEED } from '../../../src/sandbox/insurely/seed.ts'
import { createInsurelySandbox } from '../../../src/sandbox/insurely/server.ts'
import { OBP_SANDBOX_SEED } from '../../../src/sandbox/open-bank-project/seed.ts'
import { createObpSandbox } from '../../../src/sandbox/open-bank-project/server.ts'
import { runCli } from '../cli-process.ts'

export type Env = Readonly<Record<string, string>>

export interface Finding {
  readonly verdict: 'OK' | 'WARN' | 'FAIL'
  readonly subject: string
  readonly finding: string
  readonly remedy: string | null
}

export interface Examination {
  readonly code: number | null
  readonly findings: readonly Finding[]
  /** Everything that was printed. */
  readonly said: string
}

/** The real command. Fails where it printed anything but its answer. */
export const examine = async (env: Env, ...options: readonly string[]): Promise<Examination> => {
  const { code, out, error } = await runCli(['doctor', '--json', ...options], env)
  if (error !== '') throw new Error(error)
  return { code, findings: (JSON.parse(out) as { readonly findings: readonly Finding[] }).findings, said: out }
}

/** What is wrong, and nothing else: `subject: finding remedy`. */
export const complaints = ({ findings }: Examination): readonly string[] =>
  findings.flatMap(({ verdict, subject, finding, remedy }) =>
    verdict === 'OK' ? [] : [`${verdict} ${subject}: ${finding} ${remedy}`],
  )

export const newKey = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`

export interface RealProviders extends AsyncDisposable {
  /** With these a gateway takes all four simulators for the real ones. */
  readonly env: Env
}

export const openRealProviders = async (): Promise<RealProviders> => {
  const [obp, enableBanking, fiskil, insurely] = await Promise.all([
    createObpSandbox({}),
    createEnableBankingSandbox({}),
    createFiskilSandbox({}),
    createInsurelySandbox({}),
  ])
  return {
    env: {
      OBP_BASE_URL: obp.url,
      OBP_USERNAME: OBP_SANDBOX_SEED.username,
      OBP_PASSWORD: OBP_SANDBOX_SEED.password,
      OBP_CONSUMER_KEY: OBP_SANDBOX_SEED.consumerKey,
      OBP_CONSUMER_ID: OBP_SANDBOX_SEED.consumerId,
      ENABLE_BANKING_BASE_URL: enableBanking.url,
      ENABLE_BANKING_APPLICATION_ID: enableBanking.credential.applicationId,
      ENABLE_BANKING_PRIVATE_KEY: enableBanking.credential.privateKey,
      FISKIL_BASE_URL: fiskil.url,
      FISKIL_CLIENT_ID: FISKIL_SANDBOX_SEED.clientId,
      FISKIL_CLIENT_SECRET: FISKIL_SANDBOX_SEED.clientSecret,
      FISKIL_WEBHOOK_SECRET: FISKIL_SANDBOX_SEED.webhookSecret,
      INSURELY_BASE_URL: insurely.url,
      INSURELY_API_KEY: INSURELY_SANDBOX_SEED.apiKey,
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([obp.close(), enableBanking.close(), fiskil.close(), insurely.close()])
    },
  }
}

/** Credentials of the right form that none of them takes; each is a canary. */
export const wrongCredentials = (): Env => ({
  OBP_PASSWORD: 'doctor-canary-1',
  ENABLE_BANKING_PRIVATE_KEY: generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString(),
  FISKIL_CLIENT_SECRET: 'doctor-canary-2',
  INSURELY_API_KEY: 'doctor-canary-3',
})

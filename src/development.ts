import { join } from 'node:path'
import type { Config } from './config.ts'
import { type ApiClient, SCOPES } from './domain/api-client.ts'
import { type Clock, systemClock } from './domain/clock.ts'
import { type ClientId, randomIds } from './domain/ids.ts'
import { toInstitutionId } from './domain/institution.ts'
import type { Store } from './domain/store.ts'
import type { Viewer } from './domain/viewer.ts'
import type { SandboxDirectory } from './graphql/sandbox-directory.ts'
import type { Sandboxes } from './sandbox/sandboxes.ts'
import type { Welcome } from './server/announcement.ts'
import { RETURN_PATH, type SandboxPages } from './server/sandbox-route.ts'
import { hashApiKey, hintOf } from './services/api-key.ts'
import { deriveKey, type RootKey } from './services/root-key.ts'
import type { Services } from './services/services.ts'
import { developmentWebhookSecret } from './services/webhook/development-secret.ts'

/** The one client of a development gateway: its id stays, so that a second start finds the data of the first. */
const DEVELOPMENT_CLIENT: ClientId = 'cli_development'
const DEVELOPMENT_USER = 'demo-user'
const WELCOME_TOKEN_SECONDS = 3600

interface DevelopmentClient {
  readonly client: ApiClient
  readonly apiKey: string
  readonly webhookSecret: string
}

export const putDevelopmentClient = async (
  store: Store,
  root: RootKey,
  config: Config,
  publicUrl: string | null,
): Promise<DevelopmentClient | null> => {
  if (config.developmentClient === null) return null
  const made = `cg_dev_${Buffer.from(deriveKey(root, 'development API key')).toString('base64url')}`
  const apiKey = config.developmentClient.apiKey ?? made
  const known = await store.clients.byId(DEVELOPMENT_CLIENT)
  const client: ApiClient = {
    id: DEVELOPMENT_CLIENT,
    name: 'Development',
    keyHash: hashApiKey(apiKey),
    keyHint: apiKey === made ? hintOf(apiKey) : null,
    scopes: SCOPES,
    returnTo: [...config.developmentClient.returnTo, ...(publicUrl === null ? [] : [`${publicUrl}${RETURN_PATH}`])],
    createdAt: known?.createdAt ?? new Date(),
    disabledAt: null,
    version: (known?.version ?? 0) + 1,
  }
  await store.commit([{ kind: 'client.put', client }])
  return { client, apiKey, webhookSecret: developmentWebhookSecret(root, client.id) }
}

/** The key of a development that went before opens nothing in production. */
export const retireDevelopmentClient = async (store: Store): Promise<void> => {
  const client = await store.clients.byId(DEVELOPMENT_CLIENT)
  if (client === null || client.disabledAt !== null) return
  // Lost to another process that starts on this store and does the same.
  await store.commit([
    { kind: 'client.update', client: { ...client, disabledAt: new Date(), version: client.version + 1 } },
  ])
}

/** A user to try things with, and a token for it. */
export const welcome = async (
  services: Services,
  { client, apiKey, webhookSecret }: DevelopmentClient,
  sandbox: SandboxDirectory | null,
): Promise<Welcome> => {
  const viewer: Viewer = {
    client,
    user: null,
    keyHash: client.keyHash,
    scopes: new Set(client.scopes),
    expiresAt: null,
  }
  await services.users.create(viewer, { externalId: DEVELOPMENT_USER }, randomIds.next('req'))
  const user = await services.users.find(viewer, { externalId: DEVELOPMENT_USER })
  const { token } = await services.userTokens.issue(client, user, WELCOME_TOKEN_SECONDS)
  const [entry] = sandbox?.guide ?? []
  const institutionId =
    entry === undefined || entry.institutionRef === null
      ? null
      : toInstitutionId({ provider: entry.provider, ref: entry.institutionRef })
  return { apiKey, userToken: token, institutionId, webhookSecret }
}

/** The simulators, and the clock that they can move; loaded where one is used. */
export const openSandboxes = async ({
  providers,
  store,
}: Config): Promise<{ readonly clock: Clock; readonly sandboxes: Sandboxes | null }> => {
  if (!Object.values(providers).some(({ mode }) => mode === 'SANDBOX')) return { clock: systemClock, sandboxes: null }
  const [{ createMovableClock }, { startSandboxes }] = await Promise.all([
    import('./sandbox/clock.ts'),
    import('./sandbox/sandboxes.ts'),
  ])
  const clock = createMovableClock()
  return { clock, sandboxes: await startSandboxes({ directory: join(store.dataDir, 'sandbox'), clock }) }
}

/** For development alone; loaded there. */
export const openGraphiql = async ({ environment }: Config) =>
  environment === 'development' ? (await import('./server/graphiql.ts')).createGraphiql() : null

export const toPages = (sandbox: SandboxDirectory): SandboxPages => ({
  ...sandbox,
  guide: sandbox.guide.map(({ provider, institutionRef: ref, ...entry }) => ({
    ...entry,
    provider,
    institutionId: ref === null ? null : toInstitutionId({ provider, ref }),
  })),
})

import type { Config, ProviderConfig } from './config.ts'
import type { Clock } from './domain/clock.ts'
import { randomIds } from './domain/ids.ts'
import type { Store } from './domain/store.ts'
import type { Viewer } from './domain/viewer.ts'
import {
  openGraphiql,
  openSandboxes,
  putDevelopmentClient,
  retireDevelopmentClient,
  toPages,
  welcome,
} from './development.ts'
import type { Foundation } from './foundation.ts'
import type { GraphContext } from './graphql/context.ts'
import { createContextFactory } from './graphql/context-factory.ts'
import { createPipeline } from './graphql/pipeline/pipeline.ts'
import type { SandboxDirectory } from './graphql/sandbox-directory.ts'
import { createSchema } from './graphql/schema.ts'
import { positionOf } from './graphql/stream-position.ts'
import type { Log } from './log.ts'
import { connectProviders, describeProviders, type ProviderConnection } from './providers/registry.ts'
import { describeStart } from './server/announcement.ts'
import type { Sandboxes } from './sandbox/sandboxes.ts'
import { sandboxRoutes } from './server/sandbox-route.ts'
import {
  type CallbackEnd,
  type CallbackRouteOptions,
  callbackRoutes,
  POPUP_RETURN_PATH,
} from './server/callback-route.ts'
import { jwksRoute, statementKeysRoute } from './server/jwks-route.ts'
import { createServer } from './server/server.ts'
import { webhookRoute } from './server/webhook-route.ts'
import { causedBy } from './services/audit/cause.ts'
import { createClients } from './services/clients.ts'
import { createConnectors } from './services/connectors.ts'
import { createFailedCredentials } from './services/failed-credentials.ts'
import { createKeyRotation } from './services/key-rotation.ts'
import { createServices, type Services } from './services/services.ts'
import { createCallbackSender } from './upstream/callback-sender.ts'
import { createDocumentReader } from './upstream/document-reader.ts'
import { createWebhookSender } from './upstream/webhook-sender.ts'

export interface Gateway {
  /** @returns what to tell whoever started it, once everything is ready to be asked */
  listen(): Promise<string>
  /** Answers what is in flight, then lets everything go. Never rejects. */
  close(): Promise<void>
}

/** A real provider where it is configured, its simulator in development, else none. */
const openProviders = (config: Config, sandboxes: Sandboxes | null, clock: Clock): readonly ProviderConnection[] => {
  const { providers } = config
  const choose = <Settings>(of: ProviderConfig<Settings>, simulated: Settings | undefined): Settings | null => {
    if (of.mode === 'REAL') return of
    return of.mode === 'SANDBOX' ? (simulated ?? null) : null
  }
  return connectProviders(
    {
      openBankProject: choose(providers.openBankProject, sandboxes?.settings.openBankProject),
      enableBanking: choose(providers.enableBanking, sandboxes?.settings.enableBanking),
      fiskil: choose(providers.fiskil, sandboxes?.settings.fiskil),
      insurely: choose(providers.insurely, sandboxes?.settings.insurely),
    },
    clock,
  )
}

const rightsOf = ({ client, user, scopes }: Viewer): string =>
  [client.id, user?.id ?? '', ...[...scopes].toSorted()].join(' ')

/**
 * Builds everything and starts nothing that can be seen from outside.
 *
 * @param opening may be under way: what does not need it is built meanwhile
 */
export const createGateway = async (config: Config, log: Log, opening: Promise<Foundation>): Promise<Gateway> => {
  const schema = createSchema({ publicSdl: config.server.publicSdl })
  const graphiql = await openGraphiql(config)
  // Its directory is made and known to be ours before anything else is put into it.
  const { keys, store } = await opening
  const { clock, sandboxes } = await openSandboxes(config)
  const connections = openProviders(config, sandboxes, clock)
  const connected = connections.map(({ connector }) => connector)

  const webhookSender = createWebhookSender({ guarded: config.environment !== 'development' })
  const callbackSender = createCallbackSender({
    guarded: config.environment !== 'development',
    origins: config.server.routerCallbackOrigins,
  })
  const documents = createDocumentReader()
  let publicUrl = config.server.publicUrl ?? ''
  const modeOf = (optionsName: string): string => config.providers[optionsName as keyof Config['providers']].mode
  const services = createServices(
    {
      store,
      clock,
      ids: randomIds,
      report: log.report,
      connectors: createConnectors(
        connections.map(({ connector, upstream }) => ({
          connector,
          sandbox: modeOf(connector.optionsName) === 'SANDBOX',
          health: () => upstream.health(),
        })),
        describeProviders(connected),
      ),
      settings: {
        providerCallMs: config.deadlines.providerCallMs,
        readDeadlineMs: config.deadlines.readMs,
        sessionLifetimeMs: config.authorization.sessionLifetimeMs,
        callbackGraceMs: config.authorization.callbackGraceMs,
        expiryNoticeDays: config.expiryNoticeDays,
        rateLimits: config.rateLimits,
        keepDays: config.keepDays,
        publicUrl: () => publicUrl,
        anyWebhookUrl: config.environment === 'development',
        popupReturnPath: POPUP_RETURN_PATH,
      },
    },
    {
      roots: keys,
      userTokens: config.userTokens,
      oidc: config.oidc === null ? null : { settings: config.oidc, read: documents.read },
    },
    webhookSender,
  )

  const sandbox: SandboxDirectory | null =
    sandboxes === null
      ? null
      : {
          clock,
          inboxUrl: sandboxes.inboxUrl,
          phoneUrl: sandboxes.phoneUrl,
          guide: sandboxes.guide,
        }

  const guardCredentials = createFailedCredentials({ perMinute: config.rateLimits.failedCredentials })
  const contextFor = createContextFactory({
    services,
    store,
    sandbox,
    authenticate: (request) =>
      guardCredentials(request, () => services.credentials.authenticate(request.authorization)),
    readMs: config.deadlines.readMs,
  })

  const pipeline = createPipeline<GraphContext>({
    schema,
    limits: config.graphql,
    ...(config.persisted !== null && { persisted: config.persisted }),
    development: config.environment === 'development',
    operationTimeoutMs: config.deadlines.operationMs,
    onFault: ({ error, requestId }) => log.report('operation.fault', { requestId }, error),
    admit: ({ viewer }) => (viewer === null ? null : services.rateLimits.operation(viewer)),
    rightsKey: ({ viewer }) => (viewer === null ? null : rightsOf(viewer)),
    positionOf,
    forgetReads: (context) => context.forgetReads(),
  })
  const server = createServer<GraphContext>({
    ...(graphiql !== null && { page: graphiql.page }),
    pipeline,
    contextFor,
    expiresAt: ({ expiresAt }) => expiresAt,
    onWithdrawn: ({ viewer }, tell) =>
      viewer === null ? new DisposableStack() : services.clientWatch.watch(viewer, tell),
    clientOf: ({ viewer }) => viewer?.client.id ?? 'nobody',
    callbacks: { sender: callbackSender, isKnown: ({ viewer }) => viewer !== null },
    newRequestId: () => randomIds.next('req'),
    allowedOrigins: config.server.allowedOrigins,
    ...config.connections,
    trustedProxies: config.server.trustedProxies,
    bodyLimitBytes: config.server.bodyLimitBytes,
    readiness: { store: () => store.ping() },
    routes: [
      ...callbackRoutes(callbackEnds(services, store)),
      jwksRoute(services.userTokens.publishedKeys),
      statementKeysRoute(services.statementKeys.published),
      webhookRoute({
        receive: (provider, request, requestId) =>
          causedBy({ actor: 'PROVIDER', action: `webhook ${provider}`, requestId }, () =>
            services.webhooks.receive(provider, request),
          ),
      }),
      ...(sandbox === null ? [] : sandboxRoutes(toPages(sandbox))),
      ...(graphiql?.routes ?? []),
    ],
  })

  // Nobody else can open the embedded store while this process runs; elsewhere it is a command.
  const keyRotation =
    config.store.database === null && keys.length > 1
      ? createKeyRotation(store.keys, {
          done: ({ moved, left }) => log.info('keys.rewrapped', { moved, left }),
          failed: (error) => log.report('keys.rewrap.failed', {}, error),
        })
      : null

  return {
    listen: async () => {
      await services.feed.start()
      await pipeline.start()
      await services.statementKeys.start()
      if (config.developmentClient === null) await retireDevelopmentClient(store)
      const { url } = await server.listen(config.server.port, config.server.host)
      publicUrl = config.server.publicUrl ?? url
      const development = await putDevelopmentClient(store, keys[0], config, sandbox === null ? null : publicUrl)
      sandboxes?.introduce({
        callbackUrl: `${publicUrl}/callback/enableBanking`,
        webhookUrl: `${publicUrl}/webhooks/fiskil`,
      })
      services.clientWatch.start()
      services.jobs.start()
      services.watching.start()
      services.auditChain.start()
      keyRotation?.start()
      services.webhookDispatch.start()
      return describeStart({
        url,
        welcome: development === null ? null : await welcome(services, development, sandbox),
        hasClients: await createClients(store, randomIds).anyEnabled(),
        inboxUrl: sandboxes?.inboxUrl ?? null,
      })
    },

    close: async () => {
      await server.close(config.server.shutdownGraceMs)
      await services.webhookDispatch.stop()
      await webhookSender[Symbol.asyncDispose]()
      await callbackSender[Symbol.asyncDispose]()
      await documents[Symbol.asyncDispose]()
      await services.clientWatch.stop()
      await services.watching.stop()
      await services.feed.stop()
      await services.jobs.stop()
      await services.auditChain.stop()
      await keyRotation?.stop()
      await services.statementKeys.stop()
      await pipeline.stop()
      await Promise.all(connections.map(({ upstream }) => upstream.close()))
      await sandboxes?.close()
      await store.close()
    },
  }
}

/** What the person's browser is told after a callback, with the origins that the session's client registered. */
const callbackEnds = (services: Services, store: Store): CallbackRouteOptions => {
  const toEnd = async ({ session, consent }: Omit<CallbackEnd, 'origins'>): Promise<CallbackEnd> => {
    const client = await store.clients.byId(session.clientId)
    const origins = new Set((client?.returnTo ?? []).map((address) => new URL(address).origin))
    return { session, consent, origins: [...origins] }
  }
  return {
    complete: async (provider, query, requestId) => {
      const completion = await causedBy({ actor: 'BROWSER', action: 'callback', requestId }, () =>
        services.completing.callback(provider, query, requestId),
      )
      return completion === null ? null : await toEnd(completion.attempt)
    },
    find: async (id) => {
      const attempt = await services.completing.find(id)
      return attempt === null ? null : await toEnd(attempt)
    },
  }
}

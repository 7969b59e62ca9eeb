import type { ProviderId } from '../../src/domain/provider-id.ts'
import { createMovableClock } from '../../src/sandbox/clock.ts'
import { startSandboxes } from '../../src/sandbox/sandboxes.ts'
import { type Scene, sceneOf } from '../e2e/four-ways.ts'
import { startGateway } from '../e2e/gateway-process.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'

export interface FourBanks extends AsyncDisposable {
  readonly scene: Scene
  /** Between the gateway and each provider. People and their browsers go past it. */
  readonly networks: Readonly<Record<ProviderId, FaultProxy>>
}

const RETURN_TO = 'http://127.0.0.1/back'

/** The simulators in this process, each behind a network of its own, and a gateway that takes them for the real ones. */
export const openFourBanks = async (
  directory: string,
  env: Readonly<Record<string, string>> = {},
): Promise<FourBanks> => {
  await using stack = new AsyncDisposableStack()
  const sandboxes = await startSandboxes({ directory: `${directory}/sandbox`, clock: createMovableClock() })
  stack.defer(() => sandboxes.close())
  const { openBankProject, enableBanking, fiskil, insurely } = sandboxes.settings
  const connectTo = async ({ baseUrl }: { readonly baseUrl: string }): Promise<FaultProxy> =>
    stack.use(await startFaultProxy(baseUrl))
  const networks = {
    OPEN_BANK_PROJECT: await connectTo(openBankProject),
    ENABLE_BANKING: await connectTo(enableBanking),
    FISKIL: await connectTo(fiskil),
    INSURELY: await connectTo(insurely),
  }
  const gateway = stack.use(
    await startGateway({
      dataDir: `${directory}/data`,
      env: {
        RETURN_TO,
        OBP_BASE_URL: networks.OPEN_BANK_PROJECT.url,
        OBP_USERNAME: openBankProject.username,
        OBP_PASSWORD: openBankProject.password,
        OBP_CONSUMER_KEY: openBankProject.consumerKey,
        OBP_CONSUMER_ID: openBankProject.consumerId,
        ENABLE_BANKING_BASE_URL: networks.ENABLE_BANKING.url,
        ENABLE_BANKING_APPLICATION_ID: enableBanking.credential.applicationId,
        ENABLE_BANKING_PRIVATE_KEY: enableBanking.credential.privateKey,
        FISKIL_BASE_URL: networks.FISKIL.url,
        FISKIL_CLIENT_ID: fiskil.clientId,
        FISKIL_CLIENT_SECRET: fiskil.clientSecret,
        FISKIL_WEBHOOK_SECRET: fiskil.webhookSecret,
        INSURELY_BASE_URL: networks.INSURELY.url,
        INSURELY_API_KEY: insurely.apiKey,
        ...env,
      },
    }),
  )
  sandboxes.introduce({
    callbackUrl: `${gateway.url}/callback/enableBanking`,
    webhookUrl: `${gateway.url}/webhooks/fiskil`,
  })
  const scene = await sceneOf(gateway, {
    addresses: { inboxUrl: sandboxes.inboxUrl, phoneUrl: sandboxes.phoneUrl },
    returnTo: RETURN_TO,
  })
  const opened = stack.move()
  return { scene, networks, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}

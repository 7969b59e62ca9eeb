import { ConfigError } from './environment.ts'
import { type Config, loadConfig } from './config.ts'
import { createGateway, type Gateway } from './gateway.ts'
import { createLog } from './log.ts'

const fail = (message: string): never => {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

const readConfig = (): Config => {
  try {
    return loadConfig()
  } catch (error) {
    if (error instanceof ConfigError) return fail(error.message)
    throw error
  }
}

/** Drains on the first signal; a second one means it. */
const stopOn = (gateway: Gateway): void => {
  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(130)
    stopping = true
    log.info('gateway.stopping', { signal })
    void gateway.close().then(() => process.exit(0))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

const config = readConfig()
const log = createLog(config.logLevel)
process.on('uncaughtException', (error) => {
  log.report('process.uncaught', {}, error)
  process.exit(1)
})

try {
  const gateway = await createGateway(config, log)
  stopOn(gateway)
  process.stdout.write(await gateway.listen())
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  fail(`Consentgraph could not start: ${reason}`)
}

import { ConfigError } from './environment.ts'
import { type Config, loadConfig } from './config.ts'
import { keepCompiledCodeIn, writeCompiledCodeSoon } from './compiled-code.ts'
import { openFoundation } from './foundation.ts'
import type { Gateway } from './gateway.ts'
import { createLog } from './log.ts'
import { collectStartGarbage } from './start-garbage.ts'

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

/** Ctrl-C reaches this process twice under npm: from the terminal's group, and passed on. */
const SAME_SIGNAL_MS = 1000

/** Drains on the first signal; a later one means it. */
const stopOn = (gateway: Gateway): void => {
  let stoppingSince: number | null = null
  const stop = (signal: NodeJS.Signals): void => {
    if (stoppingSince !== null) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(130)
      return
    }
    stoppingSince = performance.now()
    log.info('gateway.stopping', { signal })
    void gateway.close().then(() => process.exit(0))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

const config = readConfig()
const log = createLog(config.logLevel)
// Node's own way to tell of them is free text on stderr.
process.removeAllListeners('warning')
process.on('warning', (warning) => log.report('process.warning', {}, warning))
process.on('uncaughtException', (error) => {
  log.report('process.uncaught', {}, error)
  process.exit(1)
})

try {
  keepCompiledCodeIn(config.store.dataDir)
  const opening = openFoundation(config, 'GATEWAY')
  // A start that fails here is told by whoever waits for it.
  opening.catch(() => undefined)
  // Loaded while the store is opened.
  const { createGateway } = await import('./gateway.ts')
  const gateway = await createGateway(config, log, opening)
  stopOn(gateway)
  await collectStartGarbage()
  process.stdout.write(await gateway.listen())
  writeCompiledCodeSoon()
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  fail(`Consentgraph could not start: ${reason}`)
}

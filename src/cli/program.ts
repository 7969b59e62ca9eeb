import { Command, CommanderError } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { ConfigError } from '../environment.ts'
import { type AddCommand, createContext, EXIT_FAILED, EXIT_OK, EXIT_USAGE, type Streams } from './context.ts'
import { addAudit } from './audit.ts'
import { GatewayError } from '../domain/errors.ts'
import { addClient } from './client.ts'
import { addDoctor } from './doctor.ts'
import { addKeys } from './keys.ts'
import { addListen } from './listen.ts'
import { addManifest } from './manifest.ts'
import { printableLines } from './printable.ts'
import { addReceipt } from './receipt.ts'
import { addStore } from './store.ts'

/** In the order of `--help`. */
const COMMANDS: readonly AddCommand[] = [
  addClient,
  addDoctor,
  addStore,
  addKeys,
  addAudit,
  addReceipt,
  addListen,
  addManifest,
]

const ABOUT = `Runs beside the gateway and reads the same environment.
Exit codes: 0 done, 1 failed, 2 not understood.`

/** What to tell of a fault: its message, on one line unless it lists several. */
const describe = (error: unknown): string => {
  if (error instanceof ConfigError) return error.message
  const message = error instanceof Error ? error.message : String(error)
  return `consentgraph: ${message.replaceAll(/\s*\n\s*/g, ' ')}`
}

/**
 * Runs one command.
 *
 * @returns the exit code: 0 done, 1 failed, 2 not understood
 */
export const runCommand = async (args: readonly string[], streams: Streams): Promise<number> => {
  let code = EXIT_OK
  const program = new Command('consentgraph')
    .description('Operates a Consentgraph gateway.')
    .version(packageJson.version)
    .option('--json', 'answer with one JSON document')
    .addHelpText('after', `\n${ABOUT}`)
    .showHelpAfterError('(--help shows what there is)')
    .configureOutput({
      writeOut: (text) => void streams.out.write(text),
      writeErr: (text) => void streams.error.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'consentgraph: ')),
    })
    .exitOverride()
  const context = createContext(streams, {
    json: () => program.opts<{ json?: true }>().json === true,
    fail: () => {
      code = EXIT_FAILED
    },
  })
  for (const add of COMMANDS) add(program, context)
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE
    streams.error.write(`${printableLines(describe(error))}\n`)
    const isUsage = error instanceof GatewayError && error.code === 'INVALID_INPUT'
    return isUsage ? EXIT_USAGE : EXIT_FAILED
  }
}

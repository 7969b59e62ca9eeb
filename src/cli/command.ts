import { runCommand } from './program.ts'

// A reader such as `head` may leave early: what it did not want is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await runCommand(process.argv.slice(2), { out: process.stdout, error: process.stderr })

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ConsentId } from '../../src/domain/ids.ts'
import type { Tenant } from '../store/entities.ts'

const WRITER = join(import.meta.dirname, '../store/programs/write-until-killed.ts')

export interface Killed {
  /** Acknowledged commits, at least. */
  readonly after: number
  readonly env?: Readonly<Record<string, string>>
}

/** Kills the writer once it has acknowledged so many commits; answers what it acknowledged by then. */
export const writeAndKill = async (
  directory: string,
  { client, user }: Tenant,
  { after, env }: Killed,
): Promise<readonly ConsentId[]> => {
  const writer = spawn(process.execPath, [WRITER, directory, client.id, user.id], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  let printed = ''
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    if (printed.split('\n').length > after) writer.kill('SIGKILL')
  })
  const [, signal] = (await once(writer, 'close')) as [number | null, string | null]
  expect(signal).toBe('SIGKILL')
  return printed.split('\n').slice(0, -1) as ConsentId[]
}

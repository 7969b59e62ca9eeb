import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { loadClientConfig } from '../config.ts'
import { type StatementVerdict, verifyStatement } from '../services/statement-verification.ts'
import { createDocumentReader } from '../upstream/document-reader.ts'
import type { AddCommand } from './context.ts'
import { parseGateway } from './gateway-address.ts'

/** @throws Error that names the address where there are no keys */
const readKeys = async (url: string): Promise<{ readonly published: unknown; readonly current: unknown }> => {
  await using documents = createDocumentReader()
  try {
    const [published, current] = await Promise.all([
      documents.read(`${url}/.well-known/statement-keys.json`),
      documents.read(`${url}/.well-known/jwks.json`),
    ])
    return { published, current }
  } catch (error) {
    throw new Error(`${url} does not tell its keys. Is it the address of the gateway?`, { cause: error })
  }
}

const verify = async (statement: string, url: string): Promise<StatementVerdict> => {
  const { published, current } = await readKeys(url)
  try {
    return await verifyStatement(statement, published, current)
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    throw new Error(`What ${url} has at /.well-known/ are no keys of a gateway.`, { cause: error })
  }
}

const describeVerdict = (verdict: StatementVerdict): string => {
  if (!verdict.valid) return verdict.fault
  const { type, keyId, key, usedUntil, claims } = verdict
  const since = key === 'CURRENT' ? 'in use' : `retired, used until ${usedUntil?.toISOString() ?? ''}`
  return `Verified: ${type}, signed with key "${keyId}" (${since}).\n${JSON.stringify(claims, null, 2)}`
}

/** Needs nothing of a gateway's configuration, and no store: whoever has a receipt may check it. */
export const addReceipt: AddCommand = (program, context) => {
  program
    .command('receipt')
    .description('what people keep: receipts of consents, and proofs of erasure')
    .command('verify')
    .description('checks one against the keys that its gateway publishes, however old it is')
    .argument('[file]', 'what is in it; without one, stdin')
    .option('--url <address>', 'of the gateway, in place of CONSENTGRAPH_URL', parseGateway)
    .action(async (file: string | undefined, options: { readonly url?: string }) => {
      const url = options.url ?? loadClientConfig().url
      const statement = (file === undefined ? await text(process.stdin) : await readFile(file, 'utf8')).trim()
      const verdict = await verify(statement, url)
      context.answer(describeVerdict(verdict), verdict)
      if (!verdict.valid) context.fail()
    })
}

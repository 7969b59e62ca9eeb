import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { Config } from '../config.ts'
import type { AuditBlock, AuditLine } from '../domain/audit.ts'
import { type AuditVerdict, verifyBlocks } from '../services/audit/blocks.ts'
import { createAuditChain, readBlocks } from '../services/audit/chain.ts'
import type { RootKey } from '../services/root-key.ts'
import type { AddCommand } from './context.ts'

/** A line without its salt, which nobody outside needs. */
const toExportedLine = ({ address, ...line }: AuditLine, block: number | null) => ({
  line: { block, ...line, addressMark: address?.mark ?? null, address: address?.known?.ip ?? null },
})

const instant = z.iso.datetime().transform((text) => new Date(text))

const ExportedBlock = z.object({
  block: z.object({
    number: z.number().int(),
    at: instant,
    lines: z.number().int(),
    digest: z.string(),
    hash: z.string(),
    seal: z.string(),
    keyId: z.string(),
  }),
})
const ExportedLine = z.object({
  line: z.object({
    block: z.number().int().nullable(),
    position: z.number().int(),
    at: instant,
    actor: z.string(),
    action: z.string(),
    requestId: z.string().nullable(),
    clientId: z.string().nullable(),
    userId: z.string().nullable(),
    consentId: z.string().nullable(),
    changes: z.array(z.record(z.string(), z.unknown())),
    addressMark: z.string().nullable(),
  }),
})
const ExportedRecord = z.union([ExportedBlock, ExportedLine])

/** Verifying hashes what it is given: the words need not be known ones. */
const toLine = ({ addressMark, changes, ...line }: z.infer<typeof ExportedLine>['line']): AuditLine =>
  ({
    ...line,
    changes: changes as unknown[],
    address: addressMark === null ? null : { mark: addressMark, known: null },
  }) as AuditLine

/** @throws Error that names the line of the file which is none of an export's */
async function* readExport(file: string): AsyncGenerator<{ readonly block: AuditBlock; readonly lines: AuditLine[] }> {
  let lines: AuditLine[] = []
  let number = 0
  for await (const text of createInterface({ input: createReadStream(file, 'utf8') })) {
    number += 1
    const record = ExportedRecord.safeParse(parseJson(text))
    if (!record.success) throw new Error(`${file}, line ${number}, is not from \`audit export\`.`)
    if ('line' in record.data) {
      if (record.data.line.block !== null) lines.push(toLine(record.data.line))
    } else {
      yield { block: record.data.block, lines }
      lines = []
    }
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // Not one of an export's lines, which the schema says.
    return null
  }
}

/** Those that are configured: one that lies in a data directory is not looked for, and none is made. */
const rootsOf = ({ store }: Config): readonly RootKey[] =>
  (store.encryptionKeys ?? []).map(({ id, key }) => ({ id, key: key.export() }))

const describeVerdict = ({ blocks, lines, head, unsealed, faults }: AuditVerdict): string =>
  [
    ...faults.map(({ block, fault }) => `Block ${block}: ${fault}.`),
    faults.length === 0
      ? `${lines} lines in ${blocks} blocks are as they were written.`
      : 'The trail was changed after it was written, or damaged.',
    ...(unsealed === 0 ? [] : [`Who made ${unsealed} blocks was not checked: their keys are not configured.`]),
    `Last block: ${head}`,
  ].join('\n')

export const addAudit: AddCommand = (program, context) => {
  const audit = program.command('audit').description('exports and verifies the trail of who changed what')

  audit
    .command('export')
    .description('writes the trail, one JSON document a line')
    .option('--consent <id>', 'only what concerns one consent; such an export cannot be verified')
    .action(({ consent }: { readonly consent?: string }) =>
      context.withFoundation(async ({ store, keys }) => {
        const write = (record: unknown): void => context.write(`${JSON.stringify(record)}\n`)
        const isAsked = ({ consentId }: AuditLine): boolean => consent === undefined || consentId === consent
        await createAuditChain(store, keys[0], () => undefined).close()
        for await (const { block, lines } of readBlocks(store)) {
          for (const line of lines.filter(isAsked)) write(toExportedLine(line, block.number))
          if (consent === undefined) write({ block })
        }
      }),
    )

  audit
    .command('verify')
    .description('checks that no line was changed, removed or put in')
    .option('--file <path>', 'an export, instead of the store')
    .action(async ({ file }: { readonly file?: string }) => {
      const verdict =
        file === undefined
          ? await context.withFoundation(({ store, keys }) => verifyBlocks(readBlocks(store), keys))
          : await verifyBlocks(readExport(file), rootsOf(context.config()))
      context.answer(describeVerdict(verdict), verdict)
      if (verdict.faults.length > 0) context.fail()
    })
}

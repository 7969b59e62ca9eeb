import type { Config } from '../../config.ts'
import { type DirectoryInspection, inspectDirectory, type OwnedFile } from '../../store/inspection/directory.ts'
import type { Check } from './checks.ts'
import { fault, fine, type Finding, warning } from './finding.ts'

const SUBJECT = 'data directory'

const MEBIBYTE = 2 ** 20
/** A commit needs less; below it the write that fails may be any. */
const LEAST_FREE_BYTES = 64 * MEBIBYTE
const LOW_FREE_BYTES = 1024 * MEBIBYTE

const toText = (bytes: number): string =>
  bytes >= 1024 * MEBIBYTE ? `${(bytes / 1024 / MEBIBYTE).toFixed(1)} GiB` : `${Math.floor(bytes / MEBIBYTE)} MiB`

export const describeSpace = (freeBytes: number): Finding => {
  const finding = `${toText(freeBytes)} are free on its disk.`
  if (freeBytes < LEAST_FREE_BYTES) return fault(SUBJECT, finding, 'Make room: on a full disk nothing can be changed.')
  if (freeBytes < LOW_FREE_BYTES) return warning(SUBJECT, finding, 'Make room before nothing can be changed.')
  return fine(SUBJECT, finding)
}

const describeRights = (directory: OwnedFile, files: readonly OwnedFile[]): readonly Finding[] => {
  const open = [directory, ...files].filter(({ isOpenToOthers }) => isOpenToOthers)
  const foreign = files.filter(({ owner }) => owner !== directory.owner)
  return [
    ...open.map(({ path }) => {
      const mode = path === directory.path ? '700' : '600'
      return warning(SUBJECT, `${path} is open to other users of the machine.`, `Run chmod ${mode} ${path}`)
    }),
    ...foreign.map(({ path, owner }) => {
      const finding = `${path} belongs to user ${owner}, and the directory to user ${directory.owner}.`
      return fault(SUBJECT, finding, `Run chown ${directory.owner} ${path}, and every tool as that user.`)
    }),
  ]
}

const describe = (path: string, { directory, obstacle, files, freeBytes }: DirectoryInspection): readonly Finding[] => {
  if (obstacle !== null) {
    const remedy = 'Set CONSENTGRAPH_DATA_DIR to a directory that this user may write to.'
    return [fault(SUBJECT, `${obstacle}.`, remedy)]
  }
  if (directory === null) return [fine(SUBJECT, `the first start makes ${path}.`), describeSpace(freeBytes)]
  const user = process.getuid?.() ?? directory.owner
  const owned =
    user === directory.owner
      ? fine(SUBJECT, `${path} belongs to this user and can be written.`)
      : warning(
          SUBJECT,
          `${path} belongs to user ${directory.owner}, and this is user ${user}.`,
          'Run the gateway and its tools as the same user.',
        )
  return [owned, ...describeRights(directory, files), describeSpace(freeBytes)]
}

/** Nothing where the process needs no directory. */
export const directoryCheck = ({ store: { dataDir, database, encryptionKeys } }: Config): readonly Check[] =>
  database !== null && encryptionKeys !== null
    ? []
    : [{ subject: SUBJECT, run: () => Promise.resolve(describe(dataDir, inspectDirectory(dataDir))) }]

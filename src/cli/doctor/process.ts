import type { Config } from '../../config.ts'
import { requireRunnable } from '../../graphql/pipeline/persisted-operations.ts'
import { createValidatedDocuments } from '../../graphql/pipeline/validated-documents.ts'
import { createSchema } from '../../graphql/schema.ts'
import { OLDEST_NODE } from '../../store/embedded/files.ts'
import type { Check } from './checks.ts'
import { fault, fine, type Finding } from './finding.ts'

const isOlder = (found: string, oldest: readonly number[]): boolean => {
  const parts = found.split('.').map(Number)
  const at = oldest.findIndex((part, index) => part !== parts[index])
  return at !== -1 && (parts[at] ?? 0) < (oldest[at] ?? 0)
}

export const describeNode = (found: string): Finding =>
  isOlder(found, OLDEST_NODE)
    ? fault('Node.js', `is ${found}, and ${OLDEST_NODE.join('.')} is needed.`, 'Run npm ci: it brings the right one.')
    : fine('Node.js', found)

export const nodeCheck: Check = {
  subject: 'Node.js',
  run: () => Promise.resolve([describeNode(process.versions.node)]),
}

/** The operations of the manifest, as a start looks at them. */
export const operationsCheck = ({ persisted, graphql, environment }: Config): Check => ({
  subject: 'operations',
  run: async () => {
    if (persisted === null) return [fine('operations', 'any may be asked: there is no manifest.')]
    const documents = createValidatedDocuments(createSchema(), graphql, environment === 'development')
    try {
      requireRunnable(persisted, (body) => {
        const prepared = documents.prepare(body)
        return 'errors' in prepared ? prepared.errors : []
      })
    } catch (error) {
      const message = error instanceof Error ? error.message.replaceAll(/\s*\n\s*/g, ' ') : ''
      return [fault('operations', message, 'Write the manifest anew, with `consentgraph manifest`.')]
    }
    const others = persisted.only ? 'no others are run' : 'others are run, too'
    return [fine('operations', `${persisted.operations.length} in the manifest, all of them fit; ${others}.`)]
  },
})

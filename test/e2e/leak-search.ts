import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** As it is, and as it is written by those who think that it is then hidden. */
const encodings = (secret: string): readonly string[] => {
  const bytes = Buffer.from(secret)
  return [secret, encodeURIComponent(secret), bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')]
}

/** Whoever has the hash of a code or a personal number has the number: there are not many. */
const hashes = (secret: string): readonly string[] => {
  const hash = createHash('sha256').update(secret).digest()
  return [hash.toString('hex'), hash.toString('base64url'), hash.toString('base64').replace(/=+$/, '')]
}

export interface Secrets {
  /** Short, or of a person: not even a hash of them may be kept. */
  readonly guessable: Iterable<string>
  /** Long and random: their hashes tell nothing. */
  readonly random: Iterable<string>
}

/** The secrets that are in there, as they were found. */
export const findSecrets = (text: string | Buffer, { guessable, random }: Secrets): readonly string[] => {
  const bytes = Buffer.from(text)
  const forms = [...guessable].flatMap((secret) => [...encodings(secret), ...hashes(secret)])
  return [...forms, ...[...random].flatMap(encodings)].filter((form) => bytes.includes(form))
}

/** Every file of the gateway's own; what the simulators keep is the bank's. */
export const filesOf = async (
  dataDir: string,
): Promise<readonly { readonly file: string; readonly bytes: Buffer }[]> => {
  const names = await readdir(dataDir, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const own = files.filter((file) => !file.startsWith(join(dataDir, 'sandbox')))
  return await Promise.all(own.map(async (file) => ({ file, bytes: await readFile(file) })))
}

/** The tokens that the simulators gave out, from what they keep. */
export const tokensOfProviders = async (dataDir: string): Promise<readonly string[]> => {
  const folder = join(dataDir, 'sandbox')
  const files = (await readdir(folder)).filter((file) => file.endsWith('.jsonl'))
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return texts.flatMap((text) => [...text.matchAll(/"[\w-]*(?:token|jwt)":"([^"]{16,})"/gi)].map(([, token]) => token!))
}

/** Everything that the graph tells of what happened. */
export const EVENTS = /* GraphQL */ `
  query ($after: String) {
    consentEvents(first: 100, after: $after) {
      nodes {
        __typename
        id
        ... on ConsentStatusChanged {
          to
          reason
          providerStatus {
            raw
            detail
          }
        }
        ... on ConsentDetailsChanged {
          changed
        }
        ... on ConsentRevocationProgressed {
          revocation {
            lastProblem {
              code
              message
              providerCode
            }
          }
        }
        consent {
          providerStatus {
            raw
            detail
          }
          explain(first: 100) {
            nodes {
              providerRaw
              rule
            }
          }
          history(first: 100) {
            nodes {
              __typename
              id
            }
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`

import { readFileSync } from 'node:fs'

/** As `recorder.c` writes them. */
const KINDS = [
  'OPENED',
  'WRITTEN',
  'TRUNCATED',
  'SYNCED',
  'DIRECTORY_SYNCED',
  'UNLINKED',
  'RENAMED',
  'LINKED',
  'PRINTED',
] as const
const HEAD_BYTES = 32

/** One thing that a process did to the files of its directory. */
interface Note {
  readonly kind: (typeof KINDS)[number]
  readonly name: string
  readonly inode: bigint
  /** Of what is written; the new size of what is cut off; 1 where opening a file made it. */
  readonly offset: number
  readonly bytes: Buffer
}

/** In the order in which it happened. */
export type Recording = readonly Note[]

export const readRecording = (file: string): Recording => {
  const log = readFileSync(file)
  const notes: Note[] = []
  for (let at = 0; at < log.length;) {
    const nameBytes = log.readUInt32LE(at + 4)
    const dataBytes = Number(log.readBigUInt64LE(at + 24))
    const end = at + HEAD_BYTES + nameBytes + dataBytes
    // A process that is killed may leave half a note: of what it had not finished.
    if (end > log.length) break
    notes.push({
      kind: KINDS[log.readUInt32LE(at) - 1]!,
      name: log.toString('utf8', at + HEAD_BYTES, at + HEAD_BYTES + nameBytes),
      inode: log.readBigUInt64LE(at + 8),
      offset: Number(log.readBigUInt64LE(at + 16)),
      bytes: log.subarray(at + HEAD_BYTES + nameBytes, end),
    })
    at = end
  }
  return notes
}

/** What had been printed in whole lines by then. */
export const printedBy = (recording: Recording, moment = recording.length): readonly string[] =>
  Buffer.concat(recording.slice(0, moment).flatMap(({ kind, bytes }) => (kind === 'PRINTED' ? [bytes] : [])))
    .toString('utf8')
    .split('\n')
    .slice(0, -1)

/** Names and contents. */
export type Files = ReadonlyMap<string, Buffer>

/** What a disk may keep of that which was never forced to it. It owes nothing of it, and may have any of it. */
export type Survival = 'NOTHING' | 'SOME' | 'EVERYTHING'

const SECTOR_BYTES = 512

/** Bytes that grow and shrink, in room that is taken ahead. */
class Content {
  #room: Buffer
  #size: number

  constructor(bytes: Buffer) {
    this.#room = bytes
    this.#size = bytes.length
  }

  get bytes(): Buffer {
    return this.#room.subarray(0, this.#size)
  }

  resize(size: number): void {
    if (size > this.#room.length) {
      const room = Buffer.alloc(Math.max(size, this.#room.length * 2))
      this.bytes.copy(room)
      this.#room = room
    }
    // What was cut off does not come back.
    if (size > this.#size) this.#room.fill(0, this.#size, size)
    this.#size = size
  }

  write(bytes: Buffer, offset: number): void {
    if (offset + bytes.length > this.#size) this.resize(offset + bytes.length)
    bytes.copy(this.#room, offset)
  }
}

/** Sectors, each of which is written whole or not at all. */
const sectorsOf = function* ({ offset, bytes }: Note): Generator<readonly [part: Buffer, offset: number]> {
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(bytes.length, start + SECTOR_BYTES - ((offset + start) % SECTOR_BYTES))
    yield [bytes.subarray(start, end), offset + start]
    start = end
  }
}

/** A file: what is on the disk for certain, and what was done to it since. */
class FileImage {
  readonly #synced: Content
  #since: Note[] = []

  constructor(synced: Buffer) {
    this.#synced = new Content(Buffer.from(synced))
  }

  change(note: Note): void {
    this.#since.push(note)
  }

  sync(): void {
    for (const { kind, offset, bytes } of this.#since) {
      if (kind === 'TRUNCATED') this.#synced.resize(offset)
      else this.#synced.write(bytes, offset)
    }
    this.#since = []
  }

  after(survival: Survival, random: () => number): Buffer {
    const survives = (): boolean => survival === 'EVERYTHING' || (survival === 'SOME' && random() < 0.5)
    const content = new Content(Buffer.from(this.#synced.bytes))
    for (const note of this.#since) {
      if (note.kind !== 'TRUNCATED') {
        for (const [part, offset] of sectorsOf(note)) if (survives()) content.write(part, offset)
      } else if (survives()) content.resize(note.offset)
    }
    return content.bytes
  }
}

/** Makes, moves or removes a name. */
type NameChange = (names: Map<string, FileImage>) => void

/**
 * What is left after the power goes off at a moment of the recording, by the promises of POSIX and no others: bytes of a
 * file are kept from its fsync on, names from the fsync of their directory on. Of the rest survives what `survival` says:
 * of bytes any sectors, of names those that were changed first.
 *
 * @param before what lay in the directory when the recording began, all of it safely on the disk
 */
export const filesAfterCut = (
  recording: Recording,
  before: Files,
  { moment, survival, random }: { readonly moment: number; readonly survival: Survival; readonly random: () => number },
): Files => {
  const names = new Map([...before].map(([name, content]) => [name, new FileImage(content)]))
  const syncedNames = new Map(names)
  let changes: NameChange[] = []
  const inodes = new Map<bigint, FileImage>()
  const change = (apply: NameChange): void => {
    apply(names)
    changes.push(apply)
  }

  for (const note of recording.slice(0, moment)) {
    const { kind, name, inode } = note
    const to = note.bytes.toString('utf8')
    const named = names.get(name)
    if (kind === 'OPENED') {
      const image = note.offset === 1 || named === undefined ? new FileImage(Buffer.alloc(0)) : named
      inodes.set(inode, image)
      if (image !== named) change((of) => of.set(name, image))
    } else if (kind === 'WRITTEN' || kind === 'TRUNCATED') inodes.get(inode)?.change(note)
    else if (kind === 'SYNCED') inodes.get(inode)?.sync()
    else if (kind === 'DIRECTORY_SYNCED') {
      for (const apply of changes) apply(syncedNames)
      changes = []
    } else if (kind === 'UNLINKED') change((of) => of.delete(name))
    else if (kind === 'LINKED' && named !== undefined) change((of) => of.set(to, named))
    else if (kind === 'RENAMED' && named !== undefined) {
      change((of) => {
        of.delete(name)
        of.set(to, named)
      })
    }
  }

  const share = { NOTHING: 0, SOME: random(), EVERYTHING: 1 }[survival]
  for (const apply of changes.slice(0, Math.round(changes.length * share))) apply(syncedNames)
  return new Map([...syncedNames].map(([name, image]) => [name, image.after(survival, random)]))
}

import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openJournal } from '../../src/sandbox/journal.ts'

function createFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'))
  return { file: join(folder, 'deep', 'state.jsonl'), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

const open = (file?: string) => {
  const journal = openJournal(file)
  return { ...journal, numbers: journal.collection('numbers', Number) }
}

describe('a journal', () => {
  it('knows after opening what was set before, without having been closed', () => {
    using folder = createFolder()
    const before = open(folder.file)
    before.numbers.set('a', 1)
    before.numbers.set('b', 2)
    before.numbers.set('a', 3)
    before.numbers.delete('b')
    const after = open(folder.file)
    expect(after.numbers.values()).toEqual([3])
    after.close()
    before.close()
  })

  it('is one line per live value after opening', () => {
    using folder = createFolder()
    const before = open(folder.file)
    for (let value = 0; value < 50; value += 1) before.numbers.set('a', value)
    before.close()
    open(folder.file).close()
    expect(readFileSync(folder.file, 'utf8')).toBe('["numbers","a",49]\n')
  })

  it('drops a torn last line and goes on after it', () => {
    using folder = createFolder()
    const before = open(folder.file)
    before.numbers.set('a', 1)
    before.close()
    appendFileSync(folder.file, '["numbers","b",')
    const torn = open(folder.file)
    torn.numbers.set('c', 3)
    torn.close()
    const after = open(folder.file)
    expect(after.numbers.values()).toEqual([1, 3])
    after.close()
  })

  it('names the place of damage', () => {
    using folder = createFolder()
    open(folder.file).close()
    appendFileSync(folder.file, '["numbers","a",1]\nnonsense\n')
    expect(() => open(folder.file)).toThrow(/state\.jsonl:2 is damaged/)
  })

  it('is for its owner only, and refuses writes once closed', () => {
    using folder = createFolder()
    const journal = open(folder.file)
    expect(statSync(folder.file).mode & 0o777).toBe(0o600)
    journal.close()
    expect(() => journal.numbers.set('a', 1)).toThrow(/closed/)
  })
})

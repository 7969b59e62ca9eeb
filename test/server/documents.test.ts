import { buildSchema, getOperationAST } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createDocuments, hashOf } from '../../src/graphql/pipeline/documents.ts'

const schema = buildSchema('type Query { a: Int b: Int }')
const create = (capacity: number, tokenCapacity?: number) =>
  createDocuments({
    schema,
    maxTokens: 100,
    rules: [],
    capacity,
    ...(tokenCapacity === undefined ? {} : { tokenCapacity }),
  })

describe('the document cache', () => {
  it('gives the same document and plan to equal text', () => {
    const documents = create(10)
    const [first, second] = [documents.prepare('{ a }'), documents.prepare('{ a }')]
    if ('errors' in first || 'errors' in second) throw new Error('refused')
    expect(second.document).toBe(first.document)
    const operation = getOperationAST(first.document)!
    expect(documents.planOf(first.document, operation)).toBe(documents.planOf(second.document, operation))
  })

  it('keeps what is in use while ever new documents come', () => {
    const documents = create(8)
    documents.prepare('{ a }')
    documents.prepare('{ a }')
    for (let i = 0; i < 1000; i += 1) documents.prepare(`{ a${i}: a }`)
    expect(documents.get(hashOf('{ a }'))).toBeDefined()
    expect(documents.get(hashOf('{ a10: a }'))).toBeUndefined()
    expect(documents.get(hashOf('{ a999: a }'))).toBeDefined()
  })

  it('finds by its text what it finds by its hash, and forgets both together', () => {
    const documents = create(8)
    const texts = Array.from({ length: 40 }, (_, index) => `{ a${index}: a }`)
    for (const text of texts) {
      documents.prepare(text)
      documents.prepare(text)
    }
    const found = texts.map((text) => documents.find(text))
    expect(found.filter(Boolean)).toHaveLength(8)
    expect(texts.map((text) => documents.get(hashOf(text)))).toEqual(found)
  })

  it('keeps what is used, whenever it came, and makes room with what is not', () => {
    const documents = create(8)
    const prepare = (text: string): void => {
      documents.prepare(text)
      documents.prepare(text)
    }
    prepare('{ a }')
    for (let i = 0; i < 100; i += 1) {
      prepare(`{ a${i}: a }`)
      expect(documents.find('{ a }')).toBeDefined()
    }
    expect(documents.find('{ a10: a }')).toBeUndefined()
  })

  it('keeps no more than its number of documents and of tokens', () => {
    const held = (documents: ReturnType<typeof create>, count: number): number =>
      Array.from({ length: count }, (_, i) => documents.get(hashOf(`{ a${i}: a }`))).filter(Boolean).length
    const few = create(8)
    for (let i = 0; i < 50; i += 1) {
      few.prepare(`{ a${i}: a }`)
      few.prepare(`{ a${i}: a }`)
    }
    expect(held(few, 50)).toBe(8)
    const small = create(1000, 60)
    for (let i = 0; i < 50; i += 1) {
      small.prepare(`{ a${i}: a }`)
      small.prepare(`{ a${i}: a }`)
    }
    // Seven tokens each, with the start and the end of the file.
    expect(held(small, 50)).toBe(8)
  })

  it('keeps nothing that is refused', () => {
    const documents = create(10)
    expect(documents.prepare('{ nope }')).toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    })
    expect(documents.prepare('{')).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }] })
    expect(documents.get(hashOf('{ nope }'))).toBeUndefined()
  })
})

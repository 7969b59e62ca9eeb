import { describe, expect, test } from 'vitest'
import { PLANTED } from './planted.ts'
import { REPOSITORY_RULES, SOURCE_RULES, violations, type Rule } from './rules.ts'
import { readSources } from './source.ts'

const ALL_RULES = [...SOURCE_RULES, ...REPOSITORY_RULES]

// First of all: a guard that catches nothing would let everything pass below.
describe('a planted violation is caught', () => {
  test('for every rule', () => {
    expect(PLANTED.map(({ rule }) => rule)).toEqual(ALL_RULES.map(({ name }) => name))
  })

  describe.each(PLANTED)('$rule', ({ rule: name, wrong, right }) => {
    const rule = ALL_RULES.find((candidate): candidate is Rule => candidate.name === name)!

    test.each(wrong.map((source) => ({ source, text: source.text.trim().slice(0, 80) })))(
      '$source.path: $text',
      ({ source }) => {
        expect(source.fault).toBeNull()
        expect(violations([rule], [source])).not.toEqual([])
      },
    )

    test('and what only looks like it is not', () => {
      expect(violations([rule], right)).toEqual([])
    })
  })
})

describe('the tree', () => {
  const sources = readSources('src')
  const everything = [...sources, ...readSources('test', 'bench', 'examples')]

  test('was read', () => {
    expect(everything.filter(({ fault }) => fault !== null).map(({ path, fault }) => `${path}: ${fault}`)).toEqual([])
    expect(sources.map(({ path }) => path)).toContain('src/domain/consent.ts')
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(sources.length)
  })

  test.each(SOURCE_RULES)('$name', (rule) => {
    expect(violations([rule], sources)).toEqual([])
  })

  test.each(REPOSITORY_RULES)('$name', (rule) => {
    expect(violations([rule], everything)).toEqual([])
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printable, printableLines } from '../../src/cli/printable.ts'
import { toTable } from '../../src/cli/table.ts'

test('what would steer a terminal, or turn the direction of writing, is shown as what it is', () => {
  expect(printable('\u001b[2Ja\u009b1m\u0007\u202eb\u200b\r')).toBe(
    String.raw`\u{1b}[2Ja\u{9b}1m\u{7}\u{202e}b\u{200b}\u{d}`,
  )
  expect(printable('Åsa 漢字 😀 \\')).toBe('Åsa 漢字 😀 \\')
  expect(printableLines('a\nb\u001bc')).toBe('a\nb\\u{1b}c')
})

test('a cell makes no row of its own', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), { minLength: 1 }),
      (rows) => {
        const lines = toTable(['A', 'B'], rows).split('\n')
        expect(lines).toHaveLength(rows.length + 1)
        expect(lines.join('')).not.toMatch(/\p{Cc}|\p{Cf}/u)
      },
    ),
    { seed: 1911, numRuns: 50 },
  )
})

import { printable } from './printable.ts'

/** Columns of text, as wide as their widest cell; the last is left as it is. */
export const toTable = (heads: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [heads, ...rows.map((row) => row.map(printable))]
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

import { type Bar, type BarPanel, drawChart } from './chart.ts'
import { readSection } from './report.ts'
import type { Panel, Section, Table } from './section.ts'

const toTarget = (cell: string, bound: number): Bar['target'] => {
  const text = cell.split(', ')[bound]
  const value = /^[≥≤] (\d+(?:\.\d+)?)$/.exec(text ?? '')?.[1]
  return text === undefined || value === undefined ? null : { text, value: Number(value) }
}

const toPanel = ({ title, column, bound }: Panel, { head, rows }: Table): BarPanel => {
  const [at, targetAt] = [head.indexOf(column), head.indexOf('target')]
  if (at === -1) throw new Error(`no column ${column} for the chart’s ${title}`)
  const bars = rows.flatMap((row): readonly Bar[] => {
    const value = /^-?\d+\.\d+/.exec(row[at] ?? '')?.[0]
    // What this machine could not tell has no bar.
    if (value === undefined) return []
    return [
      { label: (row[0] ?? '').replaceAll('`', ''), value: Number(value), target: toTarget(row[targetAt] ?? '', bound) },
    ]
  })
  return { title, bars }
}

/** The chart of what the page's tables say. A section without tables has no bars. */
export const drawPageChart = (page: string, sections: readonly Section[]): string => {
  const panels = sections.flatMap(({ name, panels }) => {
    const tables = readSection(page, name)
    return panels.flatMap((panel) => {
      const table = tables[panel.table]
      return table === undefined ? [] : [toPanel(panel, table)]
    })
  })
  return drawChart('Measured ratios, as in the tables of docs/performance.md', panels)
}

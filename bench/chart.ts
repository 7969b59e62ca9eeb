/** A chart of bars as SVG: no fonts, scripts or pictures from outside, and colors for light and for dark surroundings. */

export interface Bar {
  readonly label: string
  readonly value: number
  /** As it is written; null where none is set. */
  readonly target: { readonly text: string; readonly value: number } | null
}

export interface BarPanel {
  readonly title: string
  readonly bars: readonly Bar[]
}

const WIDTH = 880
const MARGIN = 24
const LABEL_WIDTH = 330
const VALUE_WIDTH = 150
const BAR_WIDTH = WIDTH - 2 * MARGIN - LABEL_WIDTH - VALUE_WIDTH
const ROW_HEIGHT = 26
const BAR_HEIGHT = 14
const TITLE_HEIGHT = 34
const PANEL_GAP = 18

const STYLE = `
    .paper { fill: #ffffff }
    text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
    .title { font-weight: 600; font-size: 14px }
    .axis { stroke: #818b98; stroke-width: 1 }
    .bar { fill: #2f6fd0 }
    .target { stroke: #b3500a; stroke-width: 2 }
    .bound { fill: #59636e }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #0d1117 }
      text { fill: #f0f6fc }
      .bar { fill: #5b9bf8 }
      .target { stroke: #f0a35e }
      .bound { fill: #9198a1 }
    }`

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const round = (value: number): string => String(Math.round(value * 10) / 10)

const drawBar = ({ label, value, target }: Bar, scale: number, y: number): string => {
  const [left, middle] = [MARGIN + LABEL_WIDTH, y + ROW_HEIGHT / 2]
  const baseline = round(middle + 4.5)
  const right = WIDTH - MARGIN
  const marks = [
    `<text x="${left - 10}" y="${baseline}" text-anchor="end">${escape(label)}</text>`,
    `<rect class="bar" x="${left}" y="${round(middle - BAR_HEIGHT / 2)}" width="${round(value * scale)}" height="${BAR_HEIGHT}" rx="2"/>`,
    `<text x="${right - 84}" y="${baseline}" text-anchor="end">${value.toFixed(2)}</text>`,
  ]
  if (target === null) return marks.join('\n  ')
  const at = round(left + target.value * scale)
  return [
    ...marks,
    `<line class="target" x1="${at}" x2="${at}" y1="${round(middle - BAR_HEIGHT / 2 - 4)}" y2="${round(middle + BAR_HEIGHT / 2 + 4)}"/>`,
    `<text class="bound" x="${right}" y="${baseline}" text-anchor="end">${escape(target.text)}</text>`,
  ].join('\n  ')
}

const heightOf = ({ bars }: BarPanel): number => TITLE_HEIGHT + bars.length * ROW_HEIGHT + PANEL_GAP

const drawPanel = ({ title, bars }: BarPanel, top: number): string => {
  const most = Math.max(...bars.flatMap(({ value, target }) => [value, target?.value ?? 0]), Number.MIN_VALUE)
  const first = top + TITLE_HEIGHT
  const axis = MARGIN + LABEL_WIDTH
  return [
    `<text class="title" x="${MARGIN}" y="${top + 20}">${escape(title)}</text>`,
    `<line class="axis" x1="${axis}" x2="${axis}" y1="${first}" y2="${first + bars.length * ROW_HEIGHT}"/>`,
    ...bars.map((bar, index) => drawBar(bar, BAR_WIDTH / most, first + index * ROW_HEIGHT)),
  ].join('\n  ')
}

/** @param title for those who do not see it */
export const drawChart = (title: string, panels: readonly BarPanel[]): string => {
  const tops = panels.map(
    (_, index) => MARGIN / 2 + panels.slice(0, index).reduce((sum, one) => sum + heightOf(one), 0),
  )
  const height = MARGIN + panels.reduce((sum, one) => sum + heightOf(one), 0)
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">
  <title>${escape(title)}</title>
  <style>${STYLE}
  </style>
  <rect class="paper" width="${WIDTH}" height="${height}" rx="6"/>
  ${panels.map((panel, index) => drawPanel(panel, tops[index] ?? 0)).join('\n  ')}
</svg>
`
}

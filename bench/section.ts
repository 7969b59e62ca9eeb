/** What a part of the benchmark is given. */
export interface BenchOptions {
  /** Short: to show that everything works. Too noisy to be kept. */
  readonly quick: boolean
  /** A text that a workload's name must hold; null where all are wanted. */
  readonly only: string | null
  /** For the gateway that is measured. */
  readonly nodeOptions: readonly string[]
  /** For absolute numbers: they say something of this machine in this minute, so they are shown and not kept. */
  say(text: string): void
}

/** Goes into the page as it is: ratios and differences, no absolute numbers. The first column names what a row is about. */
export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Bars of the chart: one for each row of a table, read from the page. */
export interface Panel {
  readonly title: string
  /** Of the section's tables. */
  readonly table: number
  /** The heading of the column with the number: the first in its cell counts. */
  readonly column: string
  /** Which of the bounds in the column `target` is about this number. */
  readonly bound: number
}

/** A part of the benchmark with tables of its own, between markers of its own in `docs/performance.md`. */
export interface Section {
  /** In the markers, and for `--section`. */
  readonly name: string
  readonly panels: readonly Panel[]
  /** Nothing of it runs any more when it is through. Tables without rows where nothing was asked for. */
  run(options: BenchOptions): Promise<readonly Table[]>
}

/** Milliseconds that all processes of one machine count alike, and that nobody sets. */
const offsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now()

export const steadyMs = (): number => performance.now() + offsetMs

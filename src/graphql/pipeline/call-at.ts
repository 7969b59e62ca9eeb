/** The longest delay that a timer takes. */
const MAX_DELAY_MS = 2_147_483_647

/** Calls once at that instant of real time, however far away; at once where it has passed. Disposal calls it off. */
export const callAt = (instant: Date, call: () => void): Disposable => {
  let timer: NodeJS.Timeout
  const wait = (): void => {
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, instant.getTime() - Date.now()))
    timer = setTimeout(() => (instant.getTime() > Date.now() ? wait() : call()), delayMs)
  }
  wait()
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}

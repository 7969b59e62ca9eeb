/** Wakes one sleeper; rung while nobody sleeps, it lets the next one not fall asleep. */
export interface Alarm {
  ring(): void
  /** Until it rings, or for so long. */
  wait(ms: number): Promise<void>
}

export const createAlarm = (): Alarm => {
  let rung = false
  let wake = (): void => undefined
  return {
    ring: () => {
      rung = true
      wake()
    },
    wait: async (ms) => {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      rung = false
    },
  }
}

export interface Finding {
  readonly verdict: 'OK' | 'WARN' | 'FAIL'
  readonly subject: string
  /** Never a value of the configuration that may be secret. */
  readonly finding: string
  /** What to do; null where nothing need be done. */
  readonly remedy: string | null
}

export const fine = (subject: string, finding: string): Finding => ({ verdict: 'OK', subject, finding, remedy: null })

/** It works, and something about it should be looked after. */
export const warning = (subject: string, finding: string, remedy: string): Finding => ({
  verdict: 'WARN',
  subject,
  finding,
  remedy,
})

/** A gateway would not start, or somebody would be refused what they should get. */
export const fault = (subject: string, finding: string, remedy: string): Finding => ({
  verdict: 'FAIL',
  subject,
  finding,
  remedy,
})

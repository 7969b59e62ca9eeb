/** Consent and session life and the simulators follow a `Clock`; tokens, leases and time-outs keep real time. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

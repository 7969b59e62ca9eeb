import { measureFanOut } from './fan-out.ts'
import { measureIdleSockets } from './idle-sockets.ts'
import { measureResume } from './resume.ts'
import type { StreamsMeasured } from './stream-report.ts'
import { createStreamStand } from './stream-stand.ts'

export const STREAM_WORKLOADS = ['fan-out', 'sockets', 'resume'] as const
export type StreamWorkload = (typeof STREAM_WORKLOADS)[number]

export interface StreamsOptions {
  readonly quick: boolean
  readonly workloads: readonly StreamWorkload[]
  /** For the gateway. */
  readonly nodeOptions: readonly string[]
}

const SIZES = {
  quick: { users: 1_000, sockets: 500, rounds: 2, steps: [100, 1_000], durationMs: 1_000, subscribers: 200 },
  full: { users: 10_000, sockets: 10_000, rounds: 7, steps: [1_000, 10_000], durationMs: 10_000, subscribers: 1_000 },
} as const

export const measureStreams = async ({ quick, workloads, nodeOptions }: StreamsOptions): Promise<StreamsMeasured> => {
  const { users, sockets, rounds, steps, durationMs, subscribers } = quick ? SIZES.quick : SIZES.full
  await using stand = await createStreamStand(users)
  const wants = (workload: StreamWorkload): boolean => workloads.includes(workload)
  return {
    fanOut: wants('fan-out') ? await measureFanOut(stand, { sockets, rounds, eventsPerRound: 5, nodeOptions }) : null,
    sockets: wants('sockets')
      ? await measureIdleSockets(stand, { steps, perSecond: 1_000, durationMs, nodeOptions })
      : null,
    resume: wants('resume') ? await measureResume(stand, { subscribers, nodeOptions }) : null,
  }
}

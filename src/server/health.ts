import { type Reply, jsonReply } from './reply.ts'
import type { Route } from './route.ts'

/** Rejects while the part cannot do its work. Its reason is not shown. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<void>

export interface HealthOptions {
  readonly checks: Readonly<Record<string, ReadinessCheck>>
  readonly isDraining: () => boolean
  /** A check that takes longer counts as failed. */
  readonly timeoutMs: number
  readonly onFailure: (name: string, error: unknown) => void
}

const runCheck = async (name: string, check: ReadinessCheck, options: HealthOptions): Promise<[string, string]> => {
  const signal = AbortSignal.timeout(options.timeoutMs)
  const timeout = new Promise<never>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  )
  try {
    await Promise.race([check(signal), timeout])
    return [name, 'UP']
  } catch (error) {
    options.onFailure(name, error)
    return [name, 'DOWN']
  }
}

/** `/health/live`: the process answers. `/health/ready`: it should be sent traffic; 503 from the first moment of a shutdown. */
export const healthRoutes = (options: HealthOptions): readonly Route[] => {
  const ready = async (): Promise<Reply> => {
    if (options.isDraining()) return jsonReply(503, { status: 'DRAINING' })
    const names = Object.entries(options.checks)
    const checks = Object.fromEntries(await Promise.all(names.map(([name, check]) => runCheck(name, check, options))))
    const up = Object.values(checks).every((state) => state === 'UP')
    return jsonReply(up ? 200 : 503, { status: up ? 'UP' : 'DOWN', checks })
  }
  return [
    { method: 'GET', path: '/health/live', handler: async () => jsonReply(200, { status: 'UP' }) },
    { method: 'GET', path: '/health/ready', handler: ready },
  ]
}

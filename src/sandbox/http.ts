import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../domain/clock.ts'
import { systemClock } from '../domain/clock.ts'
import { createControlRoutes } from './control.ts'
import type { FaultKind, Faults } from './faults.ts'
import { createFaults, letsEffectHappen, replyUnderFault } from './faults.ts'
import type { Ledger } from './ledger.ts'
import { createLedger } from './ledger.ts'
import type { Reply } from './reply.ts'
import { json, text } from './reply.ts'
import type { SimulatorCall, SimulatorRequest } from './request.ts'
import { BodyTooLarge, readBody, toSimulatorRequest } from './request.ts'
import type { RouteAnswer, Routes } from './routes.ts'
import { createRouter } from './routes.ts'

export interface SimulatorOptions {
  readonly name: string
  readonly routes: Routes
  /** Default: real time. A movable clock can also be moved at `POST /_sandbox/clock`. */
  readonly clock?: Clock
  /** Default 0, any free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Where browsers reach it, if not at host and port; no trailing slash. */
  readonly publicUrl?: string
  /** A larger body gets 413. Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Runs around every route, and around `fallback`: replies of a dialect for all paths, headers on every reply. */
  readonly around?: (request: SimulatorRequest, next: () => Promise<Reply>) => Promise<Reply>
  /** Where no route matches. Default: 404 in plain text. */
  readonly fallback?: RouteAnswer
  readonly ledger?: Ledger
  /** Runs once, when the server has closed. */
  readonly onClose?: () => void
}

export interface Simulator extends AsyncDisposable {
  readonly name: string
  readonly url: string
  readonly port: number
  readonly ledger: Ledger
  readonly faults: Faults
  /** The last 10,000 requests, oldest first; those to `/_sandbox/` and the inbox are not among them. */
  calls(): readonly SimulatorCall[]
  close(): Promise<void>
}

const keptCalls = 10_000

/** Starts listening; rejects when the port is taken. */
export async function createSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { name, clock = systemClock, host = '127.0.0.1', maxBodyBytes = 1024 * 1024 } = options
  const ledger = options.ledger ?? createLedger(clock)
  const faults = createFaults()
  const calls: SimulatorCall[] = []
  const closing = new AbortController()
  const controlRoute = createRouter(createControlRoutes({ name, clock, ledger, faults, calls: () => calls }))
  const findRoute = createRouter(options.routes)
  const around = options.around ?? ((_request, next) => next())
  const fallback = options.fallback ?? (() => text(404, 'Not found\n'))
  let origin = ''

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((cause: unknown) => {
      if (closing.signal.aborted || outgoing.destroyed) return void outgoing.destroy()
      const tooLarge = cause instanceof BodyTooLarge
      if (!tooLarge) process.stderr.write(`${name}: ${cause instanceof Error ? cause.stack : String(cause)}\n`)
      if (outgoing.headersSent) return void outgoing.destroy()
      send(outgoing, json(tooLarge ? 413 : 500, { error: tooLarge ? cause.message : 'the simulator has a fault' }))
    })
  })

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readBody(incoming, maxBodyBytes)
    const request = toSimulatorRequest(incoming, body, { at: clock.now(), origin })
    const control = controlRoute(request.method, request.path)
    if (control) return send(outgoing, await control.answer({ ...request, params: control.params }))

    const found = findRoute(request.method, request.path)
    const routed = { ...request, params: found?.params ?? {} }
    const fault = request.path.startsWith('/inbox') ? null : faults.take(routed)
    if (fault?.kind === 'delay' && fault.at === 'request') await wait(fault.delayMs)
    const real = letsEffectHappen(fault)
      ? await around(routed, async () => await (found?.answer ?? fallback)(routed))
      : null
    const reply = replyUnderFault(fault, real)
    const cut = reply === null || fault?.kind === 'reset-after-effect'
    note({
      at: request.at,
      method: request.method,
      path: request.path,
      route: found?.route ?? null,
      status: cut ? null : reply.status,
    })
    if (cut) return void incoming.socket.resetAndDestroy()
    await wait((reply.delayMs ?? 0) + replyDelayMs(fault))
    if (fault?.kind === 'truncate') truncate(outgoing, reply)
    else send(outgoing, reply)
  }

  async function wait(delayMs: number): Promise<void> {
    if (delayMs > 0) await sleep(delayMs, undefined, { signal: closing.signal })
  }

  function note(call: SimulatorCall): void {
    if (call.path.startsWith('/inbox')) return
    calls.push(call)
    if (calls.length > keptCalls) calls.shift()
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  })
  // `address()` is an object once a TCP server listens.
  const { port } = server.address() as AddressInfo
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`
  origin = options.publicUrl ?? url

  let closed: Promise<void> | undefined
  const close = (): Promise<void> =>
    (closed ??= new Promise((resolve) => {
      closing.abort()
      server.close(() => {
        options.onClose?.()
        resolve()
      })
      server.closeAllConnections()
    }))
  return { name, url, port, ledger, faults, calls: () => [...calls], close, [Symbol.asyncDispose]: close }
}

function replyDelayMs(fault: FaultKind | null): number {
  return fault?.kind === 'delay' && fault.at !== 'request' ? fault.delayMs : 0
}

function send(outgoing: ServerResponse, reply: Reply): void {
  outgoing.writeHead(reply.status, { ...reply.headers, 'Content-Length': String(Buffer.byteLength(reply.body)) })
  outgoing.end(reply.body)
}

/** Promises the whole body and ends in the middle of it. */
function truncate(outgoing: ServerResponse, reply: Reply): void {
  const whole = Buffer.from(reply.body)
  outgoing.writeHead(reply.status, { ...reply.headers, 'Content-Length': String(Math.max(whole.length, 2)) })
  outgoing.write(whole.subarray(0, Math.floor(whole.length / 2)), () => outgoing.destroy())
}

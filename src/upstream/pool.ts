import { Pool } from 'undici'

/** For mutual TLS, and for a provider behind an authority of its own. PEM. There is no way to switch verification off. */
export interface TlsOptions {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
}

export interface PoolOptions {
  readonly origin: string
  readonly connections: number
  readonly connectTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  readonly maxResponseBytes: number
  readonly tls: TlsOptions
}

export const createPool = (options: PoolOptions): Pool =>
  new Pool(options.origin, {
    // HTTP/2 lower-cases the names of headers.
    allowH2: false,
    pipelining: 1,
    connections: options.connections,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    // What a provider's Keep-Alive header may ask for.
    keepAliveMaxTimeout: 60_000,
    maxResponseSize: options.maxResponseBytes,
    // The call's own deadline ends it; undici's timers are right to half a second only.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: options.connectTimeoutMs, minVersion: 'TLSv1.2', ...options.tls },
  })

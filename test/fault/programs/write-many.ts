/**
 * Commits from so many callers and prints what it cost the event loop. Arguments: directory, client, user, callers,
 * commits per caller, milliseconds between one caller's commits.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClientId, UserId } from '../../../src/domain/ids.ts'
import { openEmbeddedStore } from '../../../src/store/embedded/open-embedded-store.ts'
import { sealer } from '../../store/directory.ts'
import { newConsent, newEvent, newUser, put } from '../../store/entities.ts'

const [directory = '', clientId, userId, ...numbers] = process.argv.slice(2)
const [callers = 1, commits = 1, pauseMs = 0] = numbers.map(Number)
const store = await openEmbeddedStore({ directory, sealer })
const user = newUser(clientId as ClientId, { id: userId as UserId })

const write = async (): Promise<void> => {
  for (let commit = 0; commit < commits; commit += 1) {
    const consent = newConsent(user)
    await put(store, { kind: 'consent.insert', consent }, { kind: 'event.append', event: newEvent(consent) })
    if (pauseMs > 0) await delay(pauseMs)
  }
}

const loop = monitorEventLoopDelay({ resolution: 1 })
loop.enable()
const startedAt = performance.now()
await Promise.all(Array.from({ length: callers }, write))
const tookMs = performance.now() - startedAt
loop.disable()
await store.close()
process.stdout.write(
  `${JSON.stringify({ tookMs, loopP50Ms: loop.percentile(50) / 1e6, loopP99Ms: loop.percentile(99) / 1e6 })}\n`,
)

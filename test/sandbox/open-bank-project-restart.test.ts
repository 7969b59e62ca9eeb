import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { consentBody, json, startObp } from './obp-client.ts'
import { OBP_SANDBOX_SEED } from '../../src/sandbox/open-bank-project/seed.ts'

/** The sandbox in a process of its own. */
async function spawnSandbox(stateFile: string) {
  const server = new URL('../../src/sandbox/open-bank-project/server.ts', import.meta.url).href
  const script = `const { createObpSandbox } = await import(${JSON.stringify(server)})
console.log((await createObpSandbox({ stateFile: ${JSON.stringify(stateFile)} })).url)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string]
  return {
    url,
    kill: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
}

it('knows after kill -9 and a new start what it had acknowledged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'obp-'))
  using _folder = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
  const stateFile = join(folder, 'obp.jsonl')
  using child = await spawnSandbox(stateFile)
  const { username, password, consumerKey } = OBP_SANDBOX_SEED
  const post = async (path: string, headers: Record<string, string>, body: unknown = '') => {
    const answer = await fetch(`${child.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await answer.json()) as { token: string; consent_id: string; jwt: string }
  }
  const { token } = await post('/my/logins/direct', {
    DirectLogin: `username=${username},password=${password},consumer_key=${consumerKey}`,
  })
  const login = { DirectLogin: `token=${token}` }
  const bank = '/obp/v3.1.0/banks/sandbox.otp'
  const first = await post(`${bank}/my/consents/SMS`, { ...login, ...json }, consentBody)
  const second = await post(`${bank}/my/consents/SMS`, { ...login, ...json }, consentBody)
  await post(`${bank}/consents/${first.consent_id}/challenge`, { ...login, ...json }, { answer: '123' })
  await child.kill()

  await using obp = await startObp({ stateFile })
  const list = await obp.send('GET', `${bank}/my/consents`, login)
  expect(list.body.consents).toMatchObject([
    { consent_id: first.consent_id, jwt: first.jwt, status: 'ACCEPTED' },
    { consent_id: second.consent_id, status: 'INITIATED' },
  ])
  expect(obp.sandbox.ledger.entries().map(({ effect }) => effect)).toEqual([
    'token.issued',
    'consent.created',
    'challenge.sent',
    'consent.created',
    'challenge.sent',
    'challenge.answered',
  ])
  expect(obp.sandbox.inbox.messages()).toHaveLength(2)
  const used = await obp.send('GET', '/obp/v3.0.0/users/current', {
    'Consent-JWT': first.jwt,
    'Consumer-Key': consumerKey,
  })
  expect(used.status).toBe(200)
})

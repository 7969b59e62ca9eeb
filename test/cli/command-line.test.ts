import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../store/directory.ts'
import { askCli, runCli } from './cli-process.ts'

const ROOT = join(import.meta.dirname, '../..')
const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string
  readonly bin: unknown
}

test('package.json names the command, so that npx finds it', () => {
  expect(packageJson.bin).toEqual({ consentgraph: 'bin/consentgraph' })
})

test('runs on the Node.js of the package, from any directory', async () => {
  await using elsewhere = await temporaryDirectory()
  expect(await runCli(['--version'], {}, elsewhere.path)).toEqual({
    code: 0,
    out: `${packageJson.version}\n`,
    error: '',
  })
})

test.each([
  ['no command', []],
  ['an unknown command', ['docter']],
  ['an unknown option', ['doctor', '--loudly']],
  ['too many arguments', ['doctor', 'now']],
])('%s ends with 2, and a word on stderr', async (_, args) => {
  const { code, out, error } = await runCli(args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(error).not.toBe('')
  expect(error).not.toContain('    at ')
})

test('help ends with 0, on stdout', async () => {
  const { code, out, error } = await runCli(['--help'])
  expect({ code, error }).toEqual({ code: 0, error: '' })
  expect(out).toContain('doctor')
})

test('the doctor names every fault of the configuration at once, and ends with 1', async () => {
  const env = { NODE_ENV: 'production', CONSENTGRAPH_API_KEY: 'a-secret-value', PORT: 'http' }
  const { code, out, error } = await runCli(['doctor'], env)
  expect({ code, error }).toEqual({ code: 1, error: '' })
  for (const name of ['PORT', 'PUBLIC_URL', 'CONSENTGRAPH_ENCRYPTION_KEYS', 'CONSENTGRAPH_API_KEY']) {
    expect(out).toMatch(new RegExp(`^FAIL +${name} `, 'm'))
  }
  expect(out).not.toContain('a-secret-value')
  const { findings } = await askCli<{ findings: readonly object[] }>(['doctor'], env, 1)
  expect(findings).toContainEqual(expect.objectContaining({ verdict: 'FAIL', subject: 'PORT' }))
})

test('the page of the command line has each command once', async () => {
  const { out } = await runCli(['--help'])
  const [, listed = ''] = /^Commands:\n([\s\S]*?)\n\n/m.exec(out) ?? []
  const commands = [...listed.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help')
  const page = readFileSync(join(ROOT, 'docs/command-line.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)/gm)].map(([, name = '']) => name)
  expect([...new Set(rows)].toSorted()).toEqual(commands.toSorted())
})

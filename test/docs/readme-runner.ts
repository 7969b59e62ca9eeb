import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type DocumentNode, getOperationAST, parse } from 'graphql'
import { type AnyStep, flowOf, type FlowSession } from '../e2e/flow.ts'
import type { GatewayProcess } from '../e2e/gateway-process.ts'
import type { LiveStream } from '../e2e/live-client.ts'
import { createPerson } from '../e2e/person.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Where `npm start` listens, as the README has it. */
const DEFAULT_URL = 'http://127.0.0.1:4000'
const HEADERS = /^# (\{.*\})$/m

/** Runs the blocks of the README as a reader would, one after the other: links are followed, codes scanned. */
export interface ReadmeRunner {
  /**
   * Data of a query or mutation, without errors of any kind. A subscription of a session is followed to its end, and its
   * last message told. Any other stays open; its data are null.
   */
  graphql(text: string): Promise<unknown>
  /** What the one open subscription sent; waits until there are so many. */
  subscription<Item>(count: number): Promise<readonly Item[]>
  /** What the program wrote on stdout. */
  js(text: string): Promise<string>
}

const userErrorsIn = (value: unknown): readonly unknown[] => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, held]) => (name === 'userErrors' ? held : userErrorsIn(held)))
}

/** The step of a redirect, wherever the answer shows it. */
const linkIn = (value: unknown): AnyStep | null => {
  if (typeof value !== 'object' || value === null) return null
  if ('kind' in value && value.kind === 'REDIRECT' && 'url' in value) return value as AnyStep
  return Object.values(value).reduce<AnyStep | null>((found, held) => found ?? linkIn(held), null)
}

export const createReadmeRunner = (gateway: GatewayProcess): ReadmeRunner => {
  /** Every scalar that an answer showed, by the name it had there: the README's own convention. */
  const seen = new Map<string, unknown>()
  let open: LiveStream<unknown> | null = null

  const remember = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, held] of Object.entries(value)) {
      if (typeof held === 'object') remember(held)
      else seen.set(name, held)
    }
  }

  const look = (name: string): unknown => {
    if (!seen.has(name)) throw new Error(`No answer so far has shown "${name}".`)
    return seen.get(name)
  }

  const variablesFor = (document: DocumentNode): Record<string, unknown> => {
    const names = getOperationAST(document)?.variableDefinitions?.map(({ variable }) => variable.name.value) ?? []
    return Object.fromEntries(names.map((name) => [name, look(name)]))
  }

  const credentialFor = (text: string): string => {
    const given = HEADERS.exec(text)?.[1]
    if (given === undefined) return gateway.apiKey
    const { authorization } = JSON.parse(given) as { authorization: string }
    return authorization.replace(/^Bearer /, '').replaceAll(/\$(\w+)/g, (_, name: string) => String(look(name)))
  }

  /** A status stream does not say that it has begun. A snapshot asked for behind it on the same socket comes after that. */
  const subscribe = async (document: DocumentNode, text: string): Promise<void> => {
    const [selection] = getOperationAST(document)?.selectionSet.selections ?? []
    const field = selection?.kind === 'Field' ? selection.name.value : ''
    const live = gateway.live(credentialFor(text))
    open = live.subscribe<Record<string, unknown>, string>(field, text, variablesFor(document))
    const behind = live.subscribe<{ consentEvents: unknown }, 'consentEvents'>(
      'consentEvents',
      'subscription { consentEvents { __typename } }',
    )
    await behind.next()
    await behind.stop()
  }

  const act = async (nextStep: AnyStep): Promise<void> => {
    const person = await createPerson(gateway, flowOf(gateway))
    await person.approve({ id: '', nextStep }, {})
  }

  const follow = async (document: DocumentNode, text: string): Promise<unknown> => {
    const live = gateway.live(credentialFor(text))
    const session = live.subscribe<{ authSession: FlowSession }, 'authSession'>(
      'authSession',
      text,
      variablesFor(document),
    )
    const { nextStep } = await session.until((shown) => shown.nextStep !== null)
    await act(nextStep!)
    return { authSession: (await session.rest()).at(-1) }
  }

  return {
    graphql: async (block) => {
      const text = block.replaceAll(DEFAULT_URL, gateway.url)
      const document = parse(text)
      const operation = getOperationAST(document)
      if (operation?.operation === 'subscription') {
        const [selection] = operation.selectionSet.selections
        if (selection?.kind === 'Field' && selection.name.value === 'authSession') return await follow(document, text)
        await subscribe(document, text)
        return null
      }
      const data = await gateway.graphql(text, variablesFor(document), { as: credentialFor(text) })
      const [error] = userErrorsIn(data)
      if (error !== undefined) throw new Error(JSON.stringify(error))
      remember(data)
      const link = linkIn(data)
      if (link !== null) await act(link)
      return data
    },

    subscription: async <Item>(count: number) => {
      const items: Item[] = []
      while (items.length < count) items.push((await open?.next()) as Item)
      return items
    },

    js: async (text) => {
      const child = spawn(join(ROOT, 'node_modules/.bin/node'), ['--input-type=module', '-'], {
        cwd: ROOT,
        env: { PATH: process.env['PATH'], CONSENTGRAPH_URL: gateway.url, CONSENTGRAPH_API_KEY: gateway.apiKey },
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      let out = ''
      let log = ''
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk))
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk))
      child.stdin.end(text)
      const [code] = (await once(child, 'close')) as [number | null]
      if (code !== 0) throw new Error(`ended with ${code}:\n${out}${log}`)
      return out
    },
  }
}

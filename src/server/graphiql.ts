import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { GRAPHIQL_BOOT, GRAPHIQL_PAGE, GRAPHIQL_PAGE_CSS } from './graphiql-boot.ts'
import { type Reply, RequestRefused } from './reply.ts'
import type { Route } from './route.ts'

/*
 * GraphiQL for development, from installed packages: no request leaves the machine. The packages are development dependencies;
 * where they are not installed the page says so.
 */

type Asset = { readonly type: string } & (
  | { readonly text: string }
  | { readonly package: string; readonly file: string }
)

const SCRIPT = 'text/javascript; charset=utf-8'
const STYLE = 'text/css; charset=utf-8'

const ASSETS: Readonly<Record<string, Asset>> = {
  'boot.js': { type: SCRIPT, text: GRAPHIQL_BOOT },
  'page.css': { type: STYLE, text: GRAPHIQL_PAGE_CSS },
  'graphiql.js': { type: SCRIPT, package: 'graphiql', file: 'graphiql.min.js' },
  'graphiql.css': { type: STYLE, package: 'graphiql', file: 'graphiql.min.css' },
  'react.js': { type: SCRIPT, package: 'react', file: 'umd/react.production.min.js' },
  'react-dom.js': { type: SCRIPT, package: 'react-dom', file: 'umd/react-dom.production.min.js' },
}

/** The editor sets styles on elements; scripts, fonts and connections are our own. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const GRAPHQL_WS_FILE = /^(?:client|common-[\w-]+)\.js$/

const require = createRequire(import.meta.url)

const fileOf = (name: string, file: string): string => join(dirname(require.resolve(`${name}/package.json`)), file)

const notInstalled = (): RequestRefused =>
  new RequestRefused(404, 'BAD_REQUEST', 'GraphiQL is not installed: it is a development dependency.')

const read = async (path: () => string, type: string): Promise<Reply> => {
  try {
    return { status: 200, headers: { 'content-type': type, 'cache-control': 'no-cache' }, body: await readFile(path()) }
  } catch {
    // Neither the package nor the file is there.
    throw notInstalled()
  }
}

export interface Graphiql {
  /** For `ServerOptions.page`. */
  readonly page: () => Promise<Reply>
  readonly routes: readonly Route[]
}

export const createGraphiql = (): Graphiql => ({
  page: async () => ({
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY },
    body: GRAPHIQL_PAGE,
  }),
  routes: [
    {
      method: 'GET',
      path: '/graphiql/:file',
      handler: async ({ params }) => {
        const asset = Object.hasOwn(ASSETS, params['file'] ?? '') ? ASSETS[params['file'] ?? ''] : undefined
        if (asset === undefined) throw new RequestRefused(404, 'BAD_REQUEST', 'GraphiQL has no such file.')
        if ('text' in asset) return { status: 200, headers: { 'content-type': asset.type }, body: asset.text }
        return await read(() => fileOf(asset.package, asset.file), asset.type)
      },
    },
    {
      method: 'GET',
      path: '/graphiql/graphql-ws/:file',
      handler: async ({ params: { file = '' } }) => {
        if (!GRAPHQL_WS_FILE.test(file)) throw new RequestRefused(404, 'BAD_REQUEST', 'GraphiQL has no such file.')
        return await read(() => join(dirname(require.resolve('graphql-ws/client')), file), SCRIPT)
      },
    },
  ],
})

/** A link that opens GraphiQL ready to run. The fragment stays in the browser: a key in it reaches no server log. */
export const graphiqlLink = (
  url: string,
  { query, variables, headers }: { readonly query: string; readonly variables?: unknown; readonly headers?: unknown },
): string => {
  const parts = Object.entries({ query, variables, headers }).flatMap(([name, value]) => {
    if (value === undefined) return []
    return [`${name}=${encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value, null, 2))}`]
  })
  return `${url}/graphql#${parts.join('&')}`
}

import { parseSource, type Source } from './source.ts'

interface Planted {
  readonly rule: string
  readonly wrong: readonly Source[]
  /** Close to wrong, and right. */
  readonly right: readonly Source[]
}

const at = (path: string, text: string): Source => parseSource(path, text)

/** Split, so that this file does not say them. */
const later = ['TO', 'DO'].join('')

export const PLANTED: readonly Planted[] = [
  {
    rule: 'imports go one way',
    wrong: [
      at('src/services/users.ts', `import { schema } from '../graphql/schema.ts'`),
      at('src/services/users.ts', `import type { Context } from '../graphql/context.ts'`),
      at('src/services/users.ts', `import { type Context, x } from '../graphql/context.ts'`),
      at('src/services/users.ts', `export type { Context } from '../graphql/context.ts'`),
      at('src/services/users.ts', `export * from '../graphql/context.ts'`),
      at('src/services/users.ts', `const { schema } = await import('../graphql/schema.ts')`),
      at('src/services/users.ts', 'const { schema } = await import(`../graphql/schema.ts`)'),
      at('src/services/users.ts', `const name = './x.ts'; await import(name)`),
      at('src/services/users.ts', `type Context = import('../graphql/context.ts').Context`),
      at('src/services/users.ts', `let context: typeof import('../graphql/context.ts')`),
      at('src/services/users.ts', `import schema = require('../graphql/schema.ts')`),
      at('src/services/users.ts', `import { open } from '../store/open.ts'`),
      at('src/services/users.ts', `import { pool } from '../upstream/pool.ts'`),
      at('src/services/users.ts', `import type { Config } from '../config.ts'`),
      at('src/graphql/schema.ts', `import { listen } from '../server/listen.ts'`),
      at('src/server/http.ts', `import type { StoreEngine } from '../store/engine.ts'`),
      at('src/domain/consent.ts', `import type { Row } from '../store/rows.ts'`),
      at('src/store/rows.ts', `import { users } from '../services/users.ts'`),
      at('src/upstream/pool.ts', `import { wire } from '../providers/fiskil/wire.ts'`),
      at('src/providers/fiskil/connector.ts', `import { toDate } from '../insurely/mapping.ts'`),
      at('src/providers/fiskil/connector.ts', `import type { InsurelySettings } from '../insurely/config.ts'`),
      at('src/providers/fiskil/connector.ts', `import { simulate } from '../../sandbox/fiskil/server.ts'`),
      at('src/providers/fiskil/connector.ts', `import { registry } from '../registry.ts'`),
      at('src/providers/sealed-state.ts', `import { parseAttempt } from './fiskil/sealed.ts'`),
      at('src/providers/fiskil/config.ts', `import { loadConfig } from '../../config.ts'`),
      at('src/providers/fiskil/config.ts', `import { connect } from './connector.ts'`),
      at('src/sandbox/fiskil/server.ts', `import type { Consent } from '../../domain/consent.ts'`),
      at('src/sandbox/fiskil/server.ts', `import { wire } from '../../providers/fiskil/wire.ts'`),
      at('src/config.ts', `import { pool } from './upstream/pool.ts'`),
      at('src/cli/doctor.ts', `import { pool } from '../upstream/pool.ts'`),
      at('src/process.ts', `import { listen } from './server/listen.ts'`),
      at('src/main.js', `import { createGateway } from './gateway.ts'`),
      at('src/extra.ts', `export const x = 1`),
      at('src/reports/monthly.ts', `export const x = 1`),
    ],
    right: [
      at(
        'src/services/users.ts',
        `import type { Store } from '../domain/store.ts'\nimport { commit } from './commit.ts'`,
      ),
      at('src/server/http.ts', `import { run } from '../graphql/run.ts'\nimport { x } from '../services/x.ts'`),
      at(
        'src/providers/fiskil/connector.ts',
        `import type { FiskilSettings } from './config.ts'\nimport '../../upstream/pool.ts'`,
      ),
      at('src/providers/registry.ts', `import { fiskil } from './fiskil/connector.ts'`),
      at('src/providers/fiskil/sealed.ts', `import { openState } from '../sealed-state.ts'`),
      at(
        'src/sandbox/fiskil/server.ts',
        `import type { Clock } from '../../domain/clock.ts'\nimport { x } from '../http.ts'`,
      ),
      at(
        'src/config.ts',
        `import { x } from './providers/fiskil/config.ts'\nimport type { Id } from './domain/ids.ts'`,
      ),
      at('src/gateway.ts', `import { x } from './sandbox/fiskil/server.ts'\nimport { y } from './store/open.ts'`),
      at('src/process.ts', `import { createGateway } from './gateway.ts'\nimport { loadConfig } from './config.ts'`),
      at('src/main.js', `import { keep } from './compile-cache.js'\nawait import('./process.ts')`),
    ],
  },
  {
    rule: 'each outside package has its place',
    wrong: [
      at('src/providers/fiskil/auth.ts', `import { fetch } from 'undici'`),
      at('src/providers/fiskil/auth.ts', `import type { Dispatcher } from 'undici'`),
      at('src/services/users.ts', `import type { Kysely } from 'kysely'`),
      at('src/main.js', `import { Command } from 'commander'`),
      at('src/services/users.ts', `import { DatabaseSync } from 'node:sqlite'`),
      at('src/gateway-extra/x.ts', `import pg from 'pg'`),
      at('src/services/users.ts', `import { GraphQLError } from 'graphql'`),
      at('src/services/users.ts', `import { parse } from 'graphql/language/parser.js'`),
      at('src/store/rows.ts', `import type { ApolloServer } from '@apollo/server'`),
      at('src/services/users.ts', `import { makeServer } from 'graphql-ws'`),
      at('src/graphql/schema.ts', `import { WebSocketServer } from 'ws'`),
      at('src/domain/consent.ts', `import { z } from 'zod'`),
      at('src/domain/ids.ts', `import { randomBytes } from 'node:crypto'`),
    ],
    right: [
      at('src/upstream/pool.ts', `import { Pool } from 'undici'`),
      at('src/store/rows.ts', `import { sql } from 'kysely'\nimport { DatabaseSync } from 'node:sqlite'`),
      at('src/graphql/errors.ts', `import { GraphQLError } from 'graphql'`),
      at('src/server/socket.ts', `import { makeServer } from 'graphql-ws'\nimport { WebSocketServer } from 'ws'`),
      at('src/providers/fiskil/wire.ts', `import { z } from 'zod'`),
    ],
  },
  {
    rule: 'built-ins are imported as `node:`',
    wrong: [at('src/services/users.ts', `import { createHmac } from 'crypto'`)],
    right: [at('src/services/users.ts', `import { createHmac } from 'node:crypto'`)],
  },
  {
    rule: 'only config.ts reads the environment',
    wrong: [
      at('src/server/http.ts', `const port = process.env.PORT`),
      at('src/server/http.ts', `const port = process['env']['PORT']`),
      at('src/server/http.ts', `const port = globalThis.process.env.PORT`),
      at('src/server/http.ts', `const { env } = process`),
      at('src/server/http.ts', `import { env } from 'node:process'`),
      at('src/server/http.ts', `const mode = import.meta.env.MODE`),
    ],
    right: [
      at('src/config.ts', `export const load = (env = process.env) => env`),
      at('src/server/http.ts', `const id = process.pid; const env = context.env`),
    ],
  },
  {
    rule: 'only upstream/ calls out',
    wrong: [
      at('src/providers/fiskil/auth.ts', `await fetch('https://api.fiskil.com')`),
      at('src/services/users.ts', `await globalThis.fetch(url)`),
    ],
    right: [at('src/upstream/exchange.ts', `await fetch(url)`), at('src/services/users.ts', `await store.fetch(id)`)],
  },
  {
    rule: 'no decision on a provider by name outside providers/ and sandbox/',
    wrong: [
      at('src/services/users.ts', `switch (id) { case 'FISKIL': break }`),
      at('src/services/users.ts', `if (id === 'OPEN_BANK_PROJECT') start()`),
      at('src/services/users.ts', `if ('enable-banking' != id) start()`),
      at('src/graphql/schema.ts', 'const x = provider === `insurely` ? 1 : 2'),
      at('src/gateway.ts', `const x = name !== 'obp'`),
    ],
    right: [
      at('src/providers/registry.ts', `const x = id === 'FISKIL'`),
      at('src/services/users.ts', `const x = { FISKIL: 1 }; const y = kind === 'LIST'; type T = 'FISKIL'`),
    ],
  },
  {
    rule: 'no file above 300 lines that was not generated',
    wrong: [at('src/services/users.ts', 'const x = 1\n'.replace('x', 'x0').concat('\n'.repeat(299), 'x0\n'))],
    right: [
      at('src/services/users.ts', '\n'.repeat(299).concat('x\n')),
      at('test/long.test.ts', '\n'.repeat(400).concat('x\n')),
    ],
  },
  {
    rule: 'no getter in an object literal: V8 keeps what each of them can see until the next full collection',
    wrong: [
      at('src/graphql/paging.ts', `export const edge = (row: Row) => ({ get cursor() { return row.id } })`),
      at('src/graphql/paging.ts', `export const edge = (row: Row) => ({ node: { set cursor(to) { row.id = to } } })`),
    ],
    right: [
      at('src/graphql/paging.ts', `export class Edge { get cursor() { return this.id } }`),
      at('src/graphql/paging.ts', `export const edge = (row: Row) => ({ get: () => row.id, set(to) { row.id = to } })`),
    ],
  },
  {
    rule: 'entries that come and go do so in a transient map or set: V8 keeps what was in another until the next full collection',
    wrong: [
      at('src/server/sockets.ts', `const open = new Set<Socket>()\nconst leave = (socket) => open.delete(socket)`),
      at('src/server/sockets.ts', `let open = null\nopen ??= new Map()\nif (done) open?.delete(id)`),
      at(
        'src/server/sockets.ts',
        `class Sockets { #open = new Map<Id, Socket>(); leave(id: Id) { this.#open.delete(id) } }`,
      ),
      at(
        'src/server/sockets.ts',
        `class Peer { #open = null; begin() { this.#open ??= new Map() } end() { this.#open?.clear() } }`,
      ),
      at('src/server/sockets.ts', `const all = byClient.get(id) ?? new Set()\nall.delete(socket)`),
    ],
    right: [
      at(
        'src/server/sockets.ts',
        `const open = new TransientSet<Socket>()\nconst leave = (socket) => open.delete(socket)`,
      ),
      at(
        'src/server/sockets.ts',
        `const known = new Map(rows.map((row) => [row.id, row]))\nurl.searchParams.delete('id')`,
      ),
      at('src/graphql/pipeline/tally.ts', `const counts = new Map<string, number>()\ncounts.delete(name)`),
    ],
  },
  {
    rule: 'folders and files are nouns, without barrels',
    wrong: [
      'src/services/index.ts',
      'src/utils/date.ts',
      'src/services/helpers.ts',
      'src/services/date.utils.ts',
      'test/common/server.ts',
      'src/lib/x.ts',
      'src/domain/types.ts',
      'src/services/authSession.ts',
      'src/services/Users.ts',
    ].map((path) => at(path, 'export const x = 1')),
    right: ['src/services/auth-session.ts', 'test/store/0001-first.test.ts', 'src/graphql/type-defs.ts'].map((path) =>
      at(path, 'export const x = 1'),
    ),
  },
  {
    rule: 'no file that only re-exports',
    wrong: [
      at('src/services/all.ts', `export * from './users.ts'\nexport const x = 1`),
      at('src/services/all.ts', `export { users } from './users.ts'\nexport type { User } from './user.ts'`),
    ],
    right: [at('src/services/all.ts', `export { users } from './users.ts'\nexport const x = 1`)],
  },
  {
    rule: 'nothing left for later',
    wrong: [
      at('src/services/users.ts', `// ${later}: later`),
      at('test/users.test.ts', `test.skip('x', () => {})`),
      at('test/users.test.ts', `describe.only('x', () => {})`),
      at('test/users.test.ts', `it.each([1])['only']('x', () => {})`),
      at('test/users.test.ts', `test.concurrent.skip('x', () => {})`),
      at('test/users.test.ts', `test.${later.toLowerCase()}('x')`),
    ],
    right: [at('test/users.test.ts', `test('x', () => { stream.skip(1); rows.only() })`)],
  },
]

/** A place in `src/` and what it may import there; each may import from within itself. */
interface Layer {
  readonly name: string
  readonly holds: RegExp
  readonly mayImport: readonly RegExp[]
}

const domain = /^src\/domain\//
const clock = /^src\/domain\/clock\.ts$/
const services = /^src\/services\//
const graphql = /^src\/graphql\//
const store = /^src\/store\//
const upstream = /^src\/upstream\//
const environment = /^src\/environment\.ts$/
const variables = /^src\/((identity|limit|client|tls)-)?variables\.ts$/
const logging = /^src\/log\.ts$/
const sealedState = /^src\/providers\/sealed-state\.ts$/
const providerConfig = /^src\/providers\/[^/]+\/config\.ts$/

/** The first that holds a file decides. A file that none holds has no place in the design. */
export const LAYERS: readonly Layer[] = [
  {
    name: 'the entries',
    holds: /^src\/(cli\/)?main\.js$/,
    mayImport: [/^src\/(compile-cache\.js|(process|cli\/command)\.ts)$/],
  },
  { name: 'the garbage of a start', holds: /^src\/start-garbage\.ts$/, mayImport: [] },
  { name: 'the compiled code', holds: /^src\/(compile-cache\.js|compiled-code\.ts)$/, mayImport: [] },
  {
    name: 'the process',
    holds: /^src\/process\.ts$/,
    mayImport: [/^src\/(gateway|foundation|config|compiled-code|start-garbage)\.ts$/, environment, logging],
  },
  {
    name: 'the composition root',
    holds: /^src\/(gateway|foundation|development|surroundings)\.ts$/,
    mayImport: [/^src\//],
  },
  {
    name: 'the command line',
    holds: /^src\/cli\//,
    mayImport: [
      /^src\/(gateway|foundation|surroundings|config|client-variables|environment|log)\.ts$/,
      graphql,
      store,
      services,
      /^src\/upstream\/(webhook-sender|document-reader)\.ts$/,
      domain,
    ],
  },
  {
    name: 'the configuration',
    holds: /^src\/config(-checks)?\.ts$/,
    mayImport: [domain, environment, variables, providerConfig],
  },
  { name: 'the variables', holds: variables, mayImport: [environment] },
  { name: 'the reader of variables', holds: environment, mayImport: [domain] },
  { name: 'logging', holds: logging, mayImport: [services, domain] },
  { name: 'server', holds: /^src\/server\//, mayImport: [graphql, services, domain] },
  { name: 'graphql', holds: graphql, mayImport: [services, domain] },
  { name: 'services', holds: services, mayImport: [domain] },
  {
    name: 'the registry of providers',
    holds: /^src\/providers\/registry\.ts$/,
    mayImport: [/^src\/(providers|upstream|domain)\//],
  },
  { name: 'what providers read back', holds: sealedState, mayImport: [domain] },
  { name: 'the configuration of a provider', holds: providerConfig, mayImport: [environment, domain] },
  { name: 'providers', holds: /^src\/providers\/[^/]+\//, mayImport: [upstream, domain, sealedState] },
  { name: 'upstream', holds: upstream, mayImport: [domain] },
  { name: 'store', holds: store, mayImport: [domain] },
  { name: 'sandbox', holds: /^src\/sandbox\//, mayImport: [clock] },
  { name: 'domain', holds: domain, mayImport: [] },
]

/** Who may import a package. What is not listed is free, but for `domain/`, which imports none. */
export const PACKAGES: readonly { readonly packages: RegExp; readonly only: RegExp }[] = [
  { packages: /^undici(\/|$)/, only: upstream },
  { packages: /^(kysely|pg)(\/|$)|^(node:)?sqlite$/, only: store },
  { packages: /^graphql(\/|$)|^@(apollo|graphql-tools)\//, only: /^src\/(graphql|server)\// },
  { packages: /^graphql-ws(\/|$)/, only: /^src\/(graphql|server|cli)\// },
  { packages: /^commander$/, only: /^src\/cli\// },
  { packages: /^ws$/, only: /^src\/server\// },
]

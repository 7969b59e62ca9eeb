import { composeServices } from '@apollo/composition'
import { type DocumentNode, parse, visit } from 'graphql'

/** `name=url` for each subgraph, as they run. Prints the supergraph, and on stderr what composition notices. */
const [first = '', ...others] = process.argv.slice(2)
/** Routers that do not know these refuse a supergraph that has them. Consentgraph checks them by itself. */
const AUTHORIZATION: ReadonlySet<string> = new Set(['authenticated', 'requiresScopes', 'policy'])
const dropsAuthorization = first === '--without-authorization'
const subgraphs = (dropsAuthorization ? others : [first, ...others]).map((argument) => {
  const { name = '', url = '' } = /^(?<name>[\w-]+)=(?<url>.+)$/.exec(argument)?.groups ?? {}
  if (URL.parse(url) === null) throw new Error(`Not a subgraph: "${argument}". Write name=url.`)
  return { name, url }
})

const readSdl = async (url: string): Promise<DocumentNode> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  })
  const { data } = (await response.json()) as { readonly data?: { readonly _service: { readonly sdl: string } } | null }
  if (data == null) throw new Error(`${url} shows no schema: it answered ${response.status}.`)
  return parse(data._service.sdl)
}

const withoutAuthorization = (typeDefs: DocumentNode): DocumentNode =>
  visit(typeDefs, { Directive: ({ name }) => (AUTHORIZATION.has(name.value) ? null : undefined) })

const services = await Promise.all(
  subgraphs.map(async ({ name, url }) => {
    const typeDefs = await readSdl(url)
    return { name, url, typeDefs: dropsAuthorization ? withoutAuthorization(typeDefs) : typeDefs }
  }),
)
const { supergraphSdl, errors, hints } = composeServices(services)
if (errors !== undefined) throw new AggregateError(errors, errors.map(String).join('\n'))
for (const { definition, message } of hints) {
  // For those who look for a fault in composition itself.
  if (definition.level.name === 'DEBUG') continue
  console.error(`${definition.level.name} ${definition.code}: ${message.replaceAll(/\s+/g, ' ')}`)
}
console.log(supergraphSdl)

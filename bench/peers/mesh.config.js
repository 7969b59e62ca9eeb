/** Each provider's API as a source, as its OpenAPI description has it. SOURCES: what `loadOpenAPISubgraph` takes, as JSON. */
import { defineConfig } from '@graphql-mesh/compose-cli'
import { loadOpenAPISubgraph } from '@omnigraph/openapi'

export const composeConfig = defineConfig({
  subgraphs: JSON.parse(process.env.SOURCES ?? '[]').map(({ name, ...options }) => ({
    sourceHandler: loadOpenAPISubgraph(name, options),
  })),
})

import type { CodegenConfig } from '@graphql-codegen/cli'

/** What every resolver gets. A module path as the generated file imports it, with the exported type behind `#`. */
const contextType = 'unknown'

/** Schema types that resolvers receive in another shape than the schema's own: `Consent: '../../domain/consent.ts#Consent'`. */
const mappers: Readonly<Record<string, string>> = {}

const config: CodegenConfig = {
  schema: 'schema/*.graphql',
  importExtension: '.ts',
  generates: {
    'src/graphql/generated/resolvers.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        federation: true,
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        immutableTypes: true,
        avoidOptionals: { query: true, mutation: true, subscription: true },
        // `federation` brings `_FieldSet` with it, and `strictScalars` wants every scalar named.
        scalars: { DateTime: 'Date', URL: 'string', CountryCode: 'string', _FieldSet: 'string' },
        contextType,
        mappers,
      },
    },
  },
}

export default config

import { DemoFailure } from './failure.ts'
import type { Stage } from './flow.ts'

const INSTITUTIONS = `query ($search: String, $provider: [ProviderId!]) {
  institutions(search: $search, provider: $provider) { nodes { id name provider { displayName sandbox } } }
}`

interface Listed {
  readonly institutions: {
    readonly nodes: readonly {
      readonly id: string
      readonly name: string
      readonly provider: { readonly displayName: string; readonly sandbox: boolean }
    }[]
  }
}

/** The id of a sandbox institution: real ones are no place to play. */
export const findInstitution = async ({ gateway, column }: Stage, bank: string, provider: string): Promise<string> => {
  const { institutions } = await gateway.ask<Listed>(INSTITUTIONS, { search: bank, provider: [provider] })
  const found = institutions.nodes.find(({ name, provider: { sandbox } }) => sandbox && name === bank)
  if (found === undefined) {
    const message = `This gateway has no sandbox bank named "${bank}" at ${provider}.`
    throw new DemoFailure('NO_SANDBOX', message, 'Unset CONSENTGRAPH_URL: then the demo starts a gateway that has it.')
  }
  column.result(`${found.name}, reached through ${found.provider.displayName}`)
  return found.id
}

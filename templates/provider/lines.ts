/** One of the few places outside of its own folders where a provider is named. */
export interface Line {
  readonly file: string
  /** What `add` follows; must be there once. */
  readonly after: string
  readonly add: string
}

/** In the names of the template. What needs no name of the provider is not here, and must not be. */
export const LINES: readonly Line[] = [
  { file: 'src/domain/provider-id.ts', after: " | 'INSURELY'", add: " | 'EXAMPLE_BANK'" },
  { file: 'src/domain/provider-id.ts', after: "  'INSURELY',\n", add: "  'EXAMPLE_BANK',\n" },

  { file: 'schema/provider.graphql', after: '  INSURELY\n', add: '  "Example Bank."\n  EXAMPLE_BANK\n' },

  {
    file: 'src/providers/registry.ts',
    after: "from './enable-banking/connector.ts'\n",
    add: "import type { ExampleBankSettings } from './example-bank/config.ts'\nimport { createExampleBankConnector } from './example-bank/connector.ts'\n",
  },
  {
    file: 'src/providers/registry.ts',
    after: '  readonly insurely?: Reached<InsurelySettings> | null\n',
    add: '  readonly exampleBank?: Reached<ExampleBankSettings> | null\n',
  },
  {
    file: 'src/providers/registry.ts',
    after: '(options) => createInsurelyConnector({ ...options, clock })),\n',
    add: '    ...connect(settings.exampleBank, {}, createExampleBankConnector),\n',
  },
  {
    file: 'src/providers/registry.ts',
    after: "    INSURELY: describe('INSURELY', 'Insurely', 'insurely'),\n",
    add: "    EXAMPLE_BANK: describe('EXAMPLE_BANK', 'Example Bank', 'exampleBank'),\n",
  },

  {
    file: 'src/variables.ts',
    after: '  INSURELY_ENABLED: providerSwitch,\n',
    add: '  EXAMPLE_BANK_ENABLED: providerSwitch,\n',
  },
  {
    file: 'src/config.ts',
    after: "} from './providers/enable-banking/config.ts'\n",
    add: "import {\n  EXAMPLE_BANK_VARIABLES,\n  parseExampleBankSettings,\n  type ExampleBankSettings,\n} from './providers/example-bank/config.ts'\n",
  },
  {
    file: 'src/config.ts',
    after: "  { title: 'Insurely', variables: { ...INSURELY_VARIABLES, ...tlsVariables('INSURELY') } },\n",
    add: "  { title: 'Example Bank', variables: EXAMPLE_BANK_VARIABLES },\n",
  },
  {
    file: 'src/config.ts',
    after: '    readonly insurely: ProviderConfig<InsurelySettings>\n',
    add: '    readonly exampleBank: ProviderConfig<ExampleBankSettings>\n',
  },
  {
    file: 'src/config.ts',
    after:
      "      insurely: provider(enabled.INSURELY_ENABLED, INSURELY_VARIABLES, parseInsurelySettings, 'INSURELY'),\n",
    add: "      exampleBank: provider(enabled.EXAMPLE_BANK_ENABLED, EXAMPLE_BANK_VARIABLES, parseExampleBankSettings, 'EXAMPLE_BANK'),\n",
  },
  {
    file: 'src/config-checks.ts',
    after: "    ['INSURELY_BASE_URL', config.providers.insurely],\n",
    add: "    ['EXAMPLE_BANK_BASE_URL', config.providers.exampleBank],\n",
  },

  {
    file: 'src/gateway.ts',
    after: '      insurely: choose(providers.insurely, sandboxes?.settings.insurely),\n',
    add: '      exampleBank: choose(providers.exampleBank, sandboxes?.settings.exampleBank),\n',
  },

  {
    file: 'src/sandbox/sandboxes.ts',
    after: "import { createEnableBankingSandbox } from './enable-banking/server.ts'\n",
    add: "import { EXAMPLE_BANK_SANDBOX_GUIDE } from './example-bank/guide.ts'\nimport { createExampleBankSandbox, EXAMPLE_BANK_SANDBOX_SEED } from './example-bank/server.ts'\n",
  },
  { file: 'src/sandbox/sandboxes.ts', after: " | 'INSURELY'", add: " | 'EXAMPLE_BANK'" },
  {
    file: 'src/sandbox/sandboxes.ts',
    after: 'const [openBankProject, enableBanking, fiskil, insurely',
    add: ', exampleBank',
  },
  {
    file: 'src/sandbox/sandboxes.ts',
    after: "    createInsurelySandbox({ clock, stateFile: fileOf('insurely') }),\n",
    add: "    createExampleBankSandbox({ clock, stateFile: fileOf('example-bank') }),\n",
  },
  {
    file: 'src/sandbox/sandboxes.ts',
    after: '        version: INSURELY_SANDBOX_SEED.version,\n      },\n',
    add: '      exampleBank: { baseUrl: exampleBank.url, apiKey: EXAMPLE_BANK_SANDBOX_SEED.apiKey },\n',
  },
  {
    file: 'src/sandbox/sandboxes.ts',
    after: "      ...guideOf('INSURELY', INSURELY_SANDBOX_GUIDE),\n",
    add: "      ...guideOf('EXAMPLE_BANK', EXAMPLE_BANK_SANDBOX_GUIDE),\n",
  },
  { file: 'src/sandbox/sandboxes.ts', after: 'insurely.close()', add: ', exampleBank.close()' },
]

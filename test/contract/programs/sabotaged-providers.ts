import type { ProviderHarness } from '../provider/harness.ts'
import { describeProvider } from '../provider-suite.ts'
import { enableBanking } from '../providers/enable-banking-harness.ts'
import { fiskil } from '../providers/fiskil-harness.ts'
import { insurely } from '../providers/insurely-harness.ts'
import { openBankProject } from '../providers/open-bank-project-harness.ts'
import { SABOTEURS } from '../saboteurs/every-saboteur.ts'
import type { Saboteur, Victim } from '../saboteurs/saboteur.ts'

const HARNESSES: Readonly<Record<Victim, ProviderHarness>> = {
  openBankProject: openBankProject('2026'),
  enableBanking,
  fiskil,
  insurely,
}

const spoilt = ({ name, victim, spoil }: Saboteur): ProviderHarness => ({
  ...HARNESSES[victim],
  name,
  open: async () => {
    const stand = await HARNESSES[victim].open()
    const spoiltConnector = (connector: typeof stand.connector) => ({ ...connector, ...spoil(connector, stand) })
    return {
      ...stand,
      connector: spoiltConnector(stand.connector),
      reconnect: () => spoiltConnector(stand.reconnect()),
    }
  },
})

for (const saboteur of SABOTEURS) describeProvider(spoilt(saboteur))

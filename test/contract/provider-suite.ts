import { describe } from 'vitest'
import { describeAuthorization } from './provider/authorization.ts'
import { describeEndings } from './provider/endings.ts'
import { describeFaults } from './provider/faults.ts'
import type { ProviderHarness } from './provider/harness.ts'
import { describePromises } from './provider/promises.ts'
import { describeReading } from './provider/reading.ts'

/**
 * What every connector must do, against its simulator over real HTTP. Providers differ by their capabilities and by what
 * the harness says, and by nothing else; a capability that is missing must be refused, and never skipped in silence.
 */
export const describeProvider = (harness: ProviderHarness): void => {
  describe(harness.name, () => {
    describeAuthorization(harness)
    describeReading(harness)
    describeEndings(harness)
    describePromises(harness)
    describeFaults(harness)
  })
}

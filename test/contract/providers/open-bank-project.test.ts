import { describeProvider } from '../provider-suite.ts'
import { openBankProject } from './open-bank-project-harness.ts'

// What differs between the two servers shows in consents that end, and in what is answered twice.
describeProvider(openBankProject('2024'))
describeProvider(openBankProject('2026'))

import { describeProvider } from '../provider-suite.ts'
import { enableBanking } from './enable-banking-harness.ts'

describeProvider(enableBanking)

import { describeProvider } from '../provider-suite.ts'
import { fiskil } from './fiskil-harness.ts'

describeProvider(fiskil)

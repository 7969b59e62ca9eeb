import { describeProvider } from '../provider-suite.ts'
import { exampleBank } from './example-bank-harness.ts'

describeProvider(exampleBank)

import { describeProvider } from '../provider-suite.ts'
import { insurely } from './insurely-harness.ts'

describeProvider(insurely)

import { openEmbedded } from '../store/embedded-store.ts'
import { describeStatementKeys } from './statement-keys-suite.ts'

describeStatementKeys('SQLite', openEmbedded)

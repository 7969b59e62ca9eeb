import { describeStore } from '../contract/store-suite.ts'
import { openEmbedded } from './embedded-store.ts'

describeStore('SQLite', openEmbedded)

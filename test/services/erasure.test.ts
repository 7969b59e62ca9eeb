import { openEmbedded } from '../store/embedded-store.ts'
import { describeLateGrants } from './erasure-late-grants-suite.ts'
import { describeErasures } from './erasure-suite.ts'

describeErasures('SQLite', openEmbedded)
describeLateGrants('SQLite', openEmbedded)

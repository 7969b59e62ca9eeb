import { openEmbedded } from '../store/embedded-store.ts'
import { describeProviderUsers } from './provider-users-suite.ts'

describeProviderUsers('SQLite', openEmbedded)

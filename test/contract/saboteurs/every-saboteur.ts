import { IN_AUTHORIZATIONS } from './authorizations.ts'
import { IN_ENDINGS } from './endings.ts'
import { IN_FAULTS } from './faults.ts'
import { IN_PROMISES } from './promises.ts'
import { IN_READING } from './reading.ts'
import type { Saboteur } from './saboteur.ts'

export const SABOTEURS: readonly Saboteur[] = [
  ...IN_AUTHORIZATIONS,
  ...IN_READING,
  ...IN_FAULTS,
  ...IN_ENDINGS,
  ...IN_PROMISES,
]

/** What stands in for `src/foundation.ts` in a gateway that a benchmark looks into: the same, and its store is offered. */
import { openFoundation as open } from '../src/foundation.ts'
import { offerStore } from './inside.ts'

export const openFoundation: typeof open = async (...given) => {
  const foundation = await open(...given)
  offerStore(foundation.store)
  return foundation
}

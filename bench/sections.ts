import { peers } from './peers.ts'
import { processCost } from './process-cost.ts'
import { requests } from './requests.ts'
import type { Section } from './section.ts'
import { slowProvider } from './slow-provider.ts'
import { subscriptions } from './subscriptions.ts'

/** In the order of the page. */
export const SECTIONS: readonly Section[] = [requests, slowProvider, peers, subscriptions, processCost]

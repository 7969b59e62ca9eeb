import type { SimulatorRequest } from '../request.ts'
import { badRequest } from './refusal.ts'
import type { ApiVersion, FiskilState } from './state.ts'

const isVersion = (label: string): label is ApiVersion => label === 'v1' || label === 'v2' || label === 'v3'

/** The label of the header, else the version that the console has pinned. */
export function versionOf({ rules }: FiskilState, request: SimulatorRequest): ApiVersion {
  const label = request.headers['x-fiskil-version'] ?? rules.pinnedVersion
  if (typeof label !== 'string' || !isVersion(label)) throw badRequest('X-Fiskil-Version is not a known version')
  return label
}

/** Bare array before v3. */
export const inGeneration = (version: ApiVersion, name: string, items: readonly unknown[]): unknown =>
  version === 'v3' ? { [name]: items, links: {} } : items

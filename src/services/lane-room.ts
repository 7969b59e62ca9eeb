import type { ClaimedJob, JobPlace } from '../domain/job.ts'
import type { ProviderId } from '../domain/provider-id.ts'

export interface LaneSize {
  /** Jobs under way at once. */
  readonly limit: number
  /** Of those, how many may call one provider, and one institution; null where they call nobody. */
  readonly shares: { readonly provider: number; readonly institution: number } | null
}

export interface LaneRoom {
  /** May be begun at once without a place getting more than its share, even if all of them were for one. */
  readonly limit: number
  /** Have their share. */
  readonly except: { readonly providers: readonly ProviderId[]; readonly places: readonly JobPlace[] }
}

interface Share<Name> {
  readonly full: readonly Name[]
  /** What is left to the fullest of the others. */
  readonly room: number
}

const shareOut = <Name>(names: readonly Name[], keyOf: (name: Name) => string, share: number): Share<Name> => {
  const groups = [...Map.groupBy(names, keyOf).values()]
  const others = groups.map(({ length }) => length).filter((count) => count < share)
  return {
    full: groups.filter(({ length }) => length >= share).flatMap(([name]) => name ?? []),
    room: share - Math.max(0, ...others),
  }
}

export const roomOf = (running: Iterable<ClaimedJob>, { limit, shares }: LaneSize): LaneRoom => {
  const jobs = [...running]
  const free = limit - jobs.length
  if (shares === null) return { limit: free, except: { providers: [], places: [] } }
  const places = jobs.flatMap(({ place }) => place ?? [])
  const byProvider = shareOut(
    places.map(({ provider }) => provider),
    (provider) => provider,
    shares.provider,
  )
  const byPlace = shareOut(
    places,
    ({ provider, institutionRef }) => `${provider} ${institutionRef ?? ''}`,
    shares.institution,
  )
  return {
    limit: Math.min(free, byProvider.room, byPlace.room),
    except: { providers: byProvider.full, places: byPlace.full },
  }
}

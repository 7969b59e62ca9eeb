import type { OperationRequest } from './pipeline/request.ts'
import type { StreamItem } from '../services/live-stream.ts'

/** Where a subscription to that field goes on after that item: what `after` takes. Null where it takes none. */
export const positionOf = (field: string, item: unknown): string | null => {
  if (field !== 'consentEvents') return null
  const value = item as StreamItem
  if (value.kind === 'EVENT') return value.event.cursor
  return value.kind === 'SNAPSHOT' ? value.cursor : value.resumeFrom
}

/** The last position that an event stream named to this client, whose connection was lost since. */
export const lastPositionOf = ({ transport, headers }: OperationRequest): string | null => {
  const id = headers['last-event-id']
  return transport === 'SSE' && typeof id === 'string' && id !== '' ? id : null
}

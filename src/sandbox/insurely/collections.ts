import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { requireBody } from './body.ts'
import { requireAnyone, requireApiKey, requireUser } from './caller.ts'
import { findCompany } from './companies.ts'
import { badRequest, notFound } from './refusal.ts'
import type { DataCollection, InsurelyState } from './state.ts'
import { requireNamedUser } from './users.ts'

const loginMs = 2000
const doneMs = 4000
const pollingTimeoutMs = 60_000

/** Of the documented demo companies; anybody else COMPLETES. */
const outcomes: Readonly<Record<string, string>> = {
  '200002010000': 'FAILED',
  '200002020000': 'FAILED',
  '200002030000': 'FAILED',
  '200002040000': 'FAILED',
  '200002050000': 'COMPLETED_PARTIAL',
  '200002060000': 'FAILED',
  '200001010000': 'COMPLETED_EMPTY',
  '199007011000': 'CONTACT_FORM',
}

const posted = z.object({
  company: z.string(),
  loginMethod: z.string().optional(),
  parameters: z.array(z.object({ type: z.string(), personalNumber: z.string().optional() })).default([]),
})

type NewCollection = Pick<DataCollection, 'userUuid' | 'company' | 'loginMethod' | 'outcome'>

export function runCollection(state: InsurelyState, started: NewCollection): DataCollection {
  const { userUuid, company, loginMethod, outcome } = started
  const createdAt = state.clock.now()
  const collection: DataCollection = {
    collectionId: randomUUID(),
    userUuid,
    company,
    loginMethod,
    outcome,
    status: 'RUNNING',
    createdAt,
    pollingTimeout: new Date(createdAt.getTime() + pollingTimeoutMs),
  }
  state.collections.set(collection.collectionId, collection)
  state.ledger.record('collection.started', { collectionId: collection.collectionId, company })
  return collection
}

/** The BankID inside of a collection is not played: after a while it has an end. */
export function startCollection(state: InsurelyState, request: SimulatorRequest): Reply {
  const user = requireAnyone(state, request)
  const { company, loginMethod, parameters } = requireBody(request, posted)
  if (!findCompany(company)) throw badRequest('Unknown company', 'COMPANY_NOT_FOUND')
  const person = parameters.find(({ type }) => type === 'SWEDISH_BANKID')?.personalNumber ?? ''
  const collection = runCollection(state, {
    userUuid: user?.userUuid ?? null,
    company,
    loginMethod: loginMethod ?? null,
    outcome: outcomes[person] ?? 'COMPLETED',
  })
  return json(201, toStatus(state, collection))
}

/** Asking keeps it alive. */
export function readCollectionStatus(state: InsurelyState, request: SimulatorRequest): Reply {
  const user = requireAnyone(state, request)
  const collection = state.collections.get(request.params['collectionId'] ?? '')
  if (!collection || (user !== null && collection.userUuid !== user.userUuid)) throw notFound('The collection')
  const pollingTimeout = new Date(state.clock.now().getTime() + pollingTimeoutMs)
  const asked: DataCollection = isOver(collection) ? collection : { ...collection, pollingTimeout }
  state.collections.set(asked.collectionId, asked)
  return json(200, toStatus(state, asked))
}

export function listCollectionsOfUser(state: InsurelyState, request: SimulatorRequest): Reply {
  requireApiKey(request)
  return list(state, request, requireNamedUser(state, request).userUuid)
}

export function listOwnCollections(state: InsurelyState, request: SimulatorRequest): Reply {
  return list(state, request, requireUser(state, request).userUuid)
}

function list({ collections }: InsurelyState, { query }: SimulatorRequest, userUuid: string): Reply {
  const wanted = query.getAll('statusIn').flatMap((value) => value.split(','))
  const own = collections.values().filter((one) => one.userUuid === userUuid)
  const found = own.filter(({ status }) => wanted.length === 0 || wanted.includes(status))
  const latest = new Map(found.map((one) => [one.company, one]))
  return json(200, (query.get('latest') === 'true' ? [...latest.values()] : found).map(toSummary))
}

const toSummary = ({ collectionId, company, createdAt, loginMethod, status }: DataCollection) => ({
  collectionId,
  company,
  createdAt,
  loginMethod,
  status,
})

function toStatus({ rules }: InsurelyState, collection: DataCollection) {
  const { collectionId, company, status, pollingTimeout } = collection
  const open = !isOver(collection)
  return {
    id: collectionId,
    company,
    status,
    ...(open && { pollingInterval: rules.pollingIntervalMs, pollingTimeout }),
    extraInformation: {},
  }
}

const isOver = ({ status }: DataCollection): boolean => status !== 'RUNNING' && status !== 'COLLECTING'

/** The status that is due by now. A collection that nobody asked about in time has failed. */
export function settleCollections(state: InsurelyState): void {
  const nowMs = state.clock.now().getTime()
  for (const collection of state.collections.values()) {
    if (isOver(collection)) continue
    const { createdAt, pollingTimeout, outcome } = collection
    const age = Math.min(nowMs, pollingTimeout.getTime()) - createdAt.getTime()
    const dropped = nowMs >= pollingTimeout.getTime() && age < doneMs
    const status = dropped ? 'FAILED' : age >= doneMs ? outcome : age >= loginMs ? 'COLLECTING' : 'RUNNING'
    if (status === collection.status) continue
    const moved = { ...collection, status }
    state.collections.set(moved.collectionId, moved)
    if (!isOver(moved)) continue
    state.ledger.record('collection.ended', { collectionId: moved.collectionId, status })
    state.webhook.send(moved)
  }
}

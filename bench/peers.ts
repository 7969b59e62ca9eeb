import { newFolder } from './leftovers.ts'
import type { LoadRequest } from './load.ts'
import { divide, type Round, spreadOver, takeTurns, type Turn } from './measure.ts'
import { type PeerQueries, readRefs, type RefsOfUser, toFourRequest, toOneRequests } from './peer-requests.ts'
import { installPeers, type Peer, PEERS, PEERS_FOLDER } from './peer-servers.ts'
import { describeTurns, toSpreadCell } from './report.ts'
import {
  casesOf,
  createRequestStand,
  lengthsOf,
  requireCalls,
  type RequestStand,
  runCase,
  type Server,
  toRound,
} from './request-stand.ts'
import type { BenchOptions, Section } from './section.ts'
import { type Case, describeCase } from './sides.ts'
import type { Seat, Workload } from './workloads.ts'

const HEAD = [
  'workload, peer',
  'req/s ÷ the peer’s',
  'CPU of the peer ÷ ours',
  'target',
  'processors the peer kept busy',
]

interface Running {
  readonly peer: Peer
  readonly server: Server
}

interface Compared {
  readonly workload: Workload
  /** At least so many times as many requests per second, by the peer's name. */
  readonly targets: Readonly<Record<string, number>>
  requestsOf(refs: RefsOfUser, seat: Seat, path: string, queries: PeerQueries): readonly LoadRequest[]
}

const comparedOf = ({ workload }: Case): readonly Compared[] => {
  if (workload.upstreamCalls === 1 && !workload.changes) {
    return [
      {
        workload,
        targets: { 'Apollo Server': 2, 'Hive Gateway': 8 },
        requestsOf: (refs, { one }, path, queries) => toOneRequests(refs, one, path, queries.one),
      },
    ]
  }
  if (workload.upstreamCalls < 4) return []
  return [
    {
      workload,
      targets: { 'Hive Gateway': 7 },
      requestsOf: (refs, { four }, path, queries) => four.map((user) => toFourRequest(refs, user, path, queries.four)),
    },
  ]
}

const runPeer = async (
  stand: RequestStand,
  refs: RefsOfUser,
  of: Case,
  compared: Compared,
  { peer: { name, path, queries }, server }: Running,
  durationMs: number,
): Promise<Round> => {
  const connections = stand.seats.map((seat) => compared.requestsOf(refs, seat, path, queries))
  const loaded = await stand.load(server, { connections, durationMs, delayMs: 0 })
  const { result, counted } = loaded
  if (result.fault !== null) throw new Error(`${describeCase(of)}, ${name}: ${result.fault}`)
  requireCalls(of, name, result, counted)
  return toRound(loaded)
}

const GATEWAY = 'gateway'

interface Comparison {
  readonly of: Case
  readonly compared: Compared
  readonly names: readonly string[]
  readonly turns: readonly Turn<string>[]
}

const toRow = ({ of, compared, turns }: Comparison, peer: string): readonly string[] => {
  const over = (value: (ours: Round, theirs: Round) => number | null): string =>
    toSpreadCell(
      spreadOver(turns, ({ [GATEWAY]: ours, [peer]: theirs }) =>
        ours === undefined || theirs === undefined ? null : value(ours, theirs),
      ),
    )
  const target = compared.targets[peer]
  return [
    `${of.workload.title}, ${peer}`,
    over((ours, theirs) => ours.requestsPerSecond / theirs.requestsPerSecond),
    over((ours, theirs) => divide(theirs.cpuMsPerRequest, ours.cpuMsPerRequest)),
    target === undefined ? 'none' : `≥ ${target.toFixed(2)}`,
    over((_, theirs) => theirs.busy),
  ]
}

const compare = async (options: BenchOptions, cases: readonly Case[]): Promise<readonly Comparison[]> => {
  await using stack = new AsyncDisposableStack()
  const { path: directory } = stack.use(await newFolder('peers'))
  const stand = stack.use(await createRequestStand(options))
  const running: Running[] = []
  for (const peer of PEERS) {
    running.push({ peer, server: stack.use(await peer.start(stand.installation.providerUrl, directory)) })
  }
  const refs = readRefs(stand.floorFile)
  const names = [GATEWAY, ...running.map(({ peer }) => peer.name)]
  const { turns, roundMs, warmUpMs } = lengthsOf(options)

  const compareOne = async (of: Case, compared: Compared): Promise<Comparison> => {
    const one = (name: string, ms: number): Promise<Round> => {
      const found = running.find(({ peer }) => peer.name === name)
      return found === undefined ? runCase(stand, of, 'gateway', ms) : runPeer(stand, refs, of, compared, found, ms)
    }
    for (const name of names) await one(name, warmUpMs)
    return { of, compared, names, turns: await takeTurns(names, turns, (name) => one(name, roundMs)) }
  }
  const all: Comparison[] = []
  for (const of of cases) {
    for (const compared of comparedOf(of)) all.push(await compareOne(of, compared))
  }
  return all
}

/** The gateway beside what is set up without it, by turns. */
export const peers: Section = {
  name: 'peers',
  panels: [
    {
      title: 'Requests per second, in times of a peer’s: more is better',
      table: 0,
      column: 'req/s ÷ the peer’s',
      bound: 0,
    },
  ],
  run: async (options) => {
    const cases = casesOf(options, ['USER_TOKEN']).filter((of) => comparedOf(of).length > 0)
    if (cases.length === 0) return []
    const fault = installPeers(PEERS_FOLDER, options.say)
    if (fault !== null) {
      options.say(`The peers are left out: ${fault}`)
      return []
    }
    const all = await compare(options, cases)
    for (const { of, names, turns } of all) options.say(describeTurns(describeCase(of), names, turns))
    return [{ head: HEAD, rows: all.flatMap((one) => PEERS.map(({ name }) => toRow(one, name))) }]
  },
}

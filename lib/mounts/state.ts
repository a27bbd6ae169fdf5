import type { MountState } from '@/lib/agent-protocol/messages'
import { isTrouble, type StatusWord, type Tone } from '@/lib/tones'

/** What a host shows of a mount; `unknown` until the host has spoken of it. */
type Seen = MountState | 'unknown'

// ---- what hosts show -----------------------------------------------------------------------------------------------------

interface SeenTraits {
  /** Is something of ours at the place, so that taking the mount down has something to do? */
  isPresent?: true
  /** It passes by itself: what comes after it is the news. */
  isPassing?: true
  /** It serves nobody as wanted, and does not pass by itself. */
  isFailing?: true
  /** Others have mounted something there; that is not ours to touch. */
  isOthers?: true
  /** Only an administrator's "abandon" may be able to end it. */
  isAbandonable?: true
  /** What it says about the storage behind it: that does not answer, or the mount of it is broken. */
  storage?: 'works' | 'silent' | 'broken'
}

const SEEN: Record<Seen, SeenTraits> = {
  unknown: {},
  absent: {},
  mounting: { isPassing: true },
  mounted: { isPresent: true, storage: 'works' },
  hung: { isPresent: true, isFailing: true, isAbandonable: true, storage: 'silent' },
  corrupted: { isPresent: true, isFailing: true, isAbandonable: true, storage: 'broken' },
  foreign: { isFailing: true, isOthers: true },
  stacked: { isFailing: true, isOthers: true },
  unmounting: { isPresent: true, isPassing: true },
  uncertain: { isPresent: true, isAbandonable: true, storage: 'silent' },
  stuck: { isPresent: true, isFailing: true, isAbandonable: true, storage: 'silent' },
  detached_dirty: { isPresent: true, isFailing: true, isAbandonable: true, storage: 'broken' },
  error: { isFailing: true, storage: 'broken' },
}

/** What follows from a state that a host shows, by itself. */
export function traitsOf(seen: Seen): SeenTraits {
  return SEEN[seen]
}

/** Is there what is wanted, as far as the host shows it? */
export function isThere(seen: Seen, desired: DesiredState): boolean {
  return seen === (desired === 'mounted' ? 'mounted' : 'absent')
}

// ---- one mount on one host -----------------------------------------------------------------------------------------------

type DesiredState = 'mounted' | 'unmounted'

/**
 * `unmounted`: it was taken away. `mounted`: it was put there although it is wanted unmounted. `options`: it was mounted again
 * otherwise. `covered`: something else lies at its place or over it.
 */
export type DriftKind = 'unmounted' | 'mounted' | 'options' | 'covered'

/** What a mount counts as when the hosts of it are put together. */
type Counts = 'mounted' | 'unmounted' | 'degraded' | 'failing' | 'working' | 'unknown'

interface Verdict extends StatusWord {
  counts: Counts
}

const VERDICTS = {
  unknown: { tone: 'unknown', word: 'Unknown', counts: 'unknown' },
  mounted: { tone: 'healthy', word: 'Mounted', counts: 'mounted' },
  /** Mounted, and the storage behind it does not answer, or does not let this host in any more. */
  degraded: { tone: 'warning', word: 'Degraded', counts: 'degraded' },
  /** Mounted, and nobody has looked at the storage since it is there. */
  unproven: { tone: 'unknown', word: 'Not checked yet', counts: 'unknown' },
  unmounted: { tone: 'off', word: 'Unmounted', counts: 'unmounted' },
  mounting: { tone: 'working', word: 'Mounting', counts: 'working' },
  unmounting: { tone: 'working', word: 'Unmounting', counts: 'working' },
  /** Wanted, and the host has not been told yet. */
  waiting: { tone: 'working', word: 'Not mounted yet', counts: 'working' },
  leaving: { tone: 'working', word: 'Still mounted', counts: 'working' },
  letting_go: { tone: 'working', word: 'Letting go', counts: 'working' },
  /** The same three, and the host says why it could not. */
  not_mounted: { tone: 'warning', word: 'Not mounted', counts: 'failing' },
  still_mounted: { tone: 'warning', word: 'Still mounted', counts: 'failing' },
  not_let_go: { tone: 'warning', word: 'Not let go of', counts: 'failing' },
  /** The newest wish was tried and not taken over; what is there is of an earlier one. */
  refused: { tone: 'warning', word: 'Change not taken over', counts: 'failing' },
  /** A command was given up on and still runs: what comes of it is not known. */
  uncertain: { tone: 'warning', word: 'Uncertain', counts: 'unknown' },
  hung: { tone: 'critical', word: 'Not answering', counts: 'failing' },
  corrupted: { tone: 'critical', word: 'Broken', counts: 'failing' },
  stuck: { tone: 'critical', word: 'Stuck', counts: 'failing' },
  error: { tone: 'critical', word: 'Error', counts: 'failing' },
  detached_dirty: { tone: 'warning', word: 'Detached, still in use', counts: 'failing' },
  foreign: { tone: 'warning', word: 'Something else is mounted', counts: 'failing' },
  stacked: { tone: 'warning', word: 'Mounted twice', counts: 'failing' },
  /** Changed on the host by somebody else. */
  drift_unmounted: { tone: 'drift', word: 'Unmounted on the host', counts: 'failing' },
  drift_mounted: { tone: 'drift', word: 'Mounted on the host', counts: 'failing' },
  drift_covered: { tone: 'drift', word: 'Something else is mounted', counts: 'failing' },
  drift_options: { tone: 'drift', word: 'Other options in force', counts: 'mounted' },
} as const satisfies Record<string, Verdict>

/** What is to be thought of a mount on one host: what was seen there, judged against what is wanted. */
export type StatusOnHost = keyof typeof VERDICTS
export const STATUSES_ON_HOST = Object.keys(VERDICTS) as [StatusOnHost, ...StatusOnHost[]]

/** A wish and what was seen of it, as the database has them. */
export interface WishRow {
  desiredState: DesiredState
  desiredGeneration: number
  /** The host was taken off the mount. */
  removed: boolean
  observedState: Seen
  observedGeneration: number | null
}

/** What helps where others have mounted something: nothing that Holdfast does. */
export const ADVICE_ON_OTHERS = 'Unmount it on the host; Holdfast does not touch what others have mounted.'

/** Has the host carried out this wish? Then what is otherwise was done by somebody else. */
export function isTold({ observedGeneration, desiredGeneration }: WishRow): boolean {
  return observedGeneration !== null && observedGeneration >= desiredGeneration
}

/** Is it to be taken off the host for good? */
export function isRemoval(row: Pick<WishRow, 'removed'>, mount: { deletedAt: Date | null }): boolean {
  return row.removed || mount.deletedAt !== null
}

/** What somebody else has changed about a mount that the host had as wanted. Null: nothing, or the wish is still on its way. */
export function driftKindOf(
  row: WishRow,
  mount: { deletedAt: Date | null },
  hasOtherOptions: () => boolean,
): DriftKind | null {
  if (!isTold(row) || isRemoval(row, mount)) return null
  const { observedState: seen, desiredState: desired } = row
  if (SEEN[seen].isOthers) return 'covered'
  if (desired === 'unmounted') return seen === 'mounted' ? 'mounted' : null
  if (seen === 'absent') return 'unmounted'
  return seen === 'mounted' && hasOtherOptions() ? 'options' : null
}

/** Does a host with this status not answer? One that nobody has asked yet may have carried out a command, and said so. */
export function isSilent(status: string): boolean {
  return status === 'offline' || status === 'error'
}

/** What tells whether a host is heard of. */
export interface HeardHost {
  observedStatus: string
  revokedAt: Date | null
  /** When the row was last written; a controller that starts takes back that its hosts were online. */
  updatedAt: Date
}

/**
 * Is nothing known of now of what is on this host? One that was revoked is never asked again, and of one that has not answered since
 * the controller was started only that is known which it has said since. `seenAt`: when it last said what is asked about; null: never.
 */
export function isAway({ observedStatus, revokedAt, updatedAt }: HeardHost, seenAt: Date | null): boolean {
  if (isSilent(observedStatus) || revokedAt !== null) return true
  return observedStatus === 'unknown' && seenAt !== null && seenAt < updatedAt
}

/** Everything that decides what is to be thought of a mount on one host. */
export interface MountFacts {
  /** Of a host that is away only the last news is known, however good it was. */
  isAway: boolean
  desired: DesiredState
  isRemoval: boolean
  seen: Seen
  /** Did the storage behind a mount answer the last look? Null: that was not told. */
  proven: boolean | null
  /** The host has an earlier wish, and the newest one was tried. */
  isRefused: boolean
  /** The host says what is wrong. */
  hasError: boolean
  drift: DriftKind | null
}

/** The facts of a row; `drift` is what `driftOf` says of it. */
export function factsOf(
  row: WishRow & {
    attempts: number
    observedError: string | null
    observedProven: boolean | null
    observedAt: Date | null
  },
  mount: { deletedAt: Date | null },
  host: HeardHost,
  drift: DriftKind | null,
): MountFacts {
  return {
    isAway: isAway(host, row.observedAt),
    desired: row.desiredState,
    isRemoval: isRemoval(row, mount),
    seen: row.observedState,
    proven: row.observedProven,
    isRefused: row.observedGeneration !== null && !isTold(row) && row.attempts > 0,
    hasError: row.observedError !== null,
    drift,
  }
}

/** Is it mounted in front of a storage that does not answer? */
export function isDegraded({
  proven,
  observedError,
}: {
  proven: boolean | null
  observedError: string | null
}): boolean {
  return proven === false && observedError !== null
}

/** The one judgement; where two could be made, it is the worse one. */
export function statusOnHost({ isAway, desired, seen, drift, ...facts }: MountFacts): StatusOnHost {
  const isUnproven = seen === 'mounted' && desired === 'mounted' && facts.proven === false
  if (isAway) return 'unknown'
  if (drift !== null && !(drift === 'options' && isUnproven && facts.hasError)) return `drift_${drift}`
  if (SEEN[seen].isFailing || seen === 'uncertain') return found(seen)
  if (facts.isRemoval) return facts.hasError || facts.isRefused ? 'not_let_go' : 'letting_go'
  if (facts.isRefused) return 'refused'
  // Nothing was ever asked of that host, so nothing of ours can be there.
  if (seen === 'unknown') return desired === 'unmounted' ? 'unmounted' : 'unknown'
  if (isUnproven) return facts.hasError ? 'degraded' : 'unproven'
  if (SEEN[seen].isPassing || isThere(seen, desired)) return found(seen)
  if (desired === 'mounted') return facts.hasError ? 'not_mounted' : 'waiting'
  return facts.hasError ? 'still_mounted' : 'leaving'
}

function found(seen: Seen): StatusOnHost {
  return seen === 'absent' ? 'unmounted' : seen
}

/** A state that a host showed, by itself, as in a history. One that was mounted with a problem was not well. */
export function wordOfSeen(seen: Seen, problem: string | null = null): StatusWord {
  const { tone, word } = VERDICTS[found(seen)]
  return { tone: tone === 'healthy' && problem !== null ? 'warning' : tone, word }
}

/** How a mount on a host is shown. Where nothing is known of now, the word is what was seen last. */
export function wordOnHost({ status, state }: { status: StatusOnHost; state: Seen }): StatusWord {
  const { tone, word } = VERDICTS[status]
  if (status !== 'unknown' || state === 'unknown') return { tone, word }
  return { tone, word: `Was ${wordOfSeen(state).word.toLowerCase()}` }
}

interface Judged {
  status: StatusOnHost
}

/** Changed on the host by somebody else. */
export function isDrifted({ status }: Judged): boolean {
  return VERDICTS[status].tone === 'drift'
}

/** Known to be otherwise than wanted; what is unknown or on its way is not. */
export function isWrong({ status }: Judged): boolean {
  return isTrouble(VERDICTS[status].tone)
}

/** Known to be as wanted. */
export function isAsWanted({ status }: Judged): boolean {
  const tone: Tone = VERDICTS[status].tone
  return tone === 'healthy' || tone === 'off'
}

// ---- a mount, over its hosts ---------------------------------------------------------------------------------------------

export const MOUNT_STATUSES = ['error', 'degraded', 'working', 'unknown', 'mounted', 'unmounted'] as const
export type MountStatus = (typeof MOUNT_STATUSES)[number]

const ROLLED_UP: Record<MountStatus, StatusWord> = {
  mounted: { tone: 'healthy', word: 'Mounted' },
  unmounted: { tone: 'off', word: 'Unmounted' },
  error: { tone: 'critical', word: 'Error' },
  degraded: { tone: 'warning', word: 'Degraded' },
  working: { tone: 'working', word: 'Working' },
  unknown: { tone: 'unknown', word: 'Unknown' },
}

/** How the node behind a mount stands to those of other hosts. */
interface Node {
  sync: 'in_sync' | 'behind' | 'split' | 'stale' | 'unknown'
}

/** Does the node behind a mount take no part any more, so that what is read there may be old? */
export function isApart(node: Node | null | undefined): boolean {
  return node?.sync === 'stale' || node?.sync === 'split'
}

/**
 * The worst that needs action. `degraded`: it fails on some hosts and works on others, or is mounted where the storage behind it does
 * not answer, or where the node behind it has stopped or follows another leader than the rest.
 */
export function rollUp(hosts: readonly (Judged & { node?: Node | null })[]): MountStatus {
  const found = new Set<Counts>(hosts.map(({ status }) => VERDICTS[status].counts))
  if (found.has('failing')) return found.has('mounted') ? 'degraded' : 'error'
  if (found.has('degraded')) return 'degraded'
  if (found.has('working')) return 'working'
  if (found.has('unknown')) return 'unknown'
  if (!found.has('mounted')) return 'unmounted'
  return hosts.some(({ status, node }) => isApart(node) && VERDICTS[status].counts === 'mounted')
    ? 'degraded'
    : 'mounted'
}

/** How a mount is shown. What is failing comes before what was changed, and that before what is merely otherwise. */
export function wordOfMount({
  status,
  removing = false,
  hosts = [],
}: {
  status: MountStatus
  removing?: boolean
  hosts?: readonly Judged[]
}): StatusWord {
  // A removal that a host refuses goes on being tried, and needs somebody all the same.
  if (removing) return { tone: hosts.some(isWrong) ? 'warning' : 'working', word: 'Removing' }
  if (status === 'unknown' && hosts.some((entry) => VERDICTS[entry.status].counts !== 'unknown')) {
    return { ...ROLLED_UP.unknown, word: 'Partly unknown' }
  }
  const isOnlyDrift = hosts.every((entry) => !isWrong(entry) || isDrifted(entry))
  return isOnlyDrift && hosts.some(isDrifted) ? { tone: 'drift', word: 'Changed' } : ROLLED_UP[status]
}

/** When the host that has been away longest was last heard of, ISO 8601; null where all is known, and for one that was never heard. */
export function seenLast(hosts: readonly (Judged & { observed_at: string | null })[]): string | null {
  const times = hosts.flatMap(({ status, observed_at }) => (status === 'unknown' && observed_at ? [observed_at] : []))
  return times.toSorted()[0] ?? null
}

// ---- the mounts of a host ------------------------------------------------------------------------------------------------

/** How many mounts are wanted on a host, and what is known of these and of the rest. */
export interface MountCounts {
  wanted: number
  mounted: number
  failing: number
  /** Wanted, and nothing is known of now. */
  unknown: number
}

export const NO_MOUNTS: MountCounts = { wanted: 0, mounted: 0, failing: 0, unknown: 0 }

/** Rows that are alike, as the database counts them: without generations, so that drift of options is not among it. */
export interface AlikeRows {
  isAway: boolean
  desired: DesiredState
  seen: Seen
  proven: boolean | null
  hasError: boolean
  attempts: number
  number: number
}

/** The counts with these rows more. */
export function addMounts(counts: MountCounts, { number, attempts, ...rows }: AlikeRows): MountCounts {
  const status = statusOnHost({ ...rows, isRemoval: false, isRefused: attempts > 0, drift: null })
  const of = (is: boolean) => (is ? number : 0)
  const { counts: as } = VERDICTS[status]
  const isWanted = rows.desired === 'mounted'
  return {
    wanted: counts.wanted + of(isWanted),
    mounted: counts.mounted + of(as === 'mounted'),
    failing: counts.failing + of(as === 'failing' || as === 'degraded'),
    unknown: counts.unknown + of(as === 'unknown' && isWanted),
  }
}

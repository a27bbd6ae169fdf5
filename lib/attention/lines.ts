import { acknowledgementOf, acknowledgementView } from '@/lib/attention/acknowledgements'
import { type Cause, causeId, earlier, lineId, worse } from '@/lib/attention/cause'
import { namedIn } from '@/lib/attention/facts-repository'
import type { AcknowledgementRow } from '@/lib/attention/repository'
import type { AttentionView, CauseView } from '@/lib/attention/schema'
import { SEVERITIES } from '@/lib/attention/severities'
import { type Cover, type Muted, maintenanceNow, mutedIn, NO_COVER } from '@/lib/maintenance/cover'
import { namesInShort } from '@/lib/sentences'

/** What is told in one line: a cause, or several that are alike. */
export interface Line {
  id: string
  /** What it says: of several causes, their sum. */
  cause: Cause
  causes: Cause[]
  acknowledged: AcknowledgementRow | null
  /** The maintenance window that it lies in. */
  muted: Muted | null
}

/** Does it need nobody now, as people have said? */
function isQuiet({ acknowledged, muted }: Line): boolean {
  return acknowledged !== null || muted !== null
}

/** Those that need somebody first, then worst first, then those with the widest reach, then what has lasted longest. */
export function linesOf(
  causes: readonly Cause[],
  acknowledgements: ReadonlyMap<string, AcknowledgementRow>,
  now: Date,
  cover: Cover = NO_COVER,
): Line[] {
  const lines = causes.map((cause): Line => {
    const acknowledged = acknowledgementOf(cause, acknowledgements, now)
    return { id: causeId(cause.key), cause, causes: [cause], acknowledged, muted: mutedIn(cause, cover) }
  })
  // What was acknowledged at once stays together, apart from what came later.
  const groups = Map.groupBy(lines, ({ id, cause, acknowledged, muted }) =>
    acknowledged ? `line ${acknowledged.lineId}` : `${muted?.id ?? ''} ${cause.fold?.key ?? id}`,
  )
  return [...groups.values()].flatMap(folded).toSorted(inOrder)
}

function folded(lines: Line[]): Line[] {
  const [first] = lines
  const fold = first?.cause.fold
  if (first === undefined || fold === undefined) return lines
  const { acknowledged, muted } = first
  if (lines.length === 1) return [{ ...first, id: acknowledged?.lineId ?? first.id }]
  if (acknowledged === null && lines.length <= fold.apart) return lines
  const causes = lines.map(({ cause }) => cause)
  const sum = (of: (cause: Cause) => Iterable<string>) => new Set(causes.flatMap((cause) => [...of(cause)]))
  const named = causes.map(({ subject }) => subject.name).sort()
  const cause: Cause = {
    ...first.cause,
    severity: causes.reduce((severity, one) => worse(severity, one.severity), first.cause.severity),
    subject: { kind: 'hosts', id: null, name: `${causes.length} hosts` },
    what: fold.what(namesInShort(named)),
    since: causes.reduce<Date | null>((since, one) => earlier(since, one.since), null),
    hosts: sum(({ hosts }) => hosts),
    mounts: sum(({ mounts }) => mounts),
    backends: sum(({ backends }) => backends),
    pools: sum(({ pools }) => pools),
    volumes: sum(({ volumes }) => volumes),
    places: causes.reduce((places, one) => places + one.places, 0),
  }
  const id = acknowledged?.lineId ?? lineId(fold.key, causes)
  return [{ id, cause, causes, acknowledged, muted }]
}

function inOrder(a: Line, b: Line): number {
  const [one, other] = [a.cause, b.cause]
  return (
    Number(isQuiet(a)) - Number(isQuiet(b)) ||
    SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
    other.places - one.places ||
    other.hosts.size - one.hosts.size ||
    (one.since?.getTime() ?? Number.MAX_SAFE_INTEGER) - (other.since?.getTime() ?? Number.MAX_SAFE_INTEGER) ||
    one.subject.name.localeCompare(other.subject.name) ||
    a.id.localeCompare(b.id)
  )
}

/** How many of each noun are in trouble that nobody has acknowledged, and that is not under maintenance. */
export function countsOf(lines: readonly Line[]): AttentionView['counts'] {
  const open = lines.filter((line) => !isQuiet(line)).flatMap(({ causes }) => causes)
  const count = (of: (cause: Cause) => Iterable<string>) => new Set(open.flatMap((cause) => [...of(cause)])).size
  return {
    backends: count(({ backends }) => backends),
    // Of mounts on a host that is away nothing is known: the host is in trouble.
    mounts: count(({ kind, mounts }) => (kind === 'host_away' ? [] : mounts)),
    hosts: count(({ subject, hosts }) => (subject.kind === 'host' ? hosts : [])),
    pools: count(({ pools }) => pools),
    volumes: count(({ volumes }) => volumes),
  }
}

type NameOf = (id: string) => string | undefined

/** What it is about, and what suffers from it. */
export function reachOf(
  cause: Pick<Cause, 'hosts' | 'mounts' | 'backends' | 'pools' | 'volumes'>,
  nameOf: NameOf,
): CauseView['reach'] {
  const reached = (ids: ReadonlySet<string>) => ({
    total: ids.size,
    first: namedIn(ids).flatMap((id) => {
      const name = nameOf(id)
      return name === undefined ? [] : [{ id, name }]
    }),
  })
  return {
    hosts: reached(cause.hosts),
    mounts: reached(cause.mounts),
    backends: reached(cause.backends),
    pools: reached(cause.pools),
    volumes: reached(cause.volumes),
  }
}

export function causeView({ id, cause, acknowledged, muted }: Line, nameOf: NameOf): CauseView {
  const { kind, severity, subject, what, advice, remedy, since } = cause
  return {
    id,
    kind,
    severity,
    subject,
    title: `${subject.name}${what}`,
    advice,
    reach: reachOf(cause, nameOf),
    remedy,
    since: since?.toISOString() ?? null,
    acknowledged: acknowledged && acknowledgementView(acknowledged),
    maintenance: muted && maintenanceNow(muted),
  }
}

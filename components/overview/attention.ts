import { connectionStatus } from '@/lib/backends/connection-status'
import type { BackendView } from '@/lib/backends/schema'
import type { HostRow } from '@/lib/hosts/schema'
import type { MountView } from '@/lib/mounts/schema'
import { isApart, isDrifted, isWrong, wordOfMount } from '@/lib/mounts/state'
import { firstSentence } from '@/lib/sentences'
import type { Tone } from '@/lib/tones'
import { TONE_ORDER } from '@/lib/tones'

export interface Matter {
  id: string
  tone: Extract<Tone, 'critical' | 'warning' | 'drift'>
  /** What it is about, in bold. */
  name: string
  /** What is wrong, as the rest of the sentence, space or colon included. */
  what: string
  since: string | null
  /** On which hosts. */
  hosts: string[]
  href: string
  /** The one thing that helps. */
  help:
    | { kind: 'open'; label: string }
    | { kind: 'test'; backendId: string }
    | { kind: 'sync'; mount: { id: string; name: string } }
}

const DOES_NOT_ANSWER = ' does not answer'
const NEARLY_FULL = 0.85
const FULL = 0.95
/** So many hosts that are down are named one by one; more are one matter. */
const DOWN_NAMED = 3
/** Renewal happens at half of the life; so close to the end it has failed several times. */
const CERTIFICATE_WARNING_MS = 3 * 86_400_000

function earliest(times: (string | null)[]): string | null {
  return times.filter((time): time is string => time !== null).toSorted()[0] ?? null
}

function hostMatters(host: HostRow, now: number): Matter[] {
  if (host.revoked_at) return []
  const about = { name: host.name, hosts: [], href: `/hosts/${host.id}` }
  if (host.status === 'offline' || host.status === 'error') {
    return [
      {
        ...about,
        id: `${host.id}:down`,
        tone: 'critical',
        what: host.status === 'offline' || !host.error ? DOES_NOT_ANSWER : `: ${firstSentence(host.error)}`,
        since: host.observed_at,
        help: { kind: 'open', label: 'See why' },
      },
    ]
  }
  const matters: Matter[] = []
  if (host.agent_outdated) {
    matters.push({
      ...about,
      id: `${host.id}:agent`,
      tone: 'warning',
      what: ' has an agent that is older than this controller',
      since: null,
      help: { kind: 'open', label: 'Update' },
    })
  }
  if (host.missing_tools.length > 0) {
    matters.push({
      ...about,
      id: `${host.id}:tools`,
      tone: 'warning',
      what: ` lacks ${host.missing_tools.join(', ')}`,
      since: null,
      help: { kind: 'open', label: 'Install' },
    })
  }
  if (host.certificate_not_after && Date.parse(host.certificate_not_after) - now < CERTIFICATE_WARNING_MS) {
    matters.push({
      ...about,
      id: `${host.id}:certificate`,
      tone: 'warning',
      what: ' has a certificate that is about to end and was not renewed',
      since: null,
      help: { kind: 'open', label: 'See why' },
    })
  }
  return matters
}

/** A rack without power is one matter, not twenty. */
function together(matters: Matter[]): Matter[] {
  const down = matters.filter((matter) => matter.what === DOES_NOT_ANSWER)
  if (down.length <= DOWN_NAMED) return matters
  const others = matters.filter((matter) => matter.what !== DOES_NOT_ANSWER)
  const named = down.slice(0, DOWN_NAMED).map((matter) => matter.name)
  const one: Matter = {
    id: 'hosts:down',
    tone: 'critical',
    name: `${down.length} hosts`,
    what: ` do not answer: ${named.join(', ')} and ${down.length - named.length} more`,
    since: earliest(down.map((matter) => matter.since)),
    hosts: [],
    href: '/hosts?status=offline',
    help: { kind: 'open', label: 'See them' },
  }
  return [one, ...others]
}

/** Where it is to be open and is not, or is to be closed and is not: on the hosts that say so. */
function connectionMatters(backend: BackendView): Matter[] {
  const bad = backend.connections.filter(({ state, message }) => state !== 'unknown' && message !== null)
  const groups = Map.groupBy(bad, (connection) => connectionStatus(connection).tone)
  return (['critical', 'warning'] as const).flatMap((tone) => {
    const [first, ...more] = groups.get(tone) ?? []
    if (!first) return []
    return {
      id: `${backend.id}:connection:${tone}`,
      tone,
      name: backend.name,
      what: `: ${firstSentence(first.message ?? '')}`,
      since: earliest([first, ...more].map(({ since }) => since)),
      hosts: [first, ...more].map(({ host_name }) => host_name),
      href: `/backends/${backend.id}`,
      help: { kind: 'open', label: 'See why' },
    }
  })
}

function backendMatters(backend: BackendView): Matter[] {
  const about = { name: backend.name, hosts: [], href: `/backends/${backend.id}` }
  const matters = connectionMatters(backend)
  const isTold = matters.some(({ tone }) => tone === 'critical')
  if (!isTold && (backend.status === 'offline' || backend.status === 'error')) {
    matters.push({
      ...about,
      id: `${backend.id}:down`,
      tone: 'critical',
      what: backend.status_error ? `: ${firstSentence(backend.status_error)}` : ' cannot be reached',
      since: backend.status_at,
      help: { kind: 'test', backendId: backend.id },
    })
  }
  const { used_bytes: used, total_bytes: total } = backend.stats
  if (used !== null && total !== null && total > 0 && used / total >= NEARLY_FULL) {
    matters.push({
      ...about,
      id: `${backend.id}:full`,
      tone: used / total >= FULL ? 'critical' : 'warning',
      hosts: backend.stats.host_name === undefined ? [] : [backend.stats.host_name],
      what: ` is ${Math.floor((used / total) * 100)} % full`,
      since: null,
      help: { kind: 'open', label: 'Open' },
    })
  }
  return matters
}

/** What the mount's policy puts right, or has taken over, needs nobody. */
function isUpToPeople({ on_drift }: MountView, { drift }: MountView['hosts'][number]): boolean {
  if (drift === null) return false
  if (on_drift === 'repair') return drift.given_up || drift.kind === 'covered'
  return on_drift === 'report' || !drift.adoptable
}

/** Somebody has changed it on hosts and it stays so until a person decides: the mount's page shows what and offers both ways. */
function driftMatters(mount: MountView): Matter[] {
  const drifted = mount.hosts.filter((entry) => isDrifted(entry) && isUpToPeople(mount, entry))
  const [first] = drifted
  if (!first?.drift) return []
  const messages = new Set(drifted.map((entry) => entry.drift?.message))
  return [
    {
      id: `${mount.id}:drift`,
      tone: 'drift',
      name: mount.name,
      what: messages.size === 1 ? `: ${first.drift.message}` : ' was changed on hosts',
      since: earliest(drifted.map((entry) => entry.since)),
      hosts: drifted.map((entry) => entry.host_name),
      href: `/mounts/${mount.id}`,
      help: { kind: 'open', label: 'See change' },
    },
  ]
}

function mountMatters(mount: MountView): Matter[] {
  const { tone, word } = wordOfMount(mount)
  if (tone !== 'critical' && tone !== 'warning') return []
  // A host that is down is a matter of its own; its mounts would only repeat it.
  const bad = mount.hosts.filter((entry) => isWrong(entry) && !isDrifted(entry))
  if (bad.length === 0) return []
  const error = bad.find((entry) => entry.error)?.error
  return [
    {
      id: `${mount.id}:state`,
      tone,
      name: mount.name,
      what: error ? `: ${firstSentence(error)}` : ` is ${word.toLowerCase()}`,
      since: earliest(bad.map((entry) => entry.since)),
      hosts: bad.map((entry) => entry.host_name),
      href: `/mounts/${mount.id}`,
      help: mount.removing
        ? { kind: 'open', label: 'See why' }
        : { kind: 'sync', mount: { id: mount.id, name: mount.name } },
    },
  ]
}

/** It is mounted, but the node behind it takes no part any more: what is read there may be old. */
function nodeMatters(mount: MountView): Matter[] {
  const apart = mount.hosts.filter(({ host_status, node }) => host_status === 'online' && isApart(node))
  if (apart.length === 0) return []
  const isSplit = apart.some(({ node }) => node?.sync === 'split')
  return [
    {
      id: `${mount.id}:nodes`,
      tone: 'warning',
      name: mount.name,
      what: isSplit ? ' has nodes that follow different leaders' : ' has a node that has stopped',
      since: null,
      hosts: apart.map(({ host_name }) => host_name),
      href: `/mounts/${mount.id}`,
      help: { kind: 'open', label: 'See nodes' },
    },
  ]
}

/** What a person should look at, worst first, then what has lasted longest. */
export function needsAttention(
  data: { hosts: HostRow[]; backends: BackendView[]; mounts: MountView[] },
  now: number,
): Matter[] {
  const matters = [
    ...together(data.hosts.flatMap((host) => hostMatters(host, now))),
    ...data.backends.flatMap(backendMatters),
    ...data.mounts.flatMap(mountMatters),
    ...data.mounts.flatMap(nodeMatters),
    ...data.mounts.flatMap(driftMatters),
  ]
  return matters.toSorted(
    (a, b) => TONE_ORDER.indexOf(a.tone) - TONE_ORDER.indexOf(b.tone) || (a.since ?? '9').localeCompare(b.since ?? '9'),
  )
}

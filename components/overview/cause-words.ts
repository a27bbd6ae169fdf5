import type { CauseView } from '@/lib/attention/schema'

/** So many hosts are written out. */
const HOSTS_NAMED = 2

type Reached = CauseView['reach']['hosts']

function counted({ total }: Reached, noun: string): string {
  return total === 1 ? `1 ${noun}` : `${total} ${noun}s`
}

function namesOf({ total, first }: Reached): string {
  const names = first.map(({ name }) => name)
  if (total <= HOSTS_NAMED) return names.join(' and ')
  return `${names.slice(0, HOSTS_NAMED).join(', ')} and ${total - HOSTS_NAMED} more`
}

function onHosts(hosts: Reached): string {
  return hosts.total === 0 ? '' : `on ${namesOf(hosts)}`
}

/** Of a sentence that speaks of "the host", the names follow: "on" would say it twice. */
const SPEAKS_OF_HOST = /\bthe host\b/

/** What a cause takes with it, without what its sentence says already: `2 backends, 5 mounts on web-1, web-2 and 3 more`. */
export function reachWords({
  subject,
  title,
  reach: { hosts, mounts, backends },
}: Pick<CauseView, 'subject' | 'title' | 'reach'>): string {
  if (subject.kind === 'host' || subject.kind === 'hosts') {
    return mounts.total === 0 ? '' : `· ${counted(mounts, 'mount')} affected`
  }
  const things = [
    ...(subject.kind === 'server' ? [counted(backends, 'backend')] : []),
    ...(subject.kind !== 'mount' && (mounts.total > 1 || (subject.kind === 'server' && mounts.total > 0))
      ? [counted(mounts, 'mount')]
      : []),
  ]
  if (things.length === 0 && hosts.total > 0 && SPEAKS_OF_HOST.test(title)) return `(${namesOf(hosts)})`
  return [things.join(', '), onHosts(hosts)].filter((part) => part !== '').join(' ')
}

/** Where a person sees more of it. */
export function hrefOf({ kind, subject: { kind: noun, id, name } }: Pick<CauseView, 'kind' | 'subject'>): string {
  switch (noun) {
    case 'host':
      return `/hosts/${id}`
    case 'hosts':
      return kind === 'host_away' ? '/hosts?status=offline' : '/hosts'
    case 'server':
      return `/backends?q=${encodeURIComponent(name)}`
    case 'backend':
      return `/backends/${id}`
    case 'mount':
      return `/mounts/${id}`
    case 'pool':
      return kind === 'volume' ? `/volumes?pool=${encodeURIComponent(name)}&status=MISSING,ERROR` : `/pools/${id}`
    case 'volume':
      return `/volumes/${id}`
    case 'notifier':
      return `/settings/notifiers/${id}`
    case 'holdfast':
      return kind === 'heartbeat' ? '/settings/notifiers' : '/settings/health'
  }
}

const OPEN: Partial<Record<CauseView['kind'], string>> = {
  agent_outdated: 'Update',
  tools_missing: 'Install',
  disk_failing: 'See disks',
  disk_worn: 'See disks',
  capacity: 'Open',
  inodes: 'Open',
  uploads: 'See why',
  forecast: 'See chart',
  overcommit: 'Open',
  availability: 'See hosts',
  nodes: 'See nodes',
  drift: 'See change',
  volume: 'Open',
  notifier: 'Open',
  own_certificate: 'See certificates',
}

/** The word on the button that leads there. */
export function openWord({ kind, subject }: Pick<CauseView, 'kind' | 'subject'>): string {
  return subject.kind === 'hosts' ? 'See them' : (OPEN[kind] ?? 'See why')
}

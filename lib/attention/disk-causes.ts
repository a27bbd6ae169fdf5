import type { DiskMessage } from '@/lib/agent-protocol/disks'
import { levelAt } from '@/lib/alerts/rules'
import { type Cause, causeId, causeOf } from '@/lib/attention/cause'
import type { Facts, HostFact } from '@/lib/attention/facts'
import { diskKey, diskName, disksKnown, troublesOf } from '@/lib/hosts/disks'

/** Disks of hosts that fail or are worn, each one of its own: one that is replaced is another matter than the one beside it. */
export function diskCauses(facts: Facts, now: Date): Cause[] {
  return facts.disks.flatMap(({ hostId, disks }) => {
    const host = facts.hosts.get(hostId)
    if (host === undefined) return []
    return disksKnown(disks, now).flatMap((disk) => [...failing(host, disk), ...worn(host, disk, facts)])
  })
}

function about(host: HostFact, disk: DiskMessage, what: 'failing' | 'worn') {
  return {
    key: `host:${host.id}:disk:${diskKey(disk)}:${what}`,
    subject: { kind: 'host', id: host.id, name: host.name },
    hosts: new Set([host.id]),
  } as const
}

function failing(host: HostFact, disk: DiskMessage): Cause[] {
  const [worst] = troublesOf(disk)
  if (worst === undefined) return []
  const isFailing = worst.level === 'failing'
  return [
    causeOf({
      ...about(host, disk, 'failing'),
      kind: 'disk_failing',
      severity: isFailing ? 'critical' : 'warning',
      what: ` has a disk that ${worst.what}: ${diskName(disk)}`,
      advice: isFailing
        ? 'Copy what is on it elsewhere, and replace it.'
        : 'See to it that what is on it is somewhere else too, and whether it gets worse.',
    }),
  ]
}

function worn(host: HostFact, disk: DiskMessage, { rules, told }: Facts): Cause[] {
  const { wearPercent } = disk
  const common = about(host, disk, 'worn')
  const before = told.get(causeId(common.key))
  const severity = wearPercent === null ? null : levelAt(wearPercent, rules.limits('disk_worn'), before)
  if (severity === null) return []
  return [
    causeOf({
      ...common,
      kind: 'disk_worn',
      severity,
      what: ` has an SSD that has used up ${wearPercent} % of its life: ${diskName(disk)}`,
      advice: 'It goes on working, but its maker vouches for it only up to 100 %. Plan for another one.',
    }),
  ]
}

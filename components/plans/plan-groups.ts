import type { HostStep, PlannedHost, PlanView } from '@/lib/plans/schema'

/** Hosts on which exactly the same happens. */
export interface HostGroup {
  key: string
  first: PlannedHost
  hosts: PlannedHost[]
}

const ORDER: readonly HostStep[] = [
  'abandon',
  'remount',
  'unmount',
  'remove',
  'disconnect',
  'mount',
  'connect',
  'reconnect',
  'adopt',
  'adjust',
  'forget',
  'none',
]

function likeness({ step, commands, notes, options, warnings, mount_name }: PlannedHost): string {
  return JSON.stringify([step, commands, notes, options, warnings, mount_name])
}

/** What interrupts people first, then the larger groups. */
export function groupHosts(hosts: readonly PlannedHost[]): HostGroup[] {
  const groups = [...Map.groupBy(hosts, likeness)].flatMap(([key, alike]) =>
    alike[0] ? [{ key, first: alike[0], hosts: alike }] : [],
  )
  return groups.sort(
    (a, b) => ORDER.indexOf(a.first.step) - ORDER.indexOf(b.first.step) || b.hosts.length - a.hosts.length,
  )
}

/**
 * Only what was wanted already, and nobody notices: no program is interrupted, no option in force changes, nothing is to be warned
 * of. Such a change needs no review.
 */
export function isQuiet(plan: PlanView): boolean {
  const isLoud = ({ interrupts, options, warnings }: PlannedHost) =>
    interrupts || options.length > 0 || warnings.length > 0
  return plan.changes.length === 0 && plan.warnings.length === 0 && !plan.hosts.some(isLoud)
}

function nameOf(host: PlannedHost): string {
  return `${host.mount_id ?? ''} ${host.host_id}`
}

/** What is different in a newer plan, in words, host by host. */
export function planDifferences(before: PlanView, after: PlanView): string[] {
  const had = new Map(before.hosts.map((host) => [nameOf(host), host]))
  const has = new Map(after.hosts.map((host) => [nameOf(host), host]))
  const found: string[] = []
  for (const [name, host] of has) {
    const old = had.get(name)
    if (!old) found.push(`${host.host_name} has joined.`)
    else if (old.state !== host.state)
      found.push(`${host.host_name} was ${stateWord(old.state)}, and is ${stateWord(host.state)} now.`)
    else if (old.step !== host.step || JSON.stringify(old.commands) !== JSON.stringify(host.commands))
      found.push(`On ${host.host_name} other commands will run.`)
    else if (JSON.stringify(old.options) !== JSON.stringify(host.options))
      found.push(`${host.host_name} has other mount options in force.`)
  }
  for (const [name, host] of had) if (!has.has(name)) found.push(`${host.host_name} is no longer part of it.`)
  return found
}

function stateWord(state: string): string {
  return state === 'absent' ? 'not mounted' : state === 'unknown' ? 'not known' : state.replaceAll('_', ' ')
}

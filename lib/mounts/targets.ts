/** Which hosts a mount is for: those named, those that carry all of its labels, or every host there is and will be. */
export type TargetKind = 'hosts' | 'labels' | 'all'

export interface TargetRule {
  targets: TargetKind
  /** Only with `labels`: a host must carry all of them. */
  targetLabels: Readonly<Record<string, string>>
}

export interface Candidate {
  id: string
  labels: unknown
  revokedAt: Date | null
}

/** Reads labels from a JSON column; anything that is no text is no label. */
export function labelsOf(stored: unknown): Record<string, string> {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return {}
  return Object.fromEntries(
    Object.entries(stored).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** Every wanted label is there with the wanted value. No label at all matches nobody: a slip must not mean "everywhere". */
export function labelsMatch(wanted: Readonly<Record<string, string>>, labels: unknown): boolean {
  const has = labelsOf(labels)
  const keys = Object.keys(wanted)
  return keys.length > 0 && keys.every((key) => Object.hasOwn(has, key) && has[key] === wanted[key])
}

/** Does the rule alone (labels or all) put this host under the mount? A revoked host belongs to nothing. */
export function isTarget(rule: TargetRule, host: Candidate): boolean {
  if (host.revokedAt !== null || rule.targets === 'hosts') return false
  return rule.targets === 'all' || labelsMatch(rule.targetLabels, host.labels)
}

export interface Member {
  hostId: string
  /** A tombstone: the host was told to let go and has not said yet that it did. */
  removed: boolean
}

export interface Membership {
  /** Hosts without a row. */
  joining: string[]
  /** Hosts that were leaving and belong to it again. */
  returning: string[]
  /** Hosts that must let go. */
  leaving: string[]
  /** Rows of hosts that can never answer again. */
  orphaned: string[]
}

/** What has to change so that exactly the hosts of the rule have the mount. Of a mount for named hosts: nothing. */
export function membershipOf(rule: TargetRule, hosts: readonly Candidate[], members: readonly Member[]): Membership {
  if (rule.targets === 'hosts') return { joining: [], returning: [], leaving: [], orphaned: [] }
  const rows = new Map(members.map((member) => [member.hostId, member]))
  const wanted = hosts.filter((host) => isTarget(rule, host)).map((host) => host.id)
  const belongs = new Set(wanted)
  const known = new Map(hosts.map((host) => [host.id, host]))
  const others = members.filter((member) => known.has(member.hostId) && !belongs.has(member.hostId))
  const isOrphan = (member: Member) => known.get(member.hostId)?.revokedAt !== null
  return {
    joining: wanted.filter((id) => !rows.has(id)),
    returning: wanted.filter((id) => rows.get(id)?.removed === true),
    leaving: others.filter((member) => !member.removed && !isOrphan(member)).map((member) => member.hostId),
    orphaned: others.filter(isOrphan).map((member) => member.hostId),
  }
}

/** Words of the request: `global: true` is the older word for `targets: 'all'`, and labels alone say `labels`. */
export interface GivenTargets {
  targets?: TargetKind | undefined
  target_labels?: Record<string, string> | undefined
  global?: boolean | undefined
  host_ids?: readonly string[] | undefined
}

export type TargetProblem = { field: 'targets' | 'target_labels' | 'global' | 'host_ids'; message: string }

/** The rule that a request asks for on top of what is stored (`before`; undefined for a new mount), or what is wrong with it. */
export function ruleFrom(given: GivenTargets, before?: TargetRule): TargetRule | TargetProblem {
  const problem = (field: TargetProblem['field'], message: string): TargetProblem => ({ field, message })
  const word = wordOf(given, before)
  if (given.global === true && given.targets !== undefined && given.targets !== 'all')
    return problem('global', `global means targets 'all', but targets says '${given.targets}'; leave one of them out.`)
  if (word !== 'labels' && given.target_labels !== undefined && Object.keys(given.target_labels).length > 0)
    return problem('target_labels', `Labels choose hosts only with targets 'labels'; this says '${word}'.`)
  if (word !== 'hosts') {
    if (given.host_ids !== undefined)
      return problem('host_ids', `Hosts are named only with targets 'hosts'; this mount is for '${word}'.`)
    const labels = word === 'labels' ? (given.target_labels ?? before?.targetLabels ?? {}) : {}
    if (word === 'labels' && Object.keys(labels).length === 0)
      return problem('target_labels', 'Give at least one label that the hosts must carry.')
    return { targets: word, targetLabels: labels }
  }
  if (before === undefined && (given.host_ids === undefined || given.host_ids.length === 0))
    return problem('host_ids', 'Choose at least one host.')
  return { targets: 'hosts', targetLabels: {} }
}

function wordOf(given: GivenTargets, before: TargetRule | undefined): TargetKind {
  if (given.targets !== undefined) return given.targets
  if (given.global === true) return 'all'
  if (given.target_labels !== undefined && Object.keys(given.target_labels).length > 0) return 'labels'
  if (given.global === false && before?.targets === 'all') return 'hosts'
  return before?.targets ?? 'hosts'
}

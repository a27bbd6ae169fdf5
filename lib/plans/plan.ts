import { overridesOf } from '@/lib/mounts/effective'
import { changedConnections, planConnection } from '@/lib/plans/connection-plan'
import { parsedConfig, planHost, wishIn } from '@/lib/plans/host-plan'
import type { FieldChange, PlanAction, PlannedHost, PlanView } from '@/lib/plans/schema'
import type { BackendPart, MountPart, Snapshot } from '@/lib/plans/snapshot'
import type { PlannedWave } from '@/lib/rollouts/waves'

/** A change that has been tried: the stored state before it and after it, and which hosts have something to do. */
export interface TriedChange {
  action: PlanAction
  target: { kind: 'mount' | 'backend'; id: string; name: string }
  /** Ids of what it makes, other ones at each attempt. */
  creates?: readonly string[]
  /** The request as it was parsed. Secrets in it reach nothing but the fingerprint. */
  request: unknown
  before: Snapshot
  after: Snapshot
  touched: readonly { mountId: string; hostIds: readonly string[] }[]
  /** Of a rollout. */
  waves?: readonly PlannedWave[] | null
}

const MOUNT_FIELDS = {
  name: 'name',
  mount_point: 'mountPoint',
  read_only: 'readOnly',
  auto_mount: 'autoMount',
  targets: 'targets',
  labels: 'targetLabels',
  on_drift: 'onDrift',
  desired_state: 'desiredState',
} as const satisfies Record<string, keyof MountPart>

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
}

function hostNames(mount: MountPart): string[] {
  return mount.hosts.filter((host) => !host.removed).map((host) => host.hostName)
}

/** Null: as everywhere. */
function overrideChanges(before: unknown, after: unknown, prefix: string): FieldChange[] {
  const [had, has] = [before, after].map((stored) => {
    const { config, ...rest } = overridesOf(stored)
    return { ...rest, ...config } as Record<string, unknown>
  })
  return union(Object.keys(had ?? {}), Object.keys(has ?? {})).flatMap((key) => {
    const [from, to] = [had?.[key] ?? null, has?.[key] ?? null]
    return isSame(from, to) ? [] : [{ field: `${prefix}overrides.${key}`, before: from, after: to }]
  })
}

function mountChanges(
  before: MountPart,
  after: MountPart | undefined,
  prefix: string,
  { action }: TriedChange,
): FieldChange[] {
  if (after === undefined || after.isDeleted) return []
  const fields = Object.entries(MOUNT_FIELDS).flatMap(([field, key]) =>
    isSame(before[key], after[key]) ? [] : [{ field: `${prefix}${field}`, before: before[key], after: after[key] }],
  )
  for (const host of after.hosts) {
    const row = before.hosts.find((entry) => entry.hostId === host.hostId)
    if (!row) continue
    fields.push(...overrideChanges(row.overrides, host.overrides, prefix))
    // Of other changes this is what they are about, on one host or on all.
    if (action === 'adopt' && row.desiredState !== host.desiredState)
      fields.push({ field: `${prefix}desired_state`, before: row.desiredState, after: host.desiredState })
  }
  const [had, has] = [hostNames(before), hostNames(after)]
  if (!isSame(had, has)) fields.push({ field: `${prefix}hosts`, before: had as never, after: has as never })
  return fields
}

function backendChanges(before: BackendPart, after: BackendPart): FieldChange[] {
  const fields: FieldChange[] =
    before.name === after.name ? [] : [{ field: 'name', before: before.name, after: after.name }]
  // A default that was only written down now is no change.
  const [had, has] = [before, after].map(({ driver, config }) => parsedConfig(driver, config) ?? config)
  for (const key of union(Object.keys(had ?? {}), Object.keys(has ?? {}))) {
    const [from, to] = [had?.[key] ?? null, has?.[key] ?? null]
    if (!isSame(from, to)) fields.push({ field: `config.${key}`, before: from, after: to })
  }
  for (const key of union(Object.keys(before.secrets), Object.keys(after.secrets))) {
    const [from, to] = [before.secrets[key], after.secrets[key]]
    if (from === to) continue
    const words = (value: string | undefined, isNew: boolean) =>
      value === undefined ? 'not set' : isNew && from !== undefined ? 'replaced' : 'set'
    fields.push({ field: `secrets.${key}`, before: words(from, false), after: words(to, true) })
  }
  return fields
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort()
}

export function fieldChanges(tried: TriedChange): FieldChange[] {
  const { before, after, target } = tried
  const ofBackend =
    target.kind === 'backend' && before.backend && after.backend ? backendChanges(before.backend, after.backend) : []
  const ofMounts = before.mounts.flatMap((mount) =>
    mountChanges(
      mount,
      after.mounts.find(({ id }) => id === mount.id),
      target.kind === 'mount' ? '' : `${mount.name}.`,
      tried,
    ),
  )
  return [...ofBackend, ...ofMounts]
}

function plural(count: number, one: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${one}s`
}

const STEP_WORDS: readonly [PlannedHost['step'], string][] = [
  ['mount', 'mounts on'],
  ['remount', 'unmounts and mounts again on'],
  ['unmount', 'unmounts on'],
  ['remove', 'unmounts and removes from'],
  ['abandon', 'takes the path away, in use or not, on'],
  ['adopt', 'takes over what is mounted on'],
  ['forget', 'removes the definition from'],
  ['adjust', 'hands new settings, without a remount, to'],
  ['connect', 'opens the storage on'],
  ['disconnect', 'closes the storage on'],
  ['reconnect', 'hands the new settings of the open storage to'],
  ['none', 'finds all as wanted on'],
]

function sentence(hosts: readonly PlannedHost[]): string {
  const parts = STEP_WORDS.flatMap(([step, words]) => {
    const count = new Set(hosts.filter((host) => host.step === step).map((host) => host.host_id)).size
    return count === 0 ? [] : [`${words} ${plural(count, 'host')}`]
  })
  if (parts.length === 0) return 'No host has anything to do.'
  const text = parts.join(', ')
  const away = new Set(hosts.filter((host) => host.follows_later).map((host) => host.host_id)).size
  const later =
    away === 0
      ? ''
      : ` ${plural(away, 'host')} ${away === 1 ? 'is away and follows when it returns' : 'are away and follow when they return'}.`
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.${later}`
}

function warningsOf(hosts: readonly PlannedHost[]): string[] {
  const away = hosts.filter((host) => host.follows_later)
  return hosts.length > 0 && away.length === hosts.length
    ? ['No host can be reached now; all of them follow later.']
    : []
}

/** What the change does, for people; `fingerprint` is added by whoever knows the key. */
export function planOf(tried: TriedChange): Omit<PlanView, 'plan'> {
  const { action, target, creates = [], before, after, touched, waves } = tried
  const isNew = creates.includes(target.id)
  const waveOf = new Map(waves?.flatMap(({ hostIds }, index) => hostIds.map((id) => [id, index + 1] as const)))
  const hosts = touched
    .flatMap(({ mountId, hostIds }) =>
      hostIds.map((hostId) =>
        planHost(action, wishIn(before, mountId, hostId), wishIn(after, mountId, hostId), waveOf.get(hostId) ?? null),
      ),
    )
    .filter((host) => host !== null)
    .map((host) => (isNew ? { ...host, mount_id: null } : host))
    .concat(
      changedConnections(before, after).map((change) =>
        planConnection(action, after.backend ?? before.backend, change),
      ),
    )
    .sort((a, b) =>
      a.host_name === b.host_name ? (a.mount_name < b.mount_name ? -1 : 1) : a.host_name < b.host_name ? -1 : 1,
    )
  return {
    action,
    target: { ...target, id: isNew ? null : target.id },
    summary: sentence(hosts),
    interrupts: hosts.some((host) => host.interrupts),
    changes: fieldChanges(tried),
    hosts,
    uses: (target.kind === 'mount' ? after.others : []).map((other) => ({ kind: 'mount', ...other })),
    waves: waves?.map(({ label, hostIds }) => ({ label, host_ids: hostIds })) ?? null,
    warnings: warningsOf(hosts),
  }
}

// ---- the fingerprint --------------------------------------------------------------------------------------------------

/** What a plan rests on, part by part, so that a refusal can say which part is no longer true. */
export function foundation({ action, creates = [], request, target, before, after, touched }: TriedChange): string[] {
  const idOf = (id: string) => (creates.includes(id) ? 'new' : id)
  const isNew = creates.includes(target.id)
  const hostsOf = (snapshot: Snapshot) =>
    snapshot.mounts.flatMap((mount) => mount.hosts.map((host) => [mount.id, host] as const))
  return [
    [action, isNew ? null : target.id, request],
    [
      before.backend && [before.backend.id, before.backend.generation],
      after.backend && idOf(after.backend.id),
      before.mounts.map((mount) => [mount.id, mount.generation, mount.isDeleted]),
      // A new mount rests on its backend, of which there is nothing before.
      isNew ? after.backend?.generation : null,
    ],
    [
      ...touched.map(({ mountId, hostIds }) => [idOf(mountId), [...hostIds].sort()]),
      ...changedConnections(before, after).map((change) => change.after.hostId),
    ],
    [
      ...hostsOf(before).map(([id, host]) => [
        id,
        host.hostId,
        host.desiredState,
        host.desiredGeneration,
        host.removed,
        host.overrides ?? null,
      ]),
      ...before.connections.map((on) => [on.hostId, on.desired, on.desiredGeneration]),
    ],
    [
      ...hostsOf(before).map(([id, host]) => [
        id,
        host.hostId,
        host.observedState,
        host.observedGeneration,
        host.observedOptions,
      ]),
      ...before.connections.map((on) => [on.hostId, on.observedState, on.observedGeneration]),
    ],
  ].map((part) => JSON.stringify(part))
}

const PARTS = [
  'the change is not the one that was planned',
  'the definition was changed',
  'the set of hosts is another one',
  'something else is wanted of a host',
  'a host shows another state or other options',
] as const

const VERSION = '1'

/** `digest` is keyed: the parts hold what people typed, secrets included. */
export function fingerprintOf(tried: TriedChange, digest: (text: string) => string): string {
  return [VERSION, ...foundation(tried).map((part) => digest(part).slice(0, 12))].join('.')
}

/** What has changed between two plans, in words; empty when they are the same. */
export function outdatedBecause(given: string, now: string): string[] {
  if (given === now) return []
  const [version, ...had] = given.split('.')
  const [, ...has] = now.split('.')
  if (version !== VERSION || had.length !== has.length) return ['it is not a plan of this version']
  return PARTS.filter((_words, index) => had[index] !== has[index])
}

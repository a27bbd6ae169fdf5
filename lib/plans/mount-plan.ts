import { overridesOf } from '@/lib/mounts/effective'
import { seenAt } from '@/lib/mounts/place'
import { traitsOf } from '@/lib/mounts/state'
import { isSame, keysOf } from '@/lib/plans/field-changes'
import { planHost, wishIn } from '@/lib/plans/host-plan'
import { type Foundation, lastingId, type PlanKind, type TriedChange } from '@/lib/plans/kind'
import type { FieldChange, PlannedHost } from '@/lib/plans/schema'
import type { HostPart, MountPart, Snapshot } from '@/lib/plans/snapshot'

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

function hostNames(mount: MountPart): string[] {
  return mount.hosts.filter((host) => !host.removed).map((host) => host.hostName)
}

/** Null: as everywhere. */
function overrideChanges(before: unknown, after: unknown, prefix: string): FieldChange[] {
  const [had, has] = [before, after].map((stored) => {
    const { config, ...rest } = overridesOf(stored)
    return { ...rest, ...config } as Record<string, unknown>
  })
  return keysOf(had, has).flatMap((key) => {
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

function changesOf(tried: TriedChange): FieldChange[] {
  const { before, after, target } = tried
  return before.mounts.flatMap((mount) => {
    const now = after.mounts.find(({ id }) => id === mount.id)
    return mountChanges(mount, now, target.kind === 'mount' ? '' : `${mount.name}.`, tried)
  })
}

function hostsOf(tried: TriedChange, waveOf: (hostId: string) => number | null): PlannedHost[] {
  const { action, target, creates = [], before, after, touched } = tried
  const isNew = creates.includes(target.id)
  return touched
    .filter(({ kind }) => kind === 'mount')
    .flatMap(({ id, hostIds }) =>
      hostIds.map((hostId) => planHost(action, wishIn(before, id, hostId), wishIn(after, id, hostId), waveOf(hostId))),
    )
    .filter((host) => host !== null)
    .map((host) => (isNew ? { ...host, mount_id: null } : host))
}

function rowsOf(snapshot: Snapshot): (readonly [string, HostPart])[] {
  return snapshot.mounts.flatMap((mount) => mount.hosts.map((host) => [mount.id, host] as const))
}

function foundationOf(tried: TriedChange): Foundation {
  const { creates = [], target, before, after, touched } = tried
  const rows = rowsOf(before)
  return {
    definition: [
      before.mounts.map((mount) => [mount.id, mount.generation, mount.isDeleted]),
      // A new mount rests on its backend, of which there is nothing before.
      creates.includes(target.id) ? after.backend?.generation : null,
    ],
    hosts: touched
      .filter(({ kind }) => kind === 'mount')
      .map(({ id, hostIds }) => [lastingId(tried, id), [...hostIds].sort()]),
    wishes: rows.map(([id, { hostId, desiredState, desiredGeneration, removed, overrides }]) => [
      ...[id, hostId, desiredState, desiredGeneration, removed, overrides ?? null],
    ]),
    // Where nothing is mounted the generation decides nothing, and a failed mount is listed by its host only after the command has
    // answered.
    shown: rows.map(([id, { hostId, observedState, observedGeneration, observedOptions, observedPlace }]) => [
      ...[id, hostId, observedState, observedOptions, seenAt({ observedState, observedPlace })],
      traitsOf(observedState).isPresent ? observedGeneration : null,
    ]),
  }
}

/** How changes of mounts are planned. */
export const mountPlans: PlanKind = {
  name: 'mount',
  words: [
    ['mount', 'mounts on'],
    ['remount', 'unmounts and mounts again on'],
    ['unmount', 'unmounts on'],
    ['remove', 'unmounts and removes from'],
    ['abandon', 'takes the path away, in use or not, on'],
    ['adopt', 'takes over what is mounted on'],
    ['forget', 'removes the definition from'],
    ['adjust', 'hands new settings, without a remount, to'],
  ],
  hosts: hostsOf,
  changes: changesOf,
  foundation: foundationOf,
}

import 'server-only'
import type { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import { cachedJson } from '@/lib/db/cached-json'
import type { Db } from '@/lib/db/client'
import { conflictOn, taken } from '@/lib/db/conflict'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { type EffectiveMount, effectiveMount } from '@/lib/mounts/effective'
import { requireFreePlace } from '@/lib/mounts/free-place'
import { requireOutsideSource } from '@/lib/mounts/own-source'
import { requireNoOwner } from '@/lib/mounts/owner'
import * as repository from '@/lib/mounts/repository'
import type { DeleteMount, ListMounts, MountView, UpdateMount } from '@/lib/mounts/schema'
import { isTarget, labelsOf, ruleFrom, type TargetProblem, type TargetRule } from '@/lib/mounts/targets'
import { judgementOf, mountView } from '@/lib/mounts/view'
import { announceOperation } from '@/lib/operations/service'
import { type ChangeOptions, inChange } from '@/lib/plans/change'
import { requireNoAttachments, requireNoWorkloads } from '@/lib/workloads/in-use'

/** A mount and the operation that carries the change to its hosts; null when the hosts have nothing to do. */
export interface MountChanged {
  mount: MountView
  operation: string | null
}

/** As `listMounts`, as the JSON that goes over the wire. */
export function listMountsJson(actor: Actor, query: z.infer<typeof ListMounts>): Promise<string> {
  authorize(actor, 'mounts.read')
  return cachedJson(`mounts ${JSON.stringify(query)}`, () => listMounts(actor, query))
}

export async function listMounts(
  actor: Actor,
  query: z.infer<typeof ListMounts>,
): Promise<{ data: MountView[]; total: number; nextCursor?: string }> {
  authorize(actor, 'mounts.read')
  const ids = query.search === undefined ? undefined : await idsMatching(query.search)
  const filter = await withJudgement(query, {
    backendIds: query.backend_id,
    hostIds: query.host_id,
    drivers: query.type,
    states: query.state,
    ids,
  })
  const rows = await repository.findPage(filter, query.cursor, query.limit + 1)
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  const isWhole = query.cursor === undefined && rows.length <= query.limit
  return {
    data: page.map(mountView),
    total: isWhole ? rows.length : await repository.count(filter),
    ...(rows.length > query.limit && last ? { nextCursor: last.id } : {}),
  }
}

/** Judged here and not in the database: only the words of a storage type tell whether options were changed on a host. */
async function withJudgement(
  { status: statuses, health: tones }: Pick<z.infer<typeof ListMounts>, 'status' | 'health'>,
  filter: repository.MountFilter,
): Promise<repository.MountFilter> {
  if (statuses === undefined && tones === undefined) return filter
  const mounts = await repository.findJudged(filter)
  const found = mounts.filter((mount) => {
    const { status, health } = judgementOf(mount)
    return (statuses?.includes(status) ?? true) && (tones?.includes(health) ?? true)
  })
  return { ids: found.map(({ id }) => id) }
}

/** Compared here and not in the database: the two engines disagree about case. */
async function idsMatching(search: string): Promise<string[]> {
  const wanted = search.toLowerCase()
  const rows = await repository.findNames()
  const text = (row: (typeof rows)[number]) =>
    `${row.name} ${row.mountPoint} ${row.backend.name} ${row.backend.source}`.toLowerCase()
  return rows.filter((row) => text(row).includes(wanted)).map((row) => row.id)
}

export async function getMount(actor: Actor, id: string): Promise<MountView> {
  authorize(actor, 'mounts.read')
  return readMount(id)
}

export async function readMount(id: string): Promise<MountView> {
  return mountView(await findMount(id))
}

/** For services that have authorised the caller. Throws `not_found`. */
export async function findMount(id: string, tx?: Db): Promise<repository.MountRecord> {
  const row = await repository.findById(id, tx)
  if (!row) throw mountNotFound()
  return row
}

/**
 * Hosts that are left out let go of the mount; new ones get it in the state that the others have; a new place is where hosts without
 * a place of their own move to. Throws `conflict` for a name or place that is taken, `precondition_failed` when the generation is not `ifMatch`.
 */
export async function updateMount(
  actor: Actor,
  id: string,
  given: UpdateMount,
  options: ChangeOptions = {},
): Promise<MountChanged> {
  authorize(actor, 'mounts.write')
  const { ifMatch } = options
  const name = given.name ?? (await readMount(id)).name
  const target = { kind: 'mount', id, name } as const
  const operation = await inChange({ action: 'update_mount', target, request: given }, options, async (tx, change) => {
    const before = await findChangeable(tx, id, ifMatch)
    requireNoOwner(before)
    const rule = requireRule(ruleFrom(given, ruleOf(before)))
    if (given.name !== undefined && given.name !== before.name) await requireFreeName(tx, given.name, id)
    const generation = await conflictOn(
      () =>
        repository.update(tx, id, before.generation, {
          ...(given.name === undefined ? {} : { name: given.name }),
          ...(given.mount_point === undefined ? {} : { mountPoint: given.mount_point }),
          ...(given.read_only === undefined ? {} : { readOnly: given.read_only }),
          ...(given.auto_mount === undefined ? {} : { autoMount: given.auto_mount }),
          ...(given.on_drift === undefined ? {} : { onDrift: given.on_drift }),
          ...rule,
        }),
      () => `Mount '${given.name}' already exists (or is still being removed)`,
    )
    if (generation === null) throw changedMeanwhile(ifMatch)
    const touched = await applyToHosts(tx, before, given, rule, generation)
    const payload = { mountId: id, hostIds: touched }
    const started =
      touched.length > 0 ? await change.start(actor, { kind: 'mount.apply', target, payload, hostIds: touched }) : null
    await recordAudit(tx, actor, {
      action: 'mount.updated',
      target,
      change: {
        before: {
          name: before.name,
          mount_point: before.mountPoint,
          read_only: before.readOnly,
          auto_mount: before.autoMount,
          on_drift: before.onDrift,
          ...targetsChange(ruleOf(before)),
          hosts: before.hosts.filter((row) => !row.removed).map((row) => row.hostId),
        },
        after: given,
        operation: started,
      },
    })
    return started
  })
  return finished(id, operation)
}

/** Writes the wishes for hosts that are added, dropped or changed, and returns which hosts have something to do. */
async function applyToHosts(
  tx: Db,
  before: repository.MountRecord,
  given: UpdateMount,
  rule: TargetRule,
  generation: number,
): Promise<string[]> {
  const place = given.mount_point ?? before.mountPoint
  const present = before.hosts.filter((row) => !row.removed).map((row) => row.hostId)
  const wanted = await hostsFor(tx, rule, given.host_ids ?? present)
  const left = present.filter((hostId) => !wanted.includes(hostId))
  const orphaned = left.filter((id) => before.hosts.find((row) => row.hostId === id)?.host.revokedAt !== null)
  const dropped = left.filter((id) => !orphaned.includes(id))
  const added = wanted.filter((hostId) => !present.includes(hostId))
  const returning = added.filter((hostId) => before.hosts.some((row) => row.hostId === hostId))
  const joining = added.filter((hostId) => !returning.includes(hostId))
  const kept = wanted.filter((hostId) => !added.includes(hostId))
  const moved = kept.filter((hostId) => placeOn(before, hostId, before.mountPoint) !== placeOn(before, hostId, place))
  const isChanged =
    (given.read_only ?? before.readOnly) !== before.readOnly ||
    (given.auto_mount ?? before.autoMount) !== before.autoMount
  const changed = isChanged ? kept : moved
  // On hosts that a rule chooses, a place that is taken is an error of that host's row: the others must not wait for it.
  const newcomers = rule.targets === 'hosts' ? added : []
  await requireHosts(tx, newcomers)
  if (place !== before.mountPoint) requireOutsideSource(before.backend.driver, effectiveOn(before, null, place))
  for (const hostId of moved) requireOutsideSource(before.backend.driver, effectiveOn(before, hostId, place))
  for (const [there, ids] of Map.groupBy([...newcomers, ...moved], (hostId) => placeOn(before, hostId, place)))
    await requireFreePlace(tx, before.id, there, ids)
  await repository.removeHosts(tx, before.id, orphaned)
  const desired = { desiredState: before.desiredState, desiredGeneration: generation }
  await repository.updateDesired(tx, before.id, dropped, {
    desiredState: 'unmounted',
    desiredGeneration: generation,
    removed: true,
  })
  await repository.updateDesired(tx, before.id, returning, { ...desired, removed: false })
  await repository.insertHosts(tx, before.id, joining, desired)
  await repository.updateDesired(tx, before.id, changed, { desiredGeneration: generation })
  return [...dropped, ...added, ...changed]
}

/** Where the mount is on this host when it is at `mountPoint` everywhere else. */
function placeOn(before: repository.MountRecord, hostId: string, mountPoint: string): string {
  return effectiveOn(before, hostId, mountPoint).mountPoint
}

/** Null: on a host without anything of its own. */
function effectiveOn(
  { hosts, ...mount }: repository.MountRecord,
  hostId: string | null,
  mountPoint: string,
): EffectiveMount {
  const overrides = hosts.find((row) => row.hostId === hostId)?.overrides
  return effectiveMount({ ...mount, mountPoint }, overrides)
}

/**
 * Unmounts everywhere and forgets; the row goes when every host has let go of it. Asked again while a host has not, it tries
 * again at once. Returns the operation's id; null when it is gone already.
 */
export async function deleteMount(
  actor: Actor,
  id: string,
  given: DeleteMount = {},
  options: ChangeOptions = {},
): Promise<string | null> {
  authorize(actor, 'mounts.write')
  const { ifMatch } = options
  const { name } = await readMount(id)
  const target = { kind: 'mount', id, name } as const
  const operation = await inChange({ action: 'delete_mount', target, request: given }, options, async (tx, change) => {
    const before = await repository.findById(id, tx)
    if (!before) throw mountNotFound()
    requireGeneration(before, ifMatch)
    requireNoOwner(before)
    const hostIds = before.hosts.filter((row) => row.host.revokedAt === null).map((row) => row.hostId)
    // What hosts are removing already is tried again, whoever has begun to use it since.
    if (before.deletedAt === null) {
      const used = { id, what: `Mount '${name}'` }
      await requireNoWorkloads(tx, used, hostIds)
      await requireNoAttachments(tx, used, hostIds)
    }
    let started: string | null = null
    if (hostIds.length === 0) await repository.remove(tx, id)
    else {
      await buryMount(tx, before, hostIds, ifMatch)
      const payload = { mountId: id, hostIds }
      started = await change.start(actor, { kind: 'mount.remove', target, payload, hostIds })
    }
    await recordAudit(tx, actor, {
      action: 'mount.deleted',
      target,
      change: { mount_point: before.mountPoint, hosts: hostIds, operation: started },
    })
    return started
  })
  publishChanged('mount', id)
  if (operation !== null) announceOperation(operation)
  return operation
}

async function buryMount(
  tx: Db,
  before: repository.MountRecord,
  hostIds: readonly string[],
  ifMatch: number | undefined,
): Promise<void> {
  if (before.deletedAt !== null) {
    await repository.updateDesired(tx, before.id, hostIds, {})
    return
  }
  const change = { deletedAt: new Date(), desiredState: 'unmounted' } as const
  const generation = await repository.update(tx, before.id, before.generation, change)
  if (generation === null) throw changedMeanwhile(ifMatch)
  const desired = { desiredState: 'unmounted', desiredGeneration: generation, removed: true } as const
  await repository.updateDesired(tx, before.id, hostIds, desired)
}

/** A mount that is there, not on its way out, and at the generation that the caller has seen. */
export async function findChangeable(tx: Db, id: string, ifMatch?: number): Promise<repository.MountRecord> {
  const row = await repository.findById(id, tx)
  if (!row) throw mountNotFound()
  if (row.deletedAt !== null) throw new HoldfastError('conflict', `Mount '${row.name}' is being removed.`)
  requireGeneration(row, ifMatch)
  return row
}

function requireGeneration(row: repository.MountRecord, ifMatch: number | undefined): void {
  if (ifMatch !== undefined && ifMatch !== row.generation) throw changedMeanwhile(ifMatch)
}

export function changedMeanwhile(ifMatch: number | undefined): HoldfastError {
  return ifMatch === undefined
    ? new HoldfastError('conflict', 'The mount was changed by somebody else at the same moment; try again.')
    : new HoldfastError('precondition_failed', 'The mount was changed since you read it.')
}

export async function finished(id: string, operation: string | null): Promise<MountChanged> {
  publishChanged('mount', id)
  if (operation !== null) announceOperation(operation)
  return { mount: await readMount(id), operation }
}

function ruleOf(row: repository.MountRecord): TargetRule {
  return { targets: row.targets, targetLabels: labelsOf(row.targetLabels) }
}

export function requireRule(rule: TargetRule | TargetProblem): TargetRule {
  if ('field' in rule) throw badField(rule.field, rule.message)
  return rule
}

/** The hosts that a rule chooses now, or those that are named. */
export async function hostsFor(tx: Db, rule: TargetRule, named: readonly string[]): Promise<string[]> {
  if (rule.targets === 'hosts') return [...new Set(named)]
  const hosts = await repository.findCandidates(tx)
  return hosts.filter((host) => isTarget(rule, host)).map((host) => host.id)
}

export function targetsChange({ targets, targetLabels }: TargetRule) {
  return { targets, ...(targets === 'labels' ? { target_labels: targetLabels } : {}) }
}

export async function requireHosts(tx: Db, hostIds: readonly string[]): Promise<void> {
  if (hostIds.length === 0) return
  const hosts = await repository.findHosts(tx, hostIds)
  const missing = hostIds.find((id) => !hosts.some((host) => host.id === id))
  if (missing !== undefined) throw badField('host_ids', `There is no host ${missing}.`)
  const revoked = hosts.find((host) => host.revokedAt !== null)
  if (revoked) throw badField('host_ids', `Host '${revoked.name}' was revoked.`)
}

/** Throws `conflict` that says which mount has the name. One that is made at the same moment is for the index to find. */
export async function requireFreeName(tx: Db, name: string, id: string): Promise<void> {
  const found = await repository.findNamed(tx, name, id)
  if (!found) return
  const message =
    found.deletedAt === null
      ? `Mount '${name}' already exists`
      : `Mount '${name}' is still being removed; its name is free when every host has let go of it`
  throw taken('name', message, { kind: 'mount', id: found.id, name })
}

function mountNotFound(): HoldfastError {
  return new HoldfastError('not_found', 'Mount not found')
}

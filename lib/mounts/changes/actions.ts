import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { UpdateBackend } from '@/lib/backends/schema'
import { type BackendChanged, type UpdateOptions, updateBackend } from '@/lib/backends/update-service'
import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { requireNoOwner } from '@/lib/mounts/owner'
import * as repository from '@/lib/mounts/repository'
import type { AbandonMount, MountAction, SyncMount } from '@/lib/mounts/schema'
import { changedMeanwhile, findChangeable, findMount, readMount } from '@/lib/mounts/service'
import { failedOf } from '@/lib/mounts/view'
import { announceOperation } from '@/lib/operations/service'
import { type Change, type ChangeOptions, inChange } from '@/lib/plans/change'
import { requireNoLeasesOn } from '@/lib/repositories/leases'
import { requireNoneOnItsWay, requireNoWorkloads } from '@/lib/workloads/in-use'

interface Action {
  name: 'mount' | 'unmount' | 'sync' | 'abandon'
  audit: string
  /** Undefined leaves the wish as it is. */
  desiredState?: 'mounted' | 'unmounted'
  operation: 'mount.apply' | 'mount.abandon'
  /** Also for a mount that is being removed. */
  isLastResort?: true
}

/** Wants the mount mounted on these hosts, or on all of its hosts. Returns the operation's id. */
export function mountNow(actor: Actor, id: string, given: MountAction, options: ChangeOptions = {}): Promise<string> {
  authorize(actor, 'mounts.write')
  return act(actor, id, given, options, {
    name: 'mount',
    audit: 'mount.mount_requested',
    desiredState: 'mounted',
    operation: 'mount.apply',
  })
}

/** Wants it unmounted, by the safe ladder: a busy mount is reported with its holders and stays. Returns the operation's id. */
export function unmountNow(actor: Actor, id: string, given: MountAction, options: ChangeOptions = {}): Promise<string> {
  authorize(actor, 'mounts.write')
  return act(actor, id, given, options, {
    name: 'unmount',
    audit: 'mount.unmount_requested',
    desiredState: 'unmounted',
    operation: 'mount.apply',
  })
}

/** Brings the hosts to what is wanted already, without waiting for the next attempt. Returns the operation's id. */
export function syncNow(actor: Actor, id: string, given: SyncMount, options: ChangeOptions = {}): Promise<string> {
  authorize(actor, 'mounts.write')
  return act(actor, id, given, options, { name: 'sync', audit: 'mount.sync_requested', operation: 'mount.apply' })
}

/** Lazy unmount of a stuck mount: what programs have not written yet may be lost. Returns the operation's id. */
export function abandonNow(
  actor: Actor,
  id: string,
  given: AbandonMount,
  options: ChangeOptions = {},
): Promise<string> {
  authorize(actor, 'mounts.abandon')
  return act(actor, id, given, options, {
    name: 'abandon',
    audit: 'mount.abandoned',
    desiredState: 'unmounted',
    operation: 'mount.abandon',
    isLastResort: true,
  })
}

async function act(
  actor: Actor,
  id: string,
  given: MountAction & SyncMount,
  options: ChangeOptions,
  action: Action,
): Promise<string> {
  const { name } = await readMount(id)
  const { host_ids: wanted } = given
  const target = { kind: 'mount', id, name } as const
  const operation = await inChange({ action: action.name, target, request: given }, options, async (tx, change) => {
    const { isLastResort = false } = action
    // What is on its way out and does not go is just what an administrator abandons.
    const before = isLastResort ? await findMount(id, tx) : await findChangeable(tx, id)
    // Programs that write backups are asked below; a pool is opened and closed as a whole.
    if (action.desiredState !== undefined && !isLastResort && before.repository === null) requireNoOwner(before)
    const present = before.hosts.filter((row) => isLastResort || !row.removed).map((row) => row.hostId)
    const chosen = wanted === undefined ? present : [...new Set(wanted)]
    const foreign = chosen.find((hostId) => !present.includes(hostId))
    if (foreign !== undefined) throw notItsHost(before.name, foreign)
    const hostIds = given.only_failed ? failedOf(before).filter((hostId) => chosen.includes(hostId)) : chosen
    if (hostIds.length === 0 && chosen.length > 0)
      throw new HoldfastError(
        'conflict',
        `No host has failed with mount '${before.name}'; there is nothing to try again.`,
      )
    if (hostIds.length === 0)
      throw new HoldfastError('conflict', `Mount '${before.name}' is on no host; add one first.`)
    if (action.name === 'unmount') {
      const used = { id, what: `Mount '${before.name}'` }
      await requireNoWorkloads(tx, used, hostIds)
      await requireNoneOnItsWay(tx, used)
      await requireNoLeasesOn(tx, id, hostIds)
    }
    await wish(tx, before, hostIds, action.desiredState, hostIds.length === present.length)
    const started = await change.start(actor, {
      kind: action.operation,
      target,
      payload: { mountId: id, hostIds },
      hostIds,
    })
    await recordAudit(tx, actor, { action: action.audit, target, change: { hosts: hostIds, operation: started } })
    return started
  })
  publishChanged('mount', id)
  announceOperation(operation)
  return operation
}

/** A wish that nothing changes keeps its generation, so that hosts see a repetition as one. */
async function wish(
  tx: Db,
  before: repository.MountRecord,
  hostIds: readonly string[],
  desiredState: 'mounted' | 'unmounted' | undefined,
  isAll: boolean,
): Promise<void> {
  const isNew =
    desiredState !== undefined &&
    before.hosts.some((row) => hostIds.includes(row.hostId) && row.desiredState !== desiredState)
  if (!isNew) {
    await repository.updateDesired(tx, before.id, hostIds, {})
    return
  }
  const change = isAll || desiredState === 'mounted' ? { desiredState } : {}
  const generation = await repository.update(tx, before.id, before.generation, change)
  if (generation === null) throw changedMeanwhile(undefined)
  await repository.updateDesired(tx, before.id, hostIds, { desiredState, desiredGeneration: generation })
}

function notItsHost(name: string, hostId: string): HoldfastError {
  const message = `Mount '${name}' is not on host ${hostId}.`
  return badField('host_ids', message)
}

/** Changes a backend and carries a new config to the hosts that have it mounted. */
export function changeBackend(
  actor: Actor,
  id: string,
  given: UpdateBackend,
  options: Omit<UpdateOptions, 'reapply'> = {},
): Promise<BackendChanged> {
  return updateBackend(actor, id, given, { ...options, reapply: reapplyMounts })
}

async function reapplyMounts(change: Change, actor: Actor, backend: { id: string; name: string }): Promise<string[]> {
  const { tx } = change
  const touched: { id: string; name: string; hostIds: string[] }[] = []
  for (const mount of await repository.findOfBackend(tx, backend.id)) {
    const hostIds = mount.hosts.filter((row) => !row.removed && row.host.revokedAt === null).map((row) => row.hostId)
    const generation = await repository.update(tx, mount.id, mount.generation, {})
    if (generation === null || hostIds.length === 0) continue
    await repository.updateDesired(tx, mount.id, hostIds, { desiredGeneration: generation })
    touched.push({ id: mount.id, name: mount.name, hostIds })
  }
  return change.startForBackend(actor, { kind: 'backend', ...backend }, touched)
}

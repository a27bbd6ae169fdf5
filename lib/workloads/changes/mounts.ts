import 'server-only'
import type { MountChange, MountPlanMessage, WantedMount } from '@/lib/agent-protocol/workload-mounts'
import { refuseInside } from '@/lib/attach-targets/contract/inside'
import { attachTarget } from '@/lib/attach-targets/registry'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import { type Db, db } from '@/lib/db/client'
import { holdRows } from '@/lib/db/hold-rows'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { askHost } from '@/lib/relay/door'
import * as attachments from '@/lib/workloads/attachment-repository'
import { storageAt } from '@/lib/workloads/attachment-state'
import { requireMountOn } from '@/lib/workloads/changes/given-mounts'
import { requireNoChange } from '@/lib/workloads/changes/no-change'
import * as repository from '@/lib/workloads/repository'
import type { AskMount, MountPlan } from '@/lib/workloads/schema'

interface Prepared {
  workload: repository.WorkloadRecord
  mount: { id: string; name: string }
  wanted: WantedMount
}

/** What giving a mount to a workload would do, asked of its host; nothing is changed. Throws as `attachMount`. */
export async function planMount(actor: Actor, id: string, asked: AskMount, signal: AbortSignal): Promise<MountPlan> {
  authorize(actor, 'workloads.write')
  return plan(actor, await prepare(db(), id, asked), 'attach', signal)
}

/** What taking it away would do. Throws as `detachMount`. */
export async function planDetach(
  actor: Actor,
  id: string,
  attachmentId: string,
  signal: AbortSignal,
): Promise<MountPlan> {
  authorize(actor, 'workloads.write')
  return plan(actor, await prepareDetach(db(), id, attachmentId), 'detach', signal)
}

/**
 * Gives a mount that is on the workload's host to it. Returns the operation's id. `accept`: the losses of the plan that are agreed to.
 * Throws `conflict` with what is in the way, `invalid_input`, and `operation_in_progress`.
 */
export async function attachMount(actor: Actor, id: string, { accept, ...asked }: AskMount): Promise<string> {
  authorize(actor, 'workloads.write')
  const started = await inTransaction(async (tx) => {
    await holdRows(tx, 'mount', [asked.mount_id])
    return begin(tx, actor, await prepare(tx, id, asked), { change: 'attach', accepted: accept ?? [] })
  })
  return announced(started, id, asked.mount_id)
}

/** Takes it away again, whether the mount is there or not. Returns the operation's id. */
export async function detachMount(
  actor: Actor,
  id: string,
  attachmentId: string,
  accepted: readonly string[] = [],
): Promise<string> {
  authorize(actor, 'workloads.write')
  const { started, mountId } = await inTransaction(async (tx) => {
    const prepared = await prepareDetach(tx, id, attachmentId)
    return { started: await begin(tx, actor, prepared, { change: 'detach', accepted }), mountId: prepared.mount.id }
  })
  return announced(started, id, mountId)
}

async function plan(
  actor: Actor,
  { workload, mount, wanted }: Prepared,
  change: MountChange,
  signal: AbortSignal,
): Promise<MountPlan> {
  const { id, name, host, target, nativeId } = workload
  const asked = { workload: { target, nativeId }, change, mount: wanted }
  const told: MountPlanMessage = await askHost('planMount', asked, { hostId: host.id, actor, signal })
  return {
    workload: { id, name },
    host: { id: host.id, name: host.name },
    mount,
    sub_path: wanted.subPath,
    target: wanted.inside,
    read_only: wanted.readOnly,
    is_running: told.isRunning,
    effect: told.effect,
    commands: told.commands,
    specification: told.specification,
    keeps: told.keeps,
    losses: told.losses,
    notes: told.notes,
    refusal: told.refusal,
  }
}

async function begin(
  tx: Db,
  actor: Actor,
  { workload, mount, wanted }: Prepared,
  { change, accepted }: { change: MountChange; accepted: readonly string[] },
): Promise<string> {
  const { id, name, host, target, nativeId } = workload
  await requireNoChange(tx, id)
  const isAttach = change === 'attach'
  const operation = await startOperation(tx, actor, {
    kind: isAttach ? 'workload.attach_mount' : 'workload.detach_mount',
    target: { kind: 'workload', id, name },
    words: isAttach
      ? { title: 'Attach mount', summary: `Attach ${mount.name} to ${name}` }
      : { title: 'Detach mount', summary: `Detach ${mount.name} from ${name}` },
    payload: {
      ...{ workloadId: id, workloadName: name, hostId: host.id, target, nativeId },
      ...{ mount: wanted, accepted: [...accepted], by: actor.name },
    },
    hostIds: [host.id],
  })
  await recordAudit(tx, actor, {
    action: isAttach ? 'workload.mount_attached' : 'workload.mount_detached',
    target: { kind: 'workload', id, name },
    change: {
      ...{ host: host.id, mount: mount.id, mount_name: mount.name, sub_path: wanted.subPath, target: wanted.inside },
      ...{ read_only: wanted.readOnly, accepted: [...accepted], operation },
    },
  })
  return operation
}

async function prepare(tx: Db, id: string, asked: Omit<AskMount, 'accept'>): Promise<Prepared> {
  const workload = await requireTaking(tx, id)
  const kind = attachTarget(workload.target)?.takesMounts ?? 'path'
  const refused = refuseInside(kind, asked.target)
  if (refused !== null) throw badTarget(refused)
  const mount = await requireMountOn(tx, asked, workload.host)
  if (storageAt(workload, asked.target) !== undefined)
    throw badTarget(
      `'${workload.name}' has something at ${asked.target} already: choose another place, or detach that first.`,
    )
  const wanted: WantedMount = {
    attachmentId: newId('attachment'),
    mountId: mount.id,
    subPath: asked.sub_path,
    inside: asked.target,
    readOnly: asked.read_only,
    createSubPath: asked.create_sub_path,
  }
  return { workload, mount, wanted }
}

async function prepareDetach(tx: Db, id: string, attachmentId: string): Promise<Prepared> {
  const workload = await requireTaking(tx, id)
  const found = (await attachments.findOf(workload, tx)).find((attachment) => attachment.id === attachmentId)
  if (found === undefined) throw new HoldfastError('not_found', `'${workload.name}' was not given this from here.`)
  const { mount, mountId, subPath, inside, readOnly } = found
  const wanted = { attachmentId, mountId, subPath, inside, readOnly, createSubPath: false }
  return { workload, mount: { id: mount.id, name: mount.name }, wanted }
}

/** A workload that can be given mounts. Throws `not_found` and `conflict`. */
async function requireTaking(tx: Db, id: string): Promise<repository.WorkloadRecord> {
  const found = await repository.findById(id, tx)
  if (found === null) throw new HoldfastError('not_found', 'There is no such workload.')
  const target = attachTarget(found.target)
  if (target === undefined || target.takesMounts === null)
    throw new HoldfastError('conflict', `What ${target?.title ?? found.target} runs is not given mounts from here.`)
  if (found.host.revokedAt !== null) throw new HoldfastError('conflict', `Host '${found.host.name}' was revoked.`)
  return found
}

function badTarget(message: string): HoldfastError {
  return badField('target', message)
}

function announced(operation: string, workloadId: string, mountId: string): string {
  publishChanged('workload', workloadId)
  publishChanged('mount', mountId)
  announceOperation(operation)
  return operation
}

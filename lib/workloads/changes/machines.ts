import 'server-only'
import type { NewMachine } from '@/lib/agent-protocol/machine-makings'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import { type Db, db } from '@/lib/db/client'
import { holdRows } from '@/lib/db/hold-rows'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import * as hosts from '@/lib/hosts/repository'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { findById as findPoolById } from '@/lib/pools/repository'
import { isUsable } from '@/lib/pools/state'
import { templatesOf } from '@/lib/pools/templates'
import { engineOfPool } from '@/lib/pools/view'
import { askHost } from '@/lib/relay/door'
import { attachInfoOn } from '@/lib/volumes/attach'
import { findById as findVolumeById } from '@/lib/volumes/repository'
import { requireFree } from '@/lib/workloads/changes/free-volume'
import { requireMachine } from '@/lib/workloads/changes/machine'
import { requireNoChange } from '@/lib/workloads/changes/no-change'
import type { AskMachine, AskRemoval, MachineOffersView, MachinePlan } from '@/lib/workloads/schema'

interface Prepared {
  host: { id: string; name: string }
  volumes: { id: string; name: string }[]
  machine: NewMachine
}

/** What machines of a host can be made of, asked of it. Throws `not_found`, and what the host says where it has no libvirt. */
export async function getMachineOffers(actor: Actor, hostId: string, signal: AbortSignal): Promise<MachineOffersView> {
  authorize(actor, 'workloads.write')
  const host = await hosts.findById(hostId)
  if (host === null) throw new HoldfastError('not_found', 'There is no such host.')
  if (host.revokedAt !== null) throw new HoldfastError('conflict', `Host '${host.name}' was revoked.`)
  const told = await askHost('machineOffers', {}, { hostId, actor, signal })
  const { isAccelerated, cpus, mostCpus, memoryMib, firmwares, clipboard, networks } = told
  return {
    host: { id: host.id, name: host.name },
    ...{ is_accelerated: isAccelerated, cpus, most_cpus: mostCpus, memory_mib: memoryMib },
    ...{ firmwares, clipboard, networks },
  }
}

/** What making this machine would do, asked of its host. Throws as `createMachine`. */
export async function planMachine(actor: Actor, asked: AskMachine, signal: AbortSignal): Promise<MachinePlan> {
  authorize(actor, 'workloads.write')
  const { host, volumes, machine } = await prepare(db(), asked)
  const told = await askHost('planMachine', { machine }, { hostId: host.id, actor, signal })
  return { host, name: machine.name, volumes, ...told }
}

/**
 * Makes a machine of volumes that are open on its host. Returns the operation's id. Throws `invalid_input`, `conflict`, `in_use` and
 * `operation_in_progress`; what the host has in the way is the operation's end.
 */
export async function createMachine(actor: Actor, asked: AskMachine): Promise<string> {
  authorize(actor, 'workloads.write')
  const volumeIds = [...new Set(asked.disks.map(({ volume_id }) => volume_id))]
  const operation = await inTransaction(async (tx) => {
    await holdRows(tx, 'volume', volumeIds)
    const { host, machine } = await prepare(tx, asked)
    const started = await startOperation(tx, actor, {
      kind: 'machine.create',
      target: { kind: 'host', ...host },
      words: { title: 'Create machine', summary: `Create machine ${asked.name} on ${host.name}` },
      payload: { hostId: host.id, machine },
      hostIds: [host.id],
    })
    const { host_id: _, ...change } = asked
    await recordAudit(tx, actor, {
      action: 'workload.machine_created',
      target: { kind: 'host', ...host },
      change: { ...change, operation: started },
    })
    return started
  })
  for (const id of volumeIds) publishChanged('volume', id)
  announceOperation(operation)
  return operation
}

/** Removes a machine that was made from here and does not run; its volumes stay. `confirm` is its name. Returns the operation's id. */
export async function removeMachine(actor: Actor, id: string, asked: AskRemoval): Promise<string> {
  authorize(actor, 'workloads.write')
  const operation = await inTransaction(async (tx) => {
    const { name, host, nativeId, state } = await requireMachine(tx, id)
    if (state !== 'stopped' && state !== 'failed')
      throw new HoldfastError('conflict', `'${name}' is ${state}: stop it first.`)
    if (asked.confirm !== name) throw badField('confirm', `Give the name of the machine, '${name}', to remove it.`)
    await requireNoChange(tx, id)
    const target = { kind: 'workload', id, name }
    const started = await startOperation(tx, actor, {
      kind: 'machine.remove',
      target,
      words: { title: 'Remove machine', summary: `Remove machine ${name}` },
      payload: { workloadId: id, workloadName: name, hostId: host.id, machine: nativeId },
      hostIds: [host.id],
    })
    const change = { host: host.id, operation: started }
    await recordAudit(tx, actor, { action: 'workload.machine_removed', target, change })
    return started
  })
  publishChanged('workload', id)
  announceOperation(operation)
  return operation
}

async function prepare(tx: Db, asked: AskMachine): Promise<Prepared> {
  const found = await hosts.findById(asked.host_id, tx)
  if (found === null) throw badField('host_id', 'There is no such host.')
  const host = { id: found.id, name: found.name }
  if (found.revokedAt !== null) throw badField('host_id', `Host '${host.name}' was revoked.`)
  if (asked.clipboard && !asked.screen)
    throw badField('clipboard', 'The clipboard is reached by the screen: ask for a screen too.')
  const volumes: Prepared['volumes'] = []
  const disks: NewMachine['disks'] = []
  for (const [at, { volume_id, bus, cache }] of asked.disks.entries()) {
    const field = `disks.${at}.volume_id`
    const volume = await findVolumeById(volume_id, tx)
    if (volume === null) throw badField(field, 'There is no such volume.')
    if (disks.some(({ volumeId }) => volumeId === volume.id)) throw badField(field, 'It is here twice: each only once.')
    await requireFree(tx, volume, null)
    // It looks at whether the volume can be used there, and as what.
    await attachInfoOn(host.id, volume, { bus, ...(cache === undefined ? {} : { cache }) })
    volumes.push({ id: volume.id, name: volume.name })
    const { poolId, accessMode } = volume
    disks.push({ poolId, volumeId: volume.id, accessMode, bus, cache: cache ?? null })
  }
  const { name, cpus, memory_mib: memoryMib, firmware, network, screen, serial, clipboard, start: starts } = asked
  const iso = asked.iso === undefined ? null : await discOn(tx, host, asked.iso)
  const machine = { name, cpus, memoryMib, firmware, disks, iso, network: network ?? null, starts }
  return { host, volumes, machine: { ...machine, screen, serial, clipboard, guestAgent: asked.guest_agent } }
}

/** A file among the templates of a pool that is open on this host. */
async function discOn(
  tx: Db,
  host: { id: string; name: string },
  { pool_id, template }: NonNullable<AskMachine['iso']>,
): Promise<NonNullable<NewMachine['iso']>> {
  const pool = await findPoolById(pool_id, tx)
  if (pool === null) throw badField('iso.pool_id', 'There is no such pool.')
  const row = pool.hosts.find((each) => each.hostId === host.id && each.desired === 'open')
  if (row === undefined || !isUsable(row))
    throw badField('iso.pool_id', `Pool '${pool.name}' is not open on host '${host.name}' now.`)
  const ownHost = engineOfPool(pool).sharing === 'own' ? host.id : undefined
  const found = (await templatesOf(pool, tx, ownHost)).find((item) => item.name === template)
  if (found === undefined)
    throw badField('iso.template', `There is no '${template}' among the templates of pool '${pool.name}'.`)
  if (found.format !== 'iso' && found.format !== 'raw')
    throw badField('iso.template', `'${template}' is no disc: make a volume from it instead.`)
  return { poolId: pool.id, path: found.path }
}

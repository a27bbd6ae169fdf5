import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { holdRows } from '@/lib/db/hold-rows'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import * as hosts from '@/lib/hosts/repository'
import { newId } from '@/lib/ids'
import * as mounts from '@/lib/mounts/repository'
import { isHeld } from '@/lib/repositories/lease-state'
import * as repository from '@/lib/repositories/repository'
import type {
  FinishLease,
  Heartbeat,
  LeaseView,
  ListLeases,
  RepositoryView,
  StartLease,
} from '@/lib/repositories/schema'
import { StartLease as StartLeaseSchema } from '@/lib/repositories/schema'
import { findRepository } from '@/lib/repositories/service'
import { heldLeases, leaseView, repositoryView, reservedOf } from '@/lib/repositories/view'
import { formatBytes } from '@/lib/units'

type Leased = Pick<repository.RepositoryRecord, 'name' | 'leases'>

/** Throws `in_use` with what works in a repository; on these hosts where they are given, and wherever it does not say where. */
export function requireNoLeases({ name, leases }: Leased, hostIds?: readonly string[]): void {
  const held = heldLeases({ leases }).filter(
    ({ hostId }) => hostIds === undefined || hostId === null || hostIds.includes(hostId),
  )
  if (held.length === 0) return
  const words = held.length === 1 ? 'A backup program works' : `${held.length} backup programs work`
  const list = held.map((lease) => `${lease.program}${lease.job === null ? '' : ` (${lease.job})`}`).join(', ')
  throw new HoldfastError('in_use', `${words} in repository '${name}': ${list}.`, {
    recovery: 'Wait until they have finished; an administrator can end a lease whose program is dead.',
    details: { used_by: held.map((lease) => ({ kind: 'lease', id: lease.id, name: lease.program })) },
  })
}

/** The same for the mount of a repository; what is no repository's has no leases. */
export async function requireNoLeasesOn(tx: Db, mountId: string, hostIds: readonly string[]): Promise<void> {
  const found = await repository.findOfMount(tx, mountId)
  if (found === null) return
  // Of a lease that begins at this moment, the one that waits here sees it.
  await holdRows(tx, 'repository', [found.id])
  requireNoLeases(await findRepository(found.id, tx), hostIds)
}

export async function listLeases(
  actor: Actor,
  repositoryId: string,
  query: ListLeases,
): Promise<{ data: LeaseView[]; total: number; nextCursor?: string }> {
  authorize(actor, 'repositories.read')
  await findRepository(repositoryId)
  const now = new Date()
  const all = (await repository.findLeases(repositoryId)).map((lease) => leaseView(lease, now))
  const found = all.filter(({ state }) => query.state?.includes(state) ?? true)
  const { cursor } = query
  const rest = cursor === undefined ? found : found.filter(({ id }) => id < cursor)
  const data = rest.slice(0, query.limit)
  const last = data.at(-1)
  return { data, total: found.length, ...(rest.length > query.limit && last ? { nextCursor: last.id } : {}) }
}

/** Throws `conflict` where the repository takes no backups now, or has no room for what is reserved. */
export async function startLease(actor: Actor, repositoryId: string, asked: StartLease): Promise<LeaseView> {
  authorize(actor, 'repositories.lease')
  const given = StartLeaseSchema.parse(asked)
  const id = newId('lease')
  await inTransaction(async (tx) => {
    await holdRows(tx, 'repository', [repositoryId])
    const row = await findRepository(repositoryId, tx)
    const mount = row.mountId === null ? null : await mounts.findById(row.mountId, tx)
    const view = repositoryView(row, mount)
    if (!view.takes_backups)
      throw new HoldfastError(
        'conflict',
        `Repository '${row.name}' takes no backups now. ${view.error ?? reasonOf(view.status)}`,
      )
    if (given.host_id !== undefined) await requireThere(tx, { row, mount, view }, given.host_id)
    requireRoom(row, BigInt(given.reserved_bytes ?? 0))
    const now = new Date()
    await repository.insertLease(tx, {
      id,
      repositoryId,
      program: given.program,
      job: given.job ?? null,
      hostId: given.host_id ?? null,
      actor: nameOf(actor),
      startedBy: actor.name,
      reservedBytes: given.reserved_bytes === undefined ? null : BigInt(given.reserved_bytes),
      heartbeatSeconds: given.heartbeat_seconds,
      startedAt: now,
      heartbeatAt: now,
    })
    await recordAudit(tx, actor, {
      action: 'repository.lease_started',
      target: { kind: 'repository', id: repositoryId, name: row.name },
      change: { lease: id, ...given },
    })
  })
  publishChanged('repository', repositoryId)
  return leaseView(await findLease(repositoryId, id))
}

/** Throws `invalid_input` for a host that the repository is not on, or is leaving, and `conflict` where it is in trouble. */
async function requireThere(
  tx: Db,
  { row, mount, view }: { row: repository.RepositoryRecord; mount: mounts.MountRecord | null; view: RepositoryView },
  hostId: string,
): Promise<void> {
  const notThere = badField('host_id', `Repository '${row.name}' is not on this host.`)
  const here = view.hosts.find(({ host_id }) => host_id === hostId)
  if (mount === null) {
    // By labels, or on all hosts, where nothing is mounted no host has a row.
    if (here === undefined && (row.targets === 'hosts' || (await hosts.findById(hostId, tx)) === null)) throw notThere
    return
  }
  if (!mount.hosts.some((host) => host.hostId === hostId && !host.removed)) throw notThere
  if (here?.tone === 'critical' || here?.tone === 'off')
    throw new HoldfastError('conflict', `On host '${here.host_name}' repository '${row.name}' is: ${here.word}.`)
}

function reasonOf(status: string): string {
  if (status === 'disabled') return 'It is disabled for new backups.'
  return status === 'pending' ? 'It is not mounted yet.' : 'It is not known whether it can be reached.'
}

function nameOf({ kind, id }: Actor): string {
  return `${kind} ${id}`
}

/** What is not known to be too little may be enough. */
function requireRoom(row: repository.RepositoryRecord, wanted: bigint): void {
  const { availableBytes } = row.backend
  if (availableBytes === null || wanted === 0n) return
  const left = availableBytes - reservedOf(heldLeases(row))
  if (wanted <= left) return
  throw new HoldfastError(
    'conflict',
    `Repository '${row.name}' has no room for ${formatBytes(Number(wanted))}: ${formatBytes(Number(left < 0n ? 0n : left))} are free and not reserved.`,
  )
}

/** Throws `conflict` for one that has ended; `forbidden` for that of somebody else. */
export async function heartbeat(actor: Actor, repositoryId: string, id: string, given: Heartbeat): Promise<LeaseView> {
  authorize(actor, 'repositories.lease')
  await inTransaction(async (tx) => {
    const lease = await requireOwn(actor, repositoryId, id, tx)
    const reserved = given.reserved_bytes === undefined ? null : BigInt(given.reserved_bytes)
    if (reserved !== null && reserved > (lease.reservedBytes ?? 0n)) {
      await holdRows(tx, 'repository', [repositoryId])
      requireRoom(await findRepository(repositoryId, tx), reserved - (lease.reservedBytes ?? 0n))
    }
    if (!(await repository.beat(tx, id, new Date(), reserved))) throw hasEnded(lease)
  })
  publishChanged('repository', repositoryId)
  return leaseView(await findLease(repositoryId, id))
}

export async function finishLease(
  actor: Actor,
  repositoryId: string,
  id: string,
  given: FinishLease,
): Promise<LeaseView> {
  authorize(actor, 'repositories.lease')
  await end(actor, repositoryId, id, {
    outcome: given.success ? 'finished' : 'failed',
    note: given.note ?? null,
    find: (tx) => requireOwn(actor, repositoryId, id, tx),
  })
  return leaseView(await findLease(repositoryId, id))
}

/** An administrator's word that the program is dead. What it has not written yet may be lost if it is not. */
export async function endLeaseByForce(actor: Actor, repositoryId: string, id: string): Promise<LeaseView> {
  authorize(actor, 'repositories.admin')
  await end(actor, repositoryId, id, { outcome: 'forced', note: null, find: (tx) => findLease(repositoryId, id, tx) })
  return leaseView(await findLease(repositoryId, id))
}

async function end(
  actor: Actor,
  repositoryId: string,
  id: string,
  {
    outcome,
    note,
    find,
  }: {
    outcome: 'finished' | 'failed' | 'forced'
    note: string | null
    find(tx: Db): Promise<repository.LeaseRecord>
  },
): Promise<void> {
  await inTransaction(async (tx) => {
    const lease = await find(tx)
    if (!isHeld(lease, new Date()) || !(await repository.endLease(tx, id, { endedAt: new Date(), outcome, note })))
      throw hasEnded(lease)
    const { name } = await findRepository(repositoryId, tx)
    await recordAudit(tx, actor, {
      action: outcome === 'forced' ? 'repository.lease_forced' : 'repository.lease_finished',
      target: { kind: 'repository', id: repositoryId, name },
      change: { lease: id, program: lease.program, job: lease.job, outcome, note },
    })
  })
  publishChanged('repository', repositoryId)
}

async function findLease(repositoryId: string, id: string, tx?: Db): Promise<repository.LeaseRecord> {
  const lease = await repository.findLease(repositoryId, id, tx)
  if (!lease) throw new HoldfastError('not_found', 'Lease not found')
  return lease
}

/** One that is held, and was started by the same token or person. */
async function requireOwn(actor: Actor, repositoryId: string, id: string, tx: Db): Promise<repository.LeaseRecord> {
  const lease = await findLease(repositoryId, id, tx)
  if (lease.actor !== nameOf(actor))
    throw new HoldfastError('forbidden', `This lease was started by '${lease.startedBy}', who alone carries it on.`)
  if (!isHeld(lease, new Date())) throw hasEnded(lease)
  return lease
}

function hasEnded({ outcome }: repository.LeaseRecord): HoldfastError {
  const how =
    outcome === 'forced'
      ? 'was ended by an administrator'
      : outcome === null
        ? 'has ended, since nothing was heard of it for too long'
        : 'has ended already'
  return new HoldfastError('conflict', `This lease ${how}.`, {
    recovery: 'Start a new one before anything else is written.',
  })
}

import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { holdRows } from '@/lib/db/hold-rows'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { buryOwnedMount } from '@/lib/mounts/owned-mount'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { forgetPool } from '@/lib/pools/changes/delete'
import { closeOn } from '@/lib/pools/membership'
import * as repository from '@/lib/pools/repository'
import type { AbandonedView, AbandonPool } from '@/lib/pools/schema'
import { changedMeanwhile, findPool } from '@/lib/pools/service'
import { phaseOnHost } from '@/lib/pools/state'
import { sharingOf } from '@/lib/pools/view'
import { requireIdle } from '@/lib/volumes/changes/work'
import { shownSize } from '@/lib/volumes/size'
import { sentenceList } from '@/lib/volumes/words'

type Pool = repository.PoolRecord
type Left = Omit<AbandonedView, 'pool_id' | 'operation' | 'message'>

/** So many are named in the answer and in the audit. */
const NAMED = 1000

/**
 * Forgets a pool with all volumes that were in it, because its storage is gone for good; or what was on some of its hosts, because they
 * are. Nothing on a storage is touched: what is left there stays there. Throws `conflict` while the pool can be used, `invalid_input` when
 * the name is not that of the pool.
 */
export async function abandonPool(actor: Actor, id: string, given: AbandonPool): Promise<AbandonedView> {
  authorize(actor, 'pools.abandon')
  const { left, operation, mountId } = await inTransaction(async (tx) => {
    await holdRows(tx, 'pool', [id])
    const before = await findPool(id, tx)
    if (given.name !== before.name) throw badField('name', `Write the name of the pool, '${before.name}'.`)
    const hostIds = given.host_ids && requireGone(before, given.host_ids)
    if (hostIds === undefined) requireUnusable(before)
    const lost = await repository.findLost(tx, id, hostIds === undefined ? undefined : losing(before, hostIds))
    await requireIdle(
      tx,
      lost.map((volume) => volume.id),
    )
    await repository.forgetVolumes(
      tx,
      lost.map((volume) => volume.id),
    )
    const started = hostIds === undefined ? await abandonAll(tx, actor, before) : await dropHosts(tx, before, hostIds)
    const found = leftOf(lost)
    await recordAudit(tx, actor, {
      action: 'pool.abandoned',
      target: { kind: 'pool', id, name: before.name },
      change: { backend: before.backend.id, hosts: hostIds ?? 'all', left: found, operation: started },
    })
    return { left: found, operation: started, mountId: before.mountId }
  })
  publishChanged('pool', id)
  publishChanged('volume', id)
  if (mountId !== null) publishChanged('mount', mountId)
  if (operation !== null) announceOperation(operation)
  return { pool_id: id, operation, ...left, message: messageOf(left) }
}

/** A pool that can be used is emptied and deleted instead. */
function requireUnusable({ name, hosts }: Pool): void {
  const usable = hosts.filter((row) => row.desired === 'open' && ['READY', 'DEGRADED'].includes(phaseOnHost(row)))
  if (usable.length === 0) return
  const names = sentenceList(usable.map(({ host }) => `'${host.name}'`))
  throw new HoldfastError(
    'conflict',
    `Pool '${name}' can be used on ${names}: its storage is there. Delete its volumes and then the pool; only one that is gone for good is abandoned.`,
  )
}

/** Only a host that was revoked: another one may come back with the pool still open. */
function requireGone({ name, hosts }: Pool, given: readonly string[]): string[] {
  const hostIds = [...new Set(given)]
  for (const hostId of hostIds) {
    const row = hosts.find((each) => each.hostId === hostId)
    if (row === undefined) throw badField('host_ids', `Pool '${name}' is not on host ${hostId}.`)
    if (row.host.revokedAt === null)
      throw new HoldfastError(
        'conflict',
        `Host '${row.host.name}' is still in the fleet, and may come back with the pool open. Revoke it first if it is gone for good.`,
      )
  }
  return hostIds
}

/** The hosts whose volumes go with them. What hosts share is still there for the others. */
function losing(pool: Pool, hostIds: readonly string[]): readonly string[] {
  return sharingOf(pool) === 'own' ? hostIds : []
}

async function dropHosts(tx: Db, { id, keeperId }: Pool, hostIds: readonly string[]): Promise<null> {
  await repository.removeHosts(tx, id, hostIds)
  // The controller chooses another one.
  if (keeperId !== null && hostIds.includes(keeperId)) await repository.forgetKeeper(tx, id)
  return null
}

/** Hosts that answer let go of it now, those that are away when they come back. Returns the operation; null: no host has it. */
async function abandonAll(tx: Db, actor: Actor, before: Pool): Promise<string | null> {
  const { id, name, mountId } = before
  const generation = await repository.abandon(tx, id, before.generation)
  if (generation === null) throw changedMeanwhile(undefined)
  const isRevoked = (row: Pool['hosts'][number]) => row.host.revokedAt !== null
  const idsOf = (rows: Pool['hosts']) => rows.map(({ hostId }) => hostId)
  await repository.removeHosts(tx, id, idsOf(before.hosts.filter(isRevoked)))
  const hostIds = idsOf(before.hosts.filter((row) => !isRevoked(row)))
  if (hostIds.length === 0) {
    await forgetPool(tx, before)
    return null
  }
  await closeOn(tx, { id, backendId: before.backend.id, mountId }, hostIds, generation)
  if (mountId !== null) await buryOwnedMount(tx, mountId)
  const target = { kind: 'pool', id, name }
  return startOperation(tx, actor, { kind: 'pool.remove', target, payload: { poolId: id, hostIds }, hostIds })
}

function leftOf(lost: readonly repository.LostVolume[]): Left {
  return {
    volume_count: lost.length,
    snapshot_count: lost.reduce((sum, { _count }) => sum + _count.snapshots, 0),
    provisioned_bytes: Number(lost.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n)),
    volumes: lost.slice(0, NAMED).map(({ id, name, sizeBytes, _count }) => ({
      id,
      name,
      size_bytes: shownSize(sizeBytes),
      snapshot_count: _count.snapshots,
    })),
  }
}

function messageOf({ volume_count: volumes, snapshot_count: snapshots }: Left): string {
  const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
  if (volumes === 0) return 'Abandoned. No volumes were known there.'
  return `Abandoned. ${counted(volumes, 'volume')} with ${counted(snapshots, 'snapshot')} ${volumes === 1 ? 'is' : 'are'} forgotten; what is left of them on the storage was not touched.`
}

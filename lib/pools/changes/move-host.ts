import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { requireHosts } from '@/lib/mounts/service'
import { isSilent } from '@/lib/mounts/state'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { closeOn } from '@/lib/pools/membership'
import * as repository from '@/lib/pools/repository'
import type { MovePoolHost } from '@/lib/pools/schema'
import { changedMeanwhile, findChangeable } from '@/lib/pools/service'
import { engineOfPool } from '@/lib/pools/view'
import { findWork } from '@/lib/volumes/repository'
import { sentenceList } from '@/lib/volumes/words'

/**
 * Of a pool that one host at a time may have open: closed there, then opened on this one. Throws `in_use` with the volumes that something
 * has open, `conflict` when a host does not answer. Returns the operation's id.
 */
export async function movePoolHost(actor: Actor, id: string, { host_id: toHostId }: MovePoolHost): Promise<string> {
  authorize(actor, 'pools.write')
  const operation = await inTransaction(async (tx) => {
    const before = await findChangeable(tx, id)
    const from = holderOf(before)
    if (from.hostId === toHostId) throw badField('host_id', `Pool '${before.name}' is on that host already.`)
    await requireAnswering(tx, before, from, toHostId)
    await requireQuiet(tx, before)
    const generation = await repository.update(tx, id, before.generation, {})
    if (generation === null) throw changedMeanwhile(undefined)
    const pool = { id, backendId: before.backend.id, mountId: before.mountId }
    await closeOn(tx, pool, [from.hostId], generation)
    // Nobody looks after it until it is open again: no work on its volumes begins, and what the first host lists no more is not lost.
    await repository.setKeeper(tx, id, null, generation)
    const target = { kind: 'pool', id, name: before.name }
    const hostIds = [from.hostId, toHostId]
    const payload = { poolId: id, fromHostId: from.hostId, toHostId, hostIds }
    const started = await startOperation(tx, actor, { kind: 'pool.move_host', target, payload, hostIds })
    const change = { before: { host: from.hostId }, after: { host: toHostId }, operation: started }
    await recordAudit(tx, actor, { action: 'pool.host_moved', target, change })
    return started
  })
  publishChanged('pool', id)
  announceOperation(operation)
  return operation
}

/** The one host that has it. Throws `conflict` where there is none, or where there may be several. */
function holderOf(pool: repository.PoolRecord): repository.PoolOnHostRecord {
  if (engineOfPool(pool).sharing !== 'one host')
    throw new HoldfastError(
      'conflict',
      `Pool '${pool.name}' is not bound to one host: change its hosts instead (host_ids).`,
    )
  const holders = pool.hosts.filter((row) => row.desired === 'open' || row.observedGeneration !== null)
  const [only, another] = holders
  if (only === undefined)
    throw new HoldfastError('conflict', `Pool '${pool.name}' is on no host: give it one instead (host_ids).`)
  if (another === undefined && only.desired === 'open') return only
  const closing = holders.find(({ desired }) => desired === 'closed') ?? only
  throw new HoldfastError('conflict', `Host '${closing.host.name}' has not let go of pool '${pool.name}' yet.`)
}

/** What does not answer cannot say that it let go of the pool, or would leave it on no host. */
async function requireAnswering(
  tx: Db,
  pool: repository.PoolRecord,
  from: repository.PoolOnHostRecord,
  toHostId: string,
): Promise<void> {
  const known = await tx.host.findUnique({
    where: { id: toHostId },
    select: { name: true, observedStatus: true },
  })
  if (known === null) throw badField('host_id', 'There is no such host.')
  await requireHosts(tx, [toHostId])
  for (const { name, observedStatus } of [from.host, known])
    if (isSilent(observedStatus))
      throw new HoldfastError(
        'conflict',
        `Host '${name}' does not answer now, so pool '${pool.name}' stays where it is.`,
      )
}

/** Throws `operation_in_progress` or `in_use` with what is done, or uses it. */
async function requireQuiet(tx: Db, { id, name }: repository.PoolRecord): Promise<void> {
  const volumes = await tx.volume.findMany({
    where: { poolId: id },
    select: { id: true, name: true, isInUse: true },
    orderBy: { name: 'asc' },
  })
  const work = await findWork(tx)
  const worked = volumes.find((volume) => work.has(volume.id))
  const operation = worked && work.get(worked.id)
  if (operation)
    throw new HoldfastError('operation_in_progress', `Operation ${operation.id} is under way on '${worked.name}'.`, {
      details: { operation: { id: operation.id, status: operation.status } },
    })
  const used = volumes.filter(({ isInUse }) => isInUse)
  if (used.length === 0) return
  const names = sentenceList(used.map((volume) => `'${volume.name}'`))
  throw new HoldfastError(
    'in_use',
    `Pool '${name}' stays where it is: ${names} of it ${used.length === 1 ? 'is' : 'are'} in use there.`,
    {
      details: { used_by: used.map((volume) => ({ kind: 'volume', id: volume.id, name: volume.name })) },
      recovery: 'Stop what uses them, then move the pool.',
    },
  )
}

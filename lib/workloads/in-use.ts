import type { Db } from '@/lib/db/client'
import { holdRows } from '@/lib/db/hold-rows'
import { HoldfastError } from '@/lib/errors'
import * as attachments from '@/lib/workloads/attachment-repository'
import * as repository from '@/lib/workloads/repository'

/** As many are named; of more, how many they are. */
const NAMED = 3

/** Those that do not run have nothing open, and are told of only where somebody looks. */
const RUNS = ['running', 'paused', 'changing', 'unknown']

/**
 * Throws `in_use` with the containers and machines that run with a mount or volume on these hosts. A container keeps what it was started
 * with, also when that is unmounted on its host, so nobody would notice there. Of hosts that do not answer nothing is known, and they
 * hold up nobody.
 */
export async function requireNoWorkloads(
  tx: Db,
  { id, what }: { id: string; what: string },
  hostIds: readonly string[],
): Promise<void> {
  const found = await repository.findUsing(tx, id, hostIds, RUNS)
  if (found.length > 0) throw inUse(what, found, 'stop')
}

/** What is on its way to a machine is not there yet, and nobody else may have it. */
export async function requireNoAttaching(tx: Db, volumeId: string): Promise<void> {
  const found = await repository.findDiskChange(tx, volumeId)
  if (found === null) return
  throw new HoldfastError('operation_in_progress', `Operation ${found.id} is under way on this volume.`, {
    details: { operation: found },
  })
}

/**
 * Throws `in_use` with the machines that have a volume for a disk, whether they run or not: one that does not would not start any more.
 * As their hosts told last. Throws `operation_in_progress` while it is on its way to one.
 */
export async function requireNoMachine(tx: Db, { id, what }: { id: string; what: string }): Promise<void> {
  await requireNoAttaching(tx, id)
  const found = await repository.findHaving(tx, id)
  if (found.length > 0) throw inUse(what, found, 'detach')
}

/**
 * Throws `in_use` with whatever was given this mount from here on these hosts, whether it runs or not, and `operation_in_progress` while
 * it is on its way to one.
 */
export async function requireNoAttachments(
  tx: Db,
  { id, what }: { id: string; what: string },
  hostIds: readonly string[],
): Promise<void> {
  await holdRows(tx, 'mount', [id])
  const found = await attachments.findOfMount(tx, id, hostIds)
  if (found.length > 0) throw inUse(what, found, 'detach')
  await requireNoneOnItsWay(tx, { id, what })
}

/** Throws `operation_in_progress` while the mount is being given to a workload, or taken away. */
export async function requireNoneOnItsWay(tx: Db, { id, what }: { id: string; what: string }): Promise<void> {
  const change = await attachments.findChange(tx, { mountId: id })
  if (change === null) return
  const message = `Operation ${change.id} gives ${what.replace(/^M/, 'm')} to a workload, or takes it away: wait for its end.`
  throw new HoldfastError('operation_in_progress', message, { details: { operation: change } })
}

type Found = Awaited<ReturnType<typeof repository.findHaving>>

function inUse(what: string, found: Found, cure: 'stop' | 'detach'): HoldfastError {
  const names = found.slice(0, NAMED).map(({ name, host }) => `'${name}' on host '${host.name}'`)
  const more = found.length - names.length
  const words = more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ')
  const how = cure === 'detach' ? 'detach it there' : `stop ${found.length === 1 ? 'it' : 'them'}`
  return new HoldfastError('in_use', `${what} is used by ${words}: ${how} first.`, {
    details: { used_by: found.map((row) => ({ kind: 'workload', id: row.id, name: row.name })) },
  })
}

import type { Db } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
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
  if (found.length === 0) return
  const names = found.slice(0, NAMED).map(({ name, host }) => `'${name}' on host '${host.name}'`)
  const more = found.length - names.length
  const words = more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ')
  throw new HoldfastError('in_use', `${what} is used by ${words}: stop ${found.length === 1 ? 'it' : 'them'} first.`, {
    details: { used_by: found.map((row) => ({ kind: 'workload', id: row.id, name: row.name })) },
  })
}

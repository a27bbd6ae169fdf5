import type { Db } from '@/lib/db/client'
import { driverById } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import * as repository from '@/lib/pools/repository'
import { sentenceList } from '@/lib/volumes/words'

interface Backend {
  id: string
  name: string
}

type Pools = readonly { id: string; name: string; deletedAt: Date | null }[]

function namesOf(pools: Pools): string {
  return `pool${pools.length === 1 ? '' : 's'} ${sentenceList(pools.map(({ name }) => `'${name}'`))}`
}

function usedBy(pools: Pools) {
  return { details: { used_by: pools.map(({ id, name }) => ({ kind: 'pool', id, name })) } }
}

/** Throws `in_use` with the pools that lie on a backend, also those on their way out. */
export async function requireNoPools(tx: Db, { id, name }: Backend): Promise<void> {
  const pools = await repository.findOfBackend(tx, id)
  if (pools.length === 0) return
  const isLeaving = pools.every(({ deletedAt }) => deletedAt !== null)
  const words = isLeaving
    ? `Backend '${name}' is still used by ${namesOf(pools)}, which hosts are closing; try again when they have.`
    : `Backend '${name}' is used by ${namesOf(pools)}.`
  throw new HoldfastError('in_use', words, usedBy(pools))
}

/** Throws `in_use` where a change of its settings would break the pools that lie on a backend. */
export async function requireFitForPools(
  tx: Db,
  backend: Backend & { driver: string },
  config: Record<string, unknown>,
): Promise<void> {
  const reason = driverById(backend.driver).volumes?.refuses?.(config as never) ?? null
  if (reason === null) return
  const pools = await repository.findOfBackend(tx, backend.id)
  if (pools.length === 0) return
  throw new HoldfastError('in_use', `With these settings ${namesOf(pools)} could not go on. ${reason}`, usedBy(pools))
}

/** Throws `in_use` where a pool of the backend is wanted or still there on a host that is to let go of it. */
export async function requireNoPoolOn(
  tx: Db,
  { id, name }: Backend,
  host: { id: string; name: string },
): Promise<void> {
  const pools = await repository.findOpenOn(tx, id, host.id)
  if (pools.length === 0) return
  const words = `Host '${host.name}' needs backend '${name}' for ${namesOf(pools)}: take it off that host first.`
  throw new HoldfastError('in_use', words, usedBy(pools))
}

/** The hosts that have pools of a changed backend open are to open them by its new settings. */
export async function renewPools(tx: Db, backendId: string): Promise<void> {
  for (const { id, generation, deletedAt } of await repository.findOfBackend(tx, backendId)) {
    if (deletedAt !== null) continue
    const renewed = await repository.update(tx, id, generation, {})
    if (renewed !== null) await repository.renew(tx, id, renewed)
  }
}

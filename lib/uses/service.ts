import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Permission } from '@/lib/auth/permissions'
import { HoldfastError } from '@/lib/errors'
import { reach } from '@/lib/uses/reach'
import * as repository from '@/lib/uses/repository'
import type { AskUses, UseKind, UsesNode, UsesView } from '@/lib/uses/schema'

/** In each direction. */
const MOST = 5_000

/** Who may not read a noun does not hear of it here either. */
const PERMISSION_OF: Readonly<Record<UseKind, Permission>> = {
  backend: 'backends.read',
  mount: 'mounts.read',
  pool: 'pools.read',
  volume: 'volumes.read',
  workload: 'workloads.read',
}

/** What something needs, and what needs it, over all steps. Throws `not_found`, also for what the actor may not read. */
export async function usesOf(actor: Actor, asked: AskUses): Promise<UsesView> {
  authorize(actor, 'api.read')
  const id = asked.of
  const mayRead = ({ kind }: UsesNode) => actor.permissions.has(PERMISSION_OF[kind])
  const [of] = (await repository.findNodes([id])).filter(mayRead)
  if (of === undefined)
    throw new HoldfastError('not_found', 'There is no backend, mount, pool, volume or workload with this id.')
  const [down, up] = await Promise.all([
    reach(id, (ids) => repository.findUsed(ids), 'used', MOST),
    reach(id, (ids) => repository.findUsers(ids), 'user', MOST),
  ])
  const [needs, neededBy] = await Promise.all([repository.findNodes([...down.ids]), repository.findNodes([...up.ids])])
  const shown = { needs: needs.filter(mayRead), neededBy: neededBy.filter(mayRead) }
  const known = new Set([of, ...shown.needs, ...shown.neededBy].map((node) => node.id))
  const edges = [...down.edges, ...up.edges].filter(({ user, used }) => known.has(user) && known.has(used))
  return { of, needs: shown.needs, needed_by: shown.neededBy, edges, is_cut: down.isCut || up.isCut }
}

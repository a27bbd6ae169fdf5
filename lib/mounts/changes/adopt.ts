import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { HoldfastError } from '@/lib/errors'
import { adoptionOf, driftOf } from '@/lib/mounts/drift'
import { requireNoOwner } from '@/lib/mounts/owner'
import * as repository from '@/lib/mounts/repository'
import { changedMeanwhile, findChangeable, finished, type MountChanged, readMount } from '@/lib/mounts/service'
import { type ChangeOptions, inChange } from '@/lib/plans/change'

/**
 * What somebody has changed on a host becomes the wish for that host. Throws `conflict` when nothing has changed there, or when it
 * cannot be a wish: something foreign, or options that Holdfast has no setting for.
 */
export async function adoptDrift(
  actor: Actor,
  id: string,
  hostId: string,
  options: ChangeOptions = {},
): Promise<MountChanged> {
  authorize(actor, 'mounts.write')
  const { ifMatch } = options
  const { name } = await readMount(id)
  const target = { kind: 'mount', id, name } as const
  const intent = { action: 'adopt', target, request: { hostId } } as const
  const operation = await inChange(intent, options, async (tx, change) => {
    const before = await findChangeable(tx, id, ifMatch)
    requireNoOwner(before)
    const row = before.hosts.find((entry) => entry.hostId === hostId && !entry.removed)
    if (!row) throw new HoldfastError('not_found', `Mount '${before.name}' is not on this host.`)
    const wish = { ...row, mount: before }
    const drift = driftOf(wish)
    if (drift === null)
      throw new HoldfastError('conflict', 'Nothing has changed on this host; there is nothing to take over.')
    const adoption = adoptionOf(wish, drift)
    const generation = await repository.update(tx, id, before.generation, {})
    if (generation === null) throw changedMeanwhile(ifMatch)
    await repository.saveAdoption(tx, { mountId: id, hostId }, adoption, generation)
    const payload = { mountId: id, hostIds: [hostId] }
    const started = await change.start(actor, { kind: 'mount.apply', target, payload, hostIds: [hostId] })
    await recordAudit(tx, actor, {
      action: 'mount.drift_adopted',
      target,
      change: { host: hostId, found: drift.message, ...adoption, operation: started },
    })
    return started
  })
  return finished(id, operation)
}

import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { replaceSealed } from '@/lib/backends/secret-repository'
import { parseOverrides } from '@/lib/drivers/input'
import { HoldfastError } from '@/lib/errors'
import { sealForHost, separateSecrets } from '@/lib/mounts/changes/override-secrets'
import { effectiveMount, isEmpty, overridesOf, type StoredOverrides } from '@/lib/mounts/effective'
import { requireFreePlace } from '@/lib/mounts/free-place'
import { requireOutsideSource } from '@/lib/mounts/own-source'
import { requireNoOwner } from '@/lib/mounts/owner'
import * as repository from '@/lib/mounts/repository'
import type { MountOverrides } from '@/lib/mounts/schema'
import { changedMeanwhile, findChangeable, findMount, finished, type MountChanged } from '@/lib/mounts/service'
import { type ChangeOptions, inChange } from '@/lib/plans/change'

/**
 * Replaces all that is different on one host; null: nothing is. The host is brought to it at once, by mounting again where it has
 * to. Where its secrets go elsewhere from this host, they are entered with it. Throws `invalid_input` for what may not differ and for a
 * secret that is missing, `conflict` for a place that is taken, `not_found` for a host without the mount.
 */
export async function setOverrides(
  actor: Actor,
  id: string,
  hostId: string,
  given: MountOverrides | null,
  options: ChangeOptions = {},
): Promise<MountChanged> {
  authorize(actor, 'mounts.write')
  const { ifMatch } = options
  const { name, backend } = await findMount(id)
  const target = { kind: 'mount', id, name } as const
  const { own, secrets } = separateSecrets(backend, given?.config ?? {})
  const everywhere = backend.config as Record<string, unknown>
  const config = given === null ? {} : parseOverrides(backend.driver, everywhere, own)
  const resealed = given === null ? [] : await sealForHost(backend, { mountId: id, hostId, config }, secrets)
  const intent = { action: 'set_overrides', target, request: { hostId, given } } as const
  const operation = await inChange(intent, options, async (tx, change) => {
    const before = await findChangeable(tx, id, ifMatch)
    requireNoOwner(before)
    const row = before.hosts.find((entry) => entry.hostId === hostId && !entry.removed)
    if (!row) throw new HoldfastError('not_found', `Mount '${before.name}' is not on this host.`)
    const overrides = given === null ? null : parse(before, { ...given, config: own })
    const was = effectiveMount(before, row.overrides)
    const becomes = effectiveMount(before, overrides)
    const isSame = JSON.stringify(was) === JSON.stringify(becomes)
    if (isSame && resealed.length === 0 && isEmpty(overridesOf(row.overrides)) === (overrides === null)) return null
    requireOutsideSource(before.backend.driver, becomes)
    if (!(await replaceSealed(tx, before.backend.id, resealed))) throw changedMeanwhile(undefined)
    if (becomes.mountPoint !== was.mountPoint) await requireFreePlace(tx, id, becomes.mountPoint, [hostId])
    const generation = await repository.update(tx, id, before.generation, {})
    if (generation === null) throw changedMeanwhile(ifMatch)
    await repository.saveOverrides(tx, { mountId: id, hostId }, overrides, generation)
    const started = await change.start(actor, {
      kind: 'mount.apply',
      target,
      payload: { mountId: id, hostIds: [hostId] },
      hostIds: [hostId],
    })
    await recordAudit(tx, actor, {
      action: 'mount.overrides_set',
      target,
      change: {
        host: hostId,
        before: overridesOf(row.overrides),
        after: overrides ?? {},
        ...(resealed.length > 0 ? { secrets_entered: resealed.map(({ field }) => field) } : {}),
        operation: started,
      },
    })
    return started
  })
  return finished(id, operation)
}

/** Null when nothing is different. */
function parse({ backend }: repository.MountRecord, given: MountOverrides): StoredOverrides | null {
  const config = parseOverrides(backend.driver, backend.config as Record<string, unknown>, given.config ?? {})
  const overrides: StoredOverrides = {
    ...(given.mount_point === undefined ? {} : { mount_point: given.mount_point }),
    ...(given.read_only === undefined ? {} : { read_only: given.read_only }),
    ...(Object.keys(config).length === 0 ? {} : { config }),
  }
  return isEmpty(overrides) ? null : overrides
}

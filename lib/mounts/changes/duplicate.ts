import 'server-only'
import type { z } from 'zod'
import { type Actor, authorize } from '@/lib/auth/actor'
import { createMount } from '@/lib/mounts/changes/create'
import { isEmpty, overridesOf } from '@/lib/mounts/effective'
import { CreateMount, type DuplicateMount } from '@/lib/mounts/schema'
import { findMount, type MountChanged } from '@/lib/mounts/service'
import { labelsOf } from '@/lib/mounts/targets'

/**
 * A mount of the same backend for the same hosts, with what is different on each of them except its place there. It is only
 * written down unless `do_mount` says otherwise. Throws what `createMount` throws.
 */
export async function duplicateMount(
  actor: Actor,
  id: string,
  given: z.infer<typeof DuplicateMount>,
): Promise<MountChanged> {
  authorize(actor, 'mounts.write')
  const source = await findMount(id)
  const rows = source.hosts.filter((row) => !row.removed && row.host.revokedAt === null)
  const copied = rows.flatMap((row) => {
    const { mount_point: _place, ...overrides } = overridesOf(row.overrides)
    return isEmpty(overrides) ? [] : [[row.hostId, overrides] as const]
  })
  const targets = {
    hosts: { host_ids: rows.map((row) => row.hostId) },
    labels: { target_labels: labelsOf(source.targetLabels) },
    all: {},
  }
  const definition = CreateMount.parse({
    ...given,
    backend_id: source.backend.id,
    targets: source.targets,
    ...targets[source.targets],
    read_only: source.readOnly,
    auto_mount: source.autoMount,
    on_drift: source.onDrift,
  })
  return createMount(actor, definition, { overrides: new Map(copied) })
}

import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { conflictOn, taken } from '@/lib/db/conflict'
import { HoldfastError } from '@/lib/errors'
import { requireFreePlace } from '@/lib/mounts/free-place'
import { requireOutsideSource } from '@/lib/mounts/own-source'
import * as mounts from '@/lib/mounts/repository'
import type { TargetRule } from '@/lib/mounts/targets'

/** What a mount is a part of: it is made, changed and deleted with that. */
export interface Owner {
  kind: 'pool' | 'repository'
  name: string
}

const PREFIXES = { pool: 'pool', repository: 'repo' } as const

/** The mount of a pool or repository is called after it. */
export function ownedMountName({ kind, name }: Owner): string {
  return `${PREFIXES[kind]}-${name}`
}

/** Throws `invalid_input` for a directory that would be mounted in itself. */
export function requireMountable(driver: string, config: Record<string, unknown>, mountPoint: string): void {
  try {
    requireOutsideSource(driver, { mountPoint, readOnly: false, config })
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'invalid_input') throw error
    const message = error.message.replace(/^mount_point: /, '').replace('mount point', 'mount_path')
    throw badField('mount_path', message)
  }
}

export interface NewOwnedMount {
  id: string
  owner: Owner
  backendId: string
  mountPoint: string
  rule: TargetRule
  hostIds: readonly string[]
}

/** The mount that a pool or repository of a file storage lies in, for the same hosts. Throws `conflict` for a name or place that is taken. */
export async function insertOwnedMount(tx: Db, wanted: NewOwnedMount): Promise<void> {
  const { id, owner, backendId, mountPoint, rule, hostIds } = wanted
  const name = ownedMountName(owner)
  await requireFreeMountName(tx, owner, id)
  if (rule.targets === 'hosts') await requireFreePlace(tx, id, mountPoint, hostIds)
  await conflictOn(
    () =>
      mounts.insert(tx, {
        id,
        name,
        backendId,
        mountPoint,
        readOnly: false,
        autoMount: true,
        targets: rule.targets,
        targetLabels: { ...rule.targetLabels },
        onDrift: 'repair',
        desiredState: 'mounted',
      }),
    () => `Mount '${name}' already exists (or is still being removed)`,
  )
  await mounts.insertHosts(tx, id, hostIds, { desiredState: 'mounted', desiredGeneration: 1 })
}

async function requireFreeMountName(tx: Db, owner: Owner, id: string): Promise<void> {
  const name = ownedMountName(owner)
  const found = await mounts.findNamed(tx, name, id)
  if (!found) return
  const state = found.deletedAt === null ? 'has that name already' : 'is still being removed'
  throw taken('name', `The mount of this ${owner.kind} would be called '${name}', and mount '${name}' ${state}.`, {
    kind: 'mount',
    id: found.id,
    name,
  })
}

/** What a change of its owner means for a mount: its name, and hosts that join and leave. */
export async function changeOwnedMount(
  tx: Db,
  mountId: string,
  change: { owner: Owner; rule: TargetRule; joined: readonly string[]; left: readonly string[] },
): Promise<void> {
  const before = await mounts.findById(mountId, tx)
  if (before === null) throw new HoldfastError('internal', `The mount of the ${change.owner.kind} is gone.`)
  const { owner, rule, joined, left } = change
  const name = ownedMountName(owner)
  if (name !== before.name) await requireFreeMountName(tx, owner, mountId)
  if (rule.targets === 'hosts') await requireFreePlace(tx, mountId, before.mountPoint, joined)
  const { targets, targetLabels } = rule
  const generation = await mounts.update(tx, mountId, before.generation, {
    name,
    targets,
    targetLabels: { ...targetLabels },
  })
  if (generation === null)
    throw new HoldfastError('conflict', `The mount of the ${owner.kind} was changed at the same moment; try again.`)
  const isRevoked = (id: string) => before.hosts.some((row) => row.hostId === id && row.host.revokedAt !== null)
  await mounts.removeHosts(tx, mountId, left.filter(isRevoked))
  const letGo = { desiredState: 'unmounted', desiredGeneration: generation, removed: true } as const
  await mounts.updateDesired(
    tx,
    mountId,
    left.filter((id) => !isRevoked(id)),
    letGo,
  )
  const wish = { desiredState: 'mounted', desiredGeneration: generation } as const
  const returning = joined.filter((id) => before.hosts.some((row) => row.hostId === id))
  await mounts.updateDesired(tx, mountId, returning, { ...wish, removed: false })
  await mounts.insertHosts(
    tx,
    mountId,
    joined.filter((id) => !returning.includes(id)),
    wish,
  )
}

/** Goes from its hosts, after its owner has. */
export async function buryOwnedMount(tx: Db, mountId: string): Promise<void> {
  const before = await mounts.findById(mountId, tx)
  if (before === null || before.deletedAt !== null) return
  const generation = await mounts.update(tx, mountId, before.generation, {
    deletedAt: new Date(),
    desiredState: 'unmounted',
  })
  if (generation === null) throw new HoldfastError('conflict', 'The mount was changed at the same moment; try again.')
  const isRevoked = (row: (typeof before.hosts)[number]) => row.host.revokedAt !== null
  const idsOf = (rows: typeof before.hosts) => rows.map(({ hostId }) => hostId)
  await mounts.removeHosts(tx, mountId, idsOf(before.hosts.filter(isRevoked)))
  await mounts.updateDesired(tx, mountId, idsOf(before.hosts.filter((row) => !isRevoked(row))), {
    desiredState: 'unmounted',
    desiredGeneration: generation,
    removed: true,
  })
}

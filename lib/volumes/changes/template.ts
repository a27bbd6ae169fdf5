import 'server-only'
import type { ContentSource, VolumeWork } from '@/lib/agent-protocol/pools'
import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/ids'
import type { PoolEngine } from '@/lib/pools/engine'
import type { PoolRecord } from '@/lib/pools/repository'
import type { TemplateView } from '@/lib/pools/schema'
import { templatesOf } from '@/lib/pools/templates'
import { hostFor, type Plan, requireSameShape, shapeFor } from '@/lib/volumes/changes/plan'
import { askedSize, clonedSize, requireRoom, sizeIn } from '@/lib/volumes/changes/room'
import { requireUnchanged } from '@/lib/volumes/changes/work'
import * as repository from '@/lib/volumes/repository'
import type { CreateVolume, VolumeOrigin } from '@/lib/volumes/schema'

interface TemplateRef {
  template: string
  mode: 'copy' | 'clone'
}

/** Bytes of its own, or shared with all that were cloned from the same template. */
export async function planTemplate(
  tx: Db,
  pool: PoolRecord,
  engine: PoolEngine,
  given: CreateVolume,
  { template: name, mode }: TemplateRef,
): Promise<Plan> {
  const hostId = hostFor(pool, engine, given.host_id)
  const found = (await templatesOf(pool, tx, hostId)).find((item) => item.name === name)
  if (!found) throw badField('source.template', `There is no '${name}' among the templates of pool '${pool.name}'.`)
  if (mode === 'copy') return planCopy(tx, pool, engine, given, found)
  requireSameShape(given)
  return planClone(tx, pool, given, found)
}

/** The disk in it is known where its header tells; else the volume is made as large as it shows when it is looked into. */
async function planCopy(
  tx: Db,
  pool: PoolRecord,
  engine: PoolEngine,
  given: CreateVolume,
  found: TemplateView,
): Promise<Plan> {
  const hostId = found.host_id
  const shape = shapeFor(engine, given)
  const wish = { ...shape, hostId, takesBytes: found.bytes }
  const diskBytes = found.virtual_bytes
  const isKnown = diskBytes !== null || askedSize(given) !== undefined
  if (!isKnown) await requireRoom(tx, pool, found.bytes, { ...wish, contentBytes: found.bytes })
  const contentBytes = diskBytes === null ? {} : { contentBytes: diskBytes }
  const sizeBytes = isKnown ? await sizeIn(tx, pool, given, { ...wish, ...contentBytes }) : null
  const content: ContentSource = { from: 'foreign', poolId: pool.id, name: found.path }
  const origin: VolumeOrigin = { from: 'template', mode: 'copy', name: found.name, volume_id: null, snapshot_id: null }
  const work: VolumeWork = { do: 'create', sizeBytes, ...shape, content }
  return { ...shape, hostId, sizeBytes: sizeBytes ?? found.bytes, origin, work }
}

const CLONED = { format: 'qcow2', provisioning: 'thin' } as const

/** From the base of the template: a volume with its content that only Holdfast has a hand on. The first clone makes it. */
async function planClone(tx: Db, pool: PoolRecord, given: CreateVolume, found: TemplateView): Promise<Plan> {
  const { host_id: hostId, name, bytes, virtual_bytes: diskBytes } = found
  const known = await takeBase(tx, { poolId: pool.id, hostId, baseKey: keyOf(found) })
  const baseBytes = known === null ? (diskBytes ?? bytes) : Number(known.sizeBytes)
  const isSized = askedSize(given) !== undefined
  const sizeBytes = await clonedSize(tx, pool, given, { hostId, bytes: baseBytes })
  if (known === null) {
    const content = { ...CLONED, hostId, contentBytes: baseBytes, takesBytes: bytes }
    if (diskBytes !== null) await sizeIn(tx, pool, {}, content)
    // Both are promised.
    await requireRoom(tx, pool, baseBytes + sizeBytes, content)
  }
  const base = known ?? (await writeBase(tx, pool, found, baseBytes))
  const of = { volumeId: base.id, snapshotId: base.snapshotId }
  const origin: VolumeOrigin = {
    from: 'template',
    mode: 'clone',
    name,
    volume_id: base.id,
    snapshot_id: base.snapshotId,
  }
  const making = { name: found.path, bytes, modifiedAt: found.modified_at }
  const larger = isSized ? { sizeBytes } : {}
  const work: VolumeWork = { do: 'clone', of, ...(base.isThere ? {} : { base: making }), ...larger }
  return { ...CLONED, hostId, sizeBytes, origin, work, parent: of, sourceId: base.id }
}

/** Null: there is none. One that goes away at this moment is not there once it was waited for. */
async function takeBase(tx: Db, of: Parameters<typeof repository.findBase>[1]) {
  const found = await repository.findBase(tx, of)
  if (found === null) return null
  await requireUnchanged(tx, found.id)
  return repository.findBase(tx, of)
}

/** By what it is known that a template is still the same file. */
function keyOf({ path, bytes, modified_at: modifiedAt }: TemplateView): string {
  return JSON.stringify([path, bytes, modifiedAt])
}

async function writeBase(tx: Db, pool: PoolRecord, found: TemplateView, sizeBytes: number) {
  const [id, snapshotId] = [newId('volume'), newId('snapshot')]
  const origin: VolumeOrigin = { from: 'template', mode: 'base', name: found.name, volume_id: null, snapshot_id: null }
  await repository.insert(tx, {
    id,
    poolId: pool.id,
    name: await freeName(tx, pool.id, found.name),
    hostId: found.host_id,
    ...CLONED,
    accessMode: 'ROX',
    sizeBytes: BigInt(sizeBytes),
    parentVolumeId: null,
    parentSnapshotId: null,
    origin,
    baseKey: keyOf(found),
  })
  const snapshot = { id: snapshotId, volumeId: id, name: 'content', volumeBytes: BigInt(sizeBytes), expiresAt: null }
  await repository.insertSnapshot(tx, snapshot)
  return { id, snapshotId, isThere: false }
}

/** `base-debian-13.qcow2`, with a number behind it where that is taken. */
async function freeName(tx: Db, poolId: string, template: string): Promise<string> {
  const first = `base-${template.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}`.slice(0, 58)
  for (let count = 1; ; count++) {
    const name = count === 1 ? first : `${first}-${count}`
    if ((await repository.findNamed(tx, poolId, name)) === null) return name
  }
}

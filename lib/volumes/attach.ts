import 'server-only'
import { LibvirtSecret } from '@/lib/agent-protocol/pools'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import { driverById } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import type { LibvirtVersions } from '@/lib/libvirt/abilities'
import { type AttachPlace, attachInfo } from '@/lib/libvirt/attach-info'
import type { PoolOnHostRecord, PoolRecord } from '@/lib/pools/repository'
import { findPool } from '@/lib/pools/service'
import { isUsable } from '@/lib/pools/state'
import { engineOfPool } from '@/lib/pools/view'
import { refusalOf } from '@/lib/volumes/refusals'
import { findHostPrograms, type VolumeRecord } from '@/lib/volumes/repository'
import type { AttachQuery, AttachView } from '@/lib/volumes/schema'
import { findVolume } from '@/lib/volumes/service'

/** How a virtual machine on one host is given a volume. Throws `conflict` where it cannot be used there now, with the reason. */
export async function getAttachInfo(actor: Actor, id: string, query: AttachQuery): Promise<AttachView> {
  authorize(actor, 'volumes.read')
  const { host, ...wish } = query
  return attachInfoOn(host, await findVolume(id), wish)
}

/** The same for a service that has authorised the caller. */
export async function attachInfoOn(
  hostId: string,
  volume: VolumeRecord,
  wish: Omit<AttachQuery, 'host'> & { takenTargets?: readonly string[] },
): Promise<AttachView> {
  const { id, format, accessMode, imageName } = volume
  const pool = await findPool(volume.poolId)
  const row = requireAttachable(volume, pool, hostId)
  const { bus, cache, target, takenTargets = [] } = wish
  return attachInfo({
    place: placeOf(pool),
    backendId: pool.backend.id,
    volume: { id, format, accessMode, imageName },
    host: await versionsOf(hostId),
    secret: LibvirtSecret.safeParse(row.libvirtSecret).data ?? null,
    wish: {
      ...(bus === undefined ? {} : { bus }),
      ...(cache === undefined ? {} : { cache }),
      ...(target === undefined ? {} : { target }),
      takenTargets,
    },
  })
}

function requireAttachable(volume: VolumeRecord, pool: PoolRecord, hostId: string): PoolOnHostRecord {
  const engine = engineOfPool(pool)
  const reason = refusalOf('attach', { volume, children: [], work: undefined }, engine)
  if (reason !== null) throw new HoldfastError('conflict', `Volume '${volume.name}': ${reason}`)
  if (pool.maintenance)
    throw new HoldfastError('conflict', `Pool '${pool.name}' is in maintenance: nothing is attached anew.`)
  const row = pool.hosts.find((each) => each.hostId === hostId && each.desired === 'open')
  if (row === undefined) throw badField('host', `Pool '${pool.name}' is not on that host.`)
  if (engine.sharing === 'own' && volume.hostId !== hostId)
    throw badField('host', `Only host '${volume.host?.name ?? ''}' has volume '${volume.name}'.`)
  if (!isUsable(row))
    throw new HoldfastError('conflict', `Pool '${pool.name}' is not open on host '${row.host.name}' now.`)
  return row
}

function placeOf({ name, backend, mount }: PoolRecord): AttachPlace {
  if (mount !== null) return { kind: 'directory', path: mount.mountPoint }
  const reach = driverById(backend.driver).volumes?.reach?.(backend.config as never, backend.id)
  if (reach !== undefined) return reach
  throw new HoldfastError('internal', `Nothing says how the volumes of pool '${name}' are reached.`)
}

/** As the running daemon says; an older agent tells what is installed. Null: not there, or not known. */
async function versionsOf(hostId: string): Promise<LibvirtVersions> {
  const { tools, libvirt } = await findHostPrograms(hostId)
  if (libvirt === undefined) return { libvirt: tools.get('virsh') ?? null, qemu: tools.get('qemu-img') ?? null }
  return { libvirt: libvirt?.version ?? null, qemu: libvirt?.qemu ?? tools.get('qemu-img') ?? null }
}

import type { LibvirtSecret, VolumeFormat } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import { isAble, type LibvirtVersions, neededFor, versionsInWords } from '@/lib/libvirt/abilities'
import { secretUsage } from '@/lib/libvirt/ceph-secret'
import {
  type Bus,
  type CacheMode,
  type Disk,
  type DiskSource,
  freeTarget,
  serialOf,
  wantedTarget,
} from '@/lib/libvirt/disk'
import { diskXml } from '@/lib/libvirt/disk-xml'
import { qemuArguments } from '@/lib/libvirt/qemu-disk'
import type { BlockReach, RbdReach } from '@/lib/volume-engines/contract/reach'

/** Where the volumes of a pool are on the host that is asked about. */
export type AttachPlace = { kind: 'directory'; path: string } | BlockReach

export interface AttachAsk {
  place: AttachPlace
  /** Names the secret of libvirt where people have not given it a UUID. */
  backendId: string
  volume: { id: string; format: VolumeFormat; accessMode: 'RWO' | 'ROX' | 'RWX'; imageName?: string | null }
  /** Versions as the host tells them; null: not there, or not known. */
  host: LibvirtVersions
  /** By which libvirt there knows the key of Ceph, as the agent has made it; null: it has made none. */
  secret?: LibvirtSecret | null
  /** What whoever asks wants. Absent: virtio, the first free name, and the cache mode of the kind of storage. */
  wish?: { bus?: Bus; cache?: CacheMode; target?: string; takenTargets?: readonly string[] }
}

/** Field names are those of LimiQuantix (`PoolInfo`, `VolumeAttachInfo`) where it has them. */
export interface AttachInfo {
  volume_id: string
  type: DiskSource['type']
  format: VolumeFormat
  /** Of the pool, on that host; of a file storage. */
  mount_path: string | null
  /** The image file. */
  file_path: string | null
  /** What has to be there as a block device on that host; see `notes` for what makes it appear. */
  device_path: string | null
  rbd_pool: string | null
  rbd_namespace: string | null
  rbd_image: string | null
  monitors: string[]
  rbd_user: string | null
  secret_uuid: string | null
  /** By which libvirt finds the key where no UUID is set. */
  secret_usage: string | null
  target: string
  bus: Bus
  cache: CacheMode
  serial: string
  read_only: boolean
  disk_xml: string
  qemu_args: string[]
  /** What has to be so on the host before it works, in sentences. */
  notes: string[]
}

/**
 * How a volume is given to a virtual machine on one host. Pure: what it says follows from what it is given. Throws `unsupported` where
 * the volume cannot be used as its access mode asks for, `conflict` and `invalid_input` for a wish that cannot be.
 */
export function attachInfo(ask: AttachAsk): AttachInfo {
  const { place, volume, wish = {} } = ask
  const { source, notes } = sourceOf(ask)
  const bus = wish.bus ?? 'virtio'
  const taken = wish.takenTargets ?? []
  const disk: Disk = {
    id: volume.id,
    source,
    format: volume.format,
    cache: cacheFor(ask, source),
    target: wish.target === undefined ? freeTarget(bus, taken) : wantedTarget(bus, wish.target, taken),
    serial: serialOf(volume.id),
    access: accessOf(volume),
  }
  const network = source.type === 'network' ? source : null
  return {
    volume_id: volume.id,
    type: source.type,
    format: volume.format,
    mount_path: place.kind === 'directory' ? place.path : null,
    file_path: source.type === 'file' ? source.path : null,
    device_path: source.type === 'block' ? source.device : null,
    rbd_pool: place.kind === 'rbd' ? place.pool : null,
    rbd_namespace: place.kind === 'rbd' && place.namespace !== '' ? place.namespace : null,
    rbd_image: place.kind === 'rbd' ? volume.id : null,
    monitors: place.kind === 'rbd' ? place.monitors.map(monitorText) : [],
    rbd_user: place.kind === 'rbd' ? place.user : null,
    secret_uuid: network === null ? null : 'uuid' in network.secret ? network.secret.uuid : (ask.secret?.uuid ?? null),
    secret_usage: network !== null && 'usage' in network.secret ? network.secret.usage : null,
    target: disk.target.dev,
    bus: disk.target.bus,
    cache: disk.cache,
    serial: disk.serial,
    read_only: disk.access === 'readers',
    disk_xml: diskXml(disk),
    qemu_args: qemuArguments(disk),
    notes,
  }
}

function monitorText({ address, port }: RbdReach['monitors'][number]): string {
  const host = address.includes(':') ? `[${address}]` : address
  return port === null ? host : `${host}:${port}`
}

function accessOf({ format, accessMode }: AttachAsk['volume']): Disk['access'] {
  if (accessMode === 'ROX') return 'readers'
  if (accessMode === 'RWO') return 'one writer'
  if (format === 'raw') return 'many writers'
  throw new HoldfastError(
    'unsupported',
    'A qcow2 image has one writer: two machines that write to it destroy it. Copy it to a raw volume, or set its access mode to RWO or ROX.',
  )
}

/** As LimiQuantix has them. Machines that share a disk may not see it through the caches of their hosts. */
function cacheFor({ volume, wish }: AttachAsk, source: DiskSource): CacheMode {
  const cache = wish?.cache
  if (volume.accessMode === 'RWX') {
    if (cache === undefined || cache === 'none' || cache === 'directsync') return cache ?? 'none'
    throw new HoldfastError(
      'unsupported',
      `Machines that share a disk cannot use it with the cache mode ${cache}: use none.`,
    )
  }
  return cache ?? (source.type === 'block' ? 'none' : 'writeback')
}

interface Found {
  source: DiskSource
  notes: string[]
}

function sourceOf(ask: AttachAsk): Found {
  const { place, volume } = ask
  if (place.kind === 'directory') {
    return {
      source: { type: 'file', path: `${place.path}/${volume.id}/${volume.imageName ?? `disk.${volume.format}`}` },
      notes: [],
    }
  }
  if (place.kind === 'volume-group') {
    const notes = [`The logical volume has to be active on that host: lvchange -ay ${place.group}/${volume.id}`]
    return { source: { type: 'block', device: `/dev/${place.group}/${volume.id}` }, notes }
  }
  // What is not known of a host is taken to be old: a block device works everywhere.
  const isKnown = place.namespace === '' || isAble('rbdNamespace', ask.host)
  return isKnown ? network(place, ask) : mapped(place, ask)
}

/** Named by its usage where the agent has made it: that is the same on every host, and a machine that moves takes its XML along. */
function network({ pool, namespace, user, monitors, secretUuid }: RbdReach, ask: AttachAsk): Found {
  const { volume, backendId } = ask
  const secret = secretUuid === null ? { usage: secretUsage(backendId) } : { uuid: secretUuid }
  const keyFile = `/etc/ceph/ceph.client.${user}.key`
  return {
    source: { type: 'network', pool, namespace, image: volume.id, user, monitors, secret, keyFile },
    notes: [
      ...keyNote(user, secret, ask),
      `For QEMU without libvirt, ${keyFile} has to hold the key and nothing else.`,
    ],
  }
}

/** What people have to do, where the agent has not done it. */
function keyNote(user: string, secret: { uuid: string } | { usage: string }, { secret: made }: AttachAsk): string[] {
  const isUsage = 'usage' in secret
  if (isUsage && made != null && made.uuid !== null) return []
  const named = isUsage ? `the usage name "${secret.usage}"` : `the UUID ${secret.uuid}`
  const wanted = `libvirt on that host has to know the key of client.${user} as a secret of type ceph with ${named}.`
  return [isUsage && made?.error ? `${wanted} The agent could not make it: ${made.error}` : wanted]
}

/** Through the kernel of the host, under the name that ceph-common's udev rule gives to what is mapped. */
function mapped({ pool, namespace, user }: RbdReach, { volume, host }: AttachAsk): Found {
  const image = `${pool}/${namespace}/${volume.id}`
  return {
    source: { type: 'block', device: `/dev/rbd/${image}` },
    notes: [
      `The image has to be mapped on that host: rbd device map --id ${user} --exclusive ${image}`,
      `It is used through the kernel because it lies in a namespace, which is known from ${neededFor('rbdNamespace')} on; that host has ${versionsInWords(host)}.`,
    ],
  }
}

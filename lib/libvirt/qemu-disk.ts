import { type Disk, type DiskSource, isDirect } from '@/lib/libvirt/disk'

type Json = string | boolean | readonly Json[] | { readonly [key: string]: Json }

/** Both usual ports of a monitor that is written without one: QEMU asks for a port with each address, and librados tries all. */
const MONITOR_PORTS = ['3300', '6789']

/** The same disk as arguments of QEMU without libvirt: `-object` for the key where there is one, `-blockdev`, `-device`. */
export function qemuArguments(disk: Disk): string[] {
  const { source } = disk
  const secret = secretId(disk)
  const key =
    source.type === 'network'
      ? ['-object', JSON.stringify({ 'qom-type': 'secret', id: secret, file: source.keyFile, format: 'base64' })]
      : []
  return [...key, '-blockdev', JSON.stringify(blockNode(disk)), ...deviceArguments(disk)]
}

function secretId({ id }: Disk): string {
  return `key_${id}`
}

function blockNode(disk: Disk): Json {
  const { id, format, cache, access } = disk
  return {
    driver: format,
    // At most 31 bytes, which an id has.
    'node-name': id,
    'read-only': access === 'readers',
    discard: access === 'readers' ? 'ignore' : 'unmap',
    cache: { direct: isDirect(cache), 'no-flush': cache === 'unsafe' },
    file: protocolNode(disk),
  }
}

function protocolNode(disk: Disk): Json {
  const { source, cache } = disk
  if (source.type === 'file') return { driver: 'file', filename: source.path }
  if (source.type === 'block')
    return { driver: 'host_device', filename: source.device, aio: isDirect(cache) ? 'native' : 'threads' }
  return { driver: 'rbd', ...image(source), 'auth-client-required': ['cephx'], 'key-secret': secretId(disk) }
}

function image({ pool, namespace, image, user, monitors }: Extract<DiskSource, { type: 'network' }>) {
  const server = monitors.flatMap(({ address, port }) =>
    (port === null ? MONITOR_PORTS : [String(port)]).map((one) => ({ host: address, port: one })),
  )
  return { pool, ...(namespace === '' ? {} : { namespace }), image, user, server }
}

/** `write-cache` is what the guest is told: without it, every write is on the disk when the guest hears of it. */
function deviceArguments({ id, cache, target, serial, access }: Disk): string[] {
  const writeCache = cache === 'writethrough' || cache === 'directsync' ? 'off' : 'on'
  const common = `drive=${id},id=${target.dev},serial=${serial},write-cache=${writeCache}${access === 'many writers' ? ',share-rw=on' : ''}`
  if (target.bus === 'virtio') return ['-device', `virtio-blk-pci,${common}`]
  if (target.bus === 'sata') return ['-device', `ide-hd,${common}`]
  return ['-device', `virtio-scsi-pci,id=scsi_${target.dev}`, '-device', `scsi-hd,bus=scsi_${target.dev}.0,${common}`]
}

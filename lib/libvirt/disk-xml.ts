import { type Disk, type DiskSource, isDirect } from '@/lib/libvirt/disk'
import { xmlElement } from '@/lib/libvirt/xml-text'

/**
 * The `<disk>` of libvirt's domain XML (https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms), as
 * `virsh attach-device` takes it.
 */
export function diskXml(disk: Disk): string {
  const { source, format, cache, target, serial, access } = disk
  const driver = {
    name: 'qemu',
    type: format,
    cache,
    // libvirt refuses it with any other cache mode.
    io: source.type === 'block' && isDirect(cache) ? 'native' : null,
    discard: access === 'readers' ? null : 'unmap',
  }
  return xmlElement('disk', { type: source.type, device: 'disk' }, [
    xmlElement('driver', driver),
    sourceXml(source),
    xmlElement('target', { dev: target.dev, bus: target.bus }),
    ...(access === 'readers' ? [xmlElement('readonly', {})] : []),
    ...(access === 'many writers' ? [xmlElement('shareable', {})] : []),
    `<serial>${serial}</serial>`,
  ])
}

function sourceXml(source: DiskSource): string {
  if (source.type === 'file') return xmlElement('source', { file: source.path })
  if (source.type === 'block') return xmlElement('source', { dev: source.device })
  const { pool, namespace, image, monitors, user, secret } = source
  const name = [pool, namespace, image].filter((part) => part !== '').join('/')
  return xmlElement('source', { protocol: 'rbd', name }, [
    ...monitors.map(({ address, port }) => xmlElement('host', { name: address, port })),
    xmlElement('auth', { username: user }, [xmlElement('secret', { type: 'ceph', ...secret })]),
  ])
}

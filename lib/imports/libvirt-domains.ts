import type { XmlElement } from '@rgrove/parse-xml'
import { ANYWHERE, type ImportUse, type StorageEntry, showable } from '@/lib/imports/entry'
import { all, at, attribute, cephKey, cephSettings } from '@/lib/imports/libvirt-xml'

const MAX_DISKS = 300

/**
 * What machines (`virsh dumpxml`) have as disks: images of Ceph name a storage of their own, and the rest lies in pools or in directories
 * of the host. Machines themselves are not taken over: hosts tell of them.
 */
export function readDomains(domains: readonly XmlElement[]): ImportUse[] {
  return domains.flatMap((domain, index) => {
    const who = `Machine ${showable(at(domain, 'name')?.text) || index + 1}`
    const disks = all(at(domain, 'devices'), 'disk').slice(0, MAX_DISKS)
    const shared = all(at(domain, 'devices'), 'filesystem').slice(0, MAX_DISKS)
    return [
      ...disks.flatMap((disk) => diskOf(who, disk) ?? []),
      ...shared.flatMap((each) => directoryOf(who, each) ?? []),
    ]
  })
}

function diskOf(machine: string, disk: XmlElement): ImportUse | null {
  const source = at(disk, 'source')
  const target = attribute(at(disk, 'target'), 'dev')
  const who = target === '' ? machine : `${machine} (${showable(target)})`
  if (source === undefined) return null
  switch (attribute(disk, 'type')) {
    case 'volume': {
      const pool = attribute(source, 'pool')
      const reason = `Its disk lies in the pool "${showable(pool)}" of libvirt: add what "virsh pool-dumpxml" prints of that.`
      return { who, of: `libvirt ${pool}`, reason }
    }
    case 'file': {
      const path = attribute(source, 'file')
      const reason = `Its disk is the file ${showable(path)} of the host: add the pool of libvirt that it lies in. Where a storage is mounted there, it is taken over on the page of the host.`
      return path === '' ? null : { who, of: `path ${path}`, reason }
    }
    case 'block': {
      const path = attribute(source, 'dev')
      return path === ''
        ? null
        : { who, of: `path ${path}`, reason: `Its disk is the device ${showable(path)} of the host.` }
    }
    case 'network':
      return networkDisk(who, source)
    default:
      return { who, of: 'nothing', reason: 'A disk of this kind is not read.' }
  }
}

const NETWORKS: Readonly<Record<string, string>> = {
  iscsi: 'The guest signs in to its target itself; Holdfast signs in on the host, as pools of type "iscsi" do.',
  nbd: 'Its disk is served by NBD, which is not supported.',
  gluster: 'GlusterFS is not supported.',
  sheepdog: 'Sheepdog is not supported.',
  ssh: 'Its disk is read over SSH, which is not supported.',
}

function networkDisk(who: string, source: XmlElement): ImportUse {
  const protocol = attribute(source, 'protocol')
  if (protocol !== 'rbd') {
    const isKnown = Object.hasOwn(NETWORKS, protocol)
    return {
      who,
      of: 'nothing',
      reason: (isKnown && NETWORKS[protocol]) || 'A disk of this protocol is not supported.',
    }
  }
  // `pool/image`, or `pool/namespace/image`.
  const parts = attribute(source, 'name').split('/')
  const [pool = '', namespace] = parts.length > 2 ? parts : [parts[0] ?? '']
  const settings = { ...cephSettings(source), pool, ...(namespace ? { namespace } : {}) }
  const key = cephKey(settings)
  const itself: StorageEntry = {
    kind: 'storage',
    line: null,
    name: showable(namespace ? `${pool} ${namespace}` : pool) || 'rbd',
    type: 'rbd',
    problems: [],
    keys: [key],
    driver: 'ceph-rbd',
    settings,
    buckets: [],
    needs: [...('monitors' in settings ? [] : ['monitors']), 'keyring'],
    place: ANYWHERE,
  }
  return { who, of: key, reason: '', itself }
}

function directoryOf(who: string, element: XmlElement): ImportUse | null {
  const path = attribute(at(element, 'source'), 'dir')
  if (path === '') return null
  const reason = `It has been given the directory ${showable(path)} of its host. Where a storage is mounted there, take that over on the page of the host.`
  return { who, of: `path ${path}`, reason }
}

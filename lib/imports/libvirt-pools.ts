import { XmlElement } from '@rgrove/parse-xml'
import { bracketed } from '@/lib/drivers/grammar'
import {
  ANYWHERE,
  entryOfMount,
  type ImportEntry,
  MAX_STORAGES,
  type ReadImport,
  refusedImport,
  showable,
  TOO_MANY,
} from '@/lib/imports/entry'
import { readDomains } from '@/lib/imports/libvirt-domains'
import { all, at, attribute, cephKey, cephSettings, elementsIn, portal } from '@/lib/imports/libvirt-xml'

/** What `virsh pool-dumpxml` and `virsh dumpxml` print, of one pool or machine or of several after each other. Never throws. */
export function readLibvirt(text: string): ReadImport {
  const elements = elementsIn(text)
  if (elements === null)
    return refusedImport('This XML is not whole. Paste all that "virsh pool-dumpxml" or "virsh dumpxml" prints.')
  if (elements.length === 0 || elements.some(({ name }) => name !== 'pool' && name !== 'domain'))
    return refusedImport('This XML is no storage pool and no machine of libvirt.')
  if (elements.length > MAX_STORAGES) return refusedImport(TOO_MANY)
  const pools = elements
    .filter(({ name }) => name === 'pool')
    .map((pool, index) => withKeys(entryOf(pool, index), pool))
  const uses = readDomains(elements.filter(({ name }) => name === 'domain'))
  return { entries: pools, problems: [], isRefused: false, uses }
}

/** Machines name a pool by its name, or a file below its path. */
function withKeys(entry: ImportEntry, pool: XmlElement): ImportEntry {
  const path = at(pool, 'target', 'path')?.text.trim() ?? ''
  const name = at(pool, 'name')?.text.trim() ?? ''
  const ceph = entry.kind === 'storage' && entry.driver === 'ceph-rbd' ? [cephKey(entry.settings)] : []
  return { ...entry, keys: [`libvirt ${name}`, ...(path === '' ? [] : [`path ${path}`]), ...ceph] }
}

/** Options of a mount or of Ceph, in a namespace of libvirt: its prefix may be any. */
function optionsIn(pool: XmlElement, list: 'mount_opts' | 'config_opts'): string[] {
  const local = ({ name }: XmlElement) => name.replace(/^[^:]*:/, '')
  const inside = (parent: XmlElement, name: string) =>
    parent.children.filter((child) => child instanceof XmlElement && local(child) === name) as XmlElement[]
  return inside(pool, list)
    .flatMap((element) => inside(element, 'option'))
    .map((option) => attribute(option, 'name'))
}

const OTHERS: Readonly<Record<string, string>> = {
  logical: 'It is a volume group on disks of the host; only those on iSCSI are a storage of their own here.',
  disk: 'It is a disk of the host.',
  fs: 'It is a disk of the host with a file system.',
  scsi: 'It is an adapter of the host.',
  mpath: 'It lists disks of the host.',
  zfs: 'ZFS is a disk system of the host.',
  gluster: 'GlusterFS is not supported.',
  sheepdog: 'Sheepdog is not supported.',
  vstorage: 'Virtuozzo Storage is not supported.',
  'iscsi-direct': 'The guests sign in themselves; Holdfast signs in on the host, as pools of type "iscsi" do.',
}

function entryOf(pool: XmlElement, index: number): ImportEntry {
  const type = attribute(pool, 'type')
  const name = showable(at(pool, 'name')?.text) || `pool ${index + 1}`
  const source = at(pool, 'source')
  const shared = { line: null, name, type: showable(type) || null, problems: leftOut(pool, source) }
  const host = attribute(at(source, 'host'), 'name')
  if (type === 'netfs') return netfs(shared, pool, source, host)
  if (type === 'dir') {
    const settings = { path: at(pool, 'target', 'path')?.text.trim() ?? '' }
    return { ...shared, kind: 'storage', driver: 'local-dir', settings, buckets: [], needs: [], place: ANYWHERE }
  }
  if (type === 'iscsi') return iscsi(shared, source, host)
  if (type === 'rbd') return rbd(shared, pool, source)
  return { ...shared, kind: 'other', reason: OTHERS[type] ?? 'There is no storage type for it.' }
}

/** What every pool says of itself, or what is read below; the rest is named. */
const READ_OF_POOL = new Set('name uuid capacity allocation available features source target refresh'.split(' '))
const READ_OF_SOURCE = new Set('host dir device format protocol auth name initiator vendor product'.split(' '))

const IS_OPTIONS = /^[^:]+:(?:mount|config)_opts$/
/** Of these one is read, where libvirt uses one as well. */
const ONE_HOST = new Set(['netfs', 'iscsi'])

function leftOut(pool: XmlElement, source: XmlElement | undefined): ImportEntry['problems'] {
  const unread = (parent: XmlElement | undefined, read: ReadonlySet<string>) =>
    (parent?.children ?? []).flatMap((child) =>
      child instanceof XmlElement && !read.has(child.name) && !IS_OPTIONS.test(child.name) ? [child.name] : [],
    )
  const elements = [...unread(pool, READ_OF_POOL), ...unread(source, READ_OF_SOURCE)]
  const unnamed = elements.map((name) => `The element <${showable(name)}> has no counterpart here and is left out.`)
  const type = attribute(pool, 'type')
  const further = [
    ...(ONE_HOST.has(type)
      ? all(source, 'host')
          .slice(1)
          .map((host) => `host ${attribute(host, 'name')}`)
      : []),
    ...(type === 'iscsi'
      ? all(source, 'device')
          .slice(1)
          .map((device) => `device ${attribute(device, 'path')}`)
      : []),
    ...(type === 'netfs' && attribute(at(source, 'host'), 'port') !== ''
      ? ['port, which libvirt does not use either']
      : []),
    ...(type === 'netfs' && at(source, 'auth') !== undefined ? ['sign-in, since libvirt mounts as a guest'] : []),
  ].map((what) => `Left out: the ${showable(what)}.`)
  const initiator = showable(attribute(at(source, 'initiator', 'iqn'), 'name'))
  const asInitiator = `libvirt signs in as ${initiator}, Holdfast with the name in /etc/iscsi/initiatorname.iscsi of each host: admit that at the target.`
  return [...unnamed, ...further, ...(initiator === '' ? [] : [asInitiator])].map((message) => ({ line: 1, message }))
}

type Shared = Pick<ImportEntry, 'line' | 'name' | 'type' | 'problems'>

/** libvirt mounts SMB as a guest, and has no way to sign in. */
function netfs(shared: Shared, pool: XmlElement, source: XmlElement | undefined, host: string): ImportEntry {
  const path = attribute(at(source, 'dir'), 'path')
  const format = attribute(at(source, 'format'), 'type') || 'auto'
  const version = attribute(at(source, 'protocol'), 'ver')
  const given = optionsIn(pool, 'mount_opts')
  const options = [...given, ...(version === '' ? [] : [`vers=${version}`])]
  const server = bracketed(host)
  if (format === 'cifs')
    return entryOfMount(shared, {
      fsType: 'cifs',
      source: `//${host}/${path.replace(/^\/+/, '')}`,
      options: [...options, 'guest'],
    })
  if (format === 'nfs' || format === 'auto')
    return entryOfMount(shared, { fsType: 'nfs', source: `${server}:${path}`, options })
  return entryOfMount(shared, { fsType: format, source: `${server}:${path}`, options })
}

function iscsi(shared: Shared, source: XmlElement | undefined, host: string): ImportEntry {
  const user = attribute(at(source, 'auth'), 'username')
  const settings = {
    portal: portal(host, attribute(at(source, 'host'), 'port')),
    target: attribute(at(source, 'device'), 'path'),
    ...(user === '' ? {} : { chap_enabled: true, chap_user: user }),
  }
  // A pool shows all LUNs of its target; here each is a storage of its own.
  const needs = ['lun', ...(user === '' ? [] : ['chap_password'])]
  return { ...shared, kind: 'storage', driver: 'iscsi-lvm', settings, buckets: [], needs, place: ANYWHERE }
}

/** Options of librados that say how a client proves itself or whether it encrypts: their default may be less safe. */
const GUARDS = /^(?:auth_|cephx_|ms_.*mode$|key$|keyring$|keyfile$)/

function rbd(shared: Shared, pool: XmlElement, source: XmlElement | undefined): ImportEntry {
  const options = optionsIn(pool, 'config_opts')
    .map((name) => name.replaceAll(/[ -]/g, '_'))
    .filter((name) => /^[a-z][a-z0-9_]{0,60}$/i.test(name))
  const guard = options.find((name) => GUARDS.test(name))
  if (guard !== undefined) {
    const reason = `Its option "${guard}" concerns the sign-in or the encryption of the connection, and has no counterpart here.`
    return { ...shared, kind: 'refused', reason }
  }
  const leftOut = options.map((name) => ({
    line: 1,
    message: `The option "${name}" has no counterpart here and is left out; ceph.conf of the host is not read.`,
  }))
  const [, name = '', namespace] = /^([^/]*)(?:\/(.*))?$/s.exec(at(source, 'name')?.text.trim() ?? '') ?? []
  const settings = { ...cephSettings(source), pool: name, ...(namespace ? { namespace } : {}) }
  const problems = [...shared.problems, ...leftOut]
  return {
    ...shared,
    problems,
    kind: 'storage',
    driver: 'ceph-rbd',
    settings,
    buckets: [],
    needs: [...('monitors' in settings ? [] : ['monitors']), 'keyring'],
    place: ANYWHERE,
  }
}

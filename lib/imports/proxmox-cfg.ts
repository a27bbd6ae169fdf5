import { bracketed } from '@/lib/drivers/grammar'
import { type LineProblem, showableKey } from '@/lib/drivers/mounting/rclone-config'
import { ANYWHERE, entryOfMount, type ImportEntry, type ReadImport, showable } from '@/lib/imports/entry'
import { PROXMOX_HEADER } from '@/lib/imports/format'

interface Section {
  line: number
  type: string
  name: string
  /** Keys without a value, such as `disable`, have an empty one. */
  settings: ReadonlyMap<string, { line: number; value: string }>
}

/** Of a line without blanks at its end. */
const SETTING = /^\s+([a-z][a-z0-9_-]*)(?:\s+(.*))?$/is

/** /etc/pve/storage.cfg. Never throws, and repeats no value. */
export function readProxmox(text: string): ReadImport {
  const { sections, problems } = sectionsOf(text)
  const byName = new Map(sections.map((section) => [section.name, section]))
  const used = new Set(sections.flatMap((section) => baseOf(section)?.storage ?? []))
  const entries = sections.map((section) => ({ ...entryOf(section, byName, used), keys: keysOf(section) }))
  return { entries, problems, isRefused: false }
}

function sectionsOf(text: string): { sections: Section[]; problems: LineProblem[] } {
  const problems: LineProblem[] = []
  const sections: Section[] = []
  let settings: Map<string, { line: number; value: string }> | null = null
  for (const [index, full] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1
    if (full.trim() === '' || full.trimStart().startsWith('#')) continue
    const [, type, name] = PROXMOX_HEADER.exec(full.trimEnd()) ?? []
    const [, key, value = ''] = SETTING.exec(full.trimEnd()) ?? []
    if (type !== undefined && name !== undefined) {
      settings = new Map()
      sections.push({ line, type: type.toLowerCase(), name: showable(name), settings })
    } else if (key !== undefined && settings !== null) settings.set(key, { line, value })
    else problems.push({ line, message: 'This line is neither "type: name" nor an indented "key value" below one.' })
  }
  return { sections, problems }
}

/** Guests name a storage, or a directory below its place. */
function keysOf({ name, settings }: Section): string[] {
  return [`proxmox ${name}`, `path ${settings.get('path')?.value || `/mnt/pve/${name}`}`]
}

const OTHERS: Readonly<Record<string, string>> = {
  lvm: 'It is a volume group on disks of the host; only those on iSCSI ("base") are a storage of their own here.',
  lvmthin: 'It is a thin pool on disks of the host.',
  zfspool: 'ZFS is a disk system of the host.',
  zfs: 'ZFS over iSCSI is not supported.',
  btrfs: 'It is a file system on disks of the host.',
  cephfs: 'CephFS is not supported yet; its RBD pools are.',
  glusterfs: 'GlusterFS is not supported.',
  pbs: 'It is a Proxmox Backup Server, which keeps backups in its own way.',
  esxi: 'It is a host of VMware, to import machines from.',
  iscsidirect: 'The guests sign in themselves; Holdfast signs in on the host, as storages of type "iscsi" do.',
}

/** They tell Proxmox what to keep there, and change nothing of the storage. */
const OWN =
  /^(?:content|content-dirs|shared|is_mountpoint|mkdir|create-base-path|create-subdirs|preallocation|format|maxfiles|prune-backups|max-protected-backups|bwlimit|krbd|snapshot-as-volume-chain|saferemove\w*|tagged_only|nocow)$/

/** Keys from which each type's settings are read. */
const READ: Readonly<Record<string, readonly string[]>> = {
  dir: ['path'],
  nfs: ['server', 'export', 'path', 'options'],
  cifs: ['server', 'share', 'path', 'username', 'domain', 'smbversion', 'subdir', 'options'],
  iscsi: ['portal', 'target'],
  lvm: ['vgname', 'base'],
  rbd: ['monhost', 'pool', 'username', 'namespace', 'path'],
}

function entryOf(section: Section, byName: ReadonlyMap<string, Section>, used: ReadonlySet<string>): ImportEntry {
  const { line, name, type, settings } = section
  const shared = { line, name, type: showable(type), problems: leftOut(section) }
  if (isOn(settings.get('disable')?.value))
    return { ...shared, kind: 'other', reason: 'It is switched off there ("disable").' }
  const read = (key: string) => settings.get(key)?.value ?? ''
  const complete = { ...shared, kind: 'storage', buckets: [], needs: [] as string[], place: ANYWHERE } as const
  switch (type) {
    case 'dir':
      return { ...complete, driver: 'local-dir', settings: { path: read('path') } }
    case 'nfs':
      return entryOfMount(shared, {
        fsType: 'nfs',
        source: `${bracketed(read('server'))}:${read('export')}`,
        options: list(read('options')),
      })
    case 'cifs':
      return cifs(shared, read)
    case 'iscsi':
      if (used.has(name))
        return { ...shared, kind: 'other', reason: 'Its LUN is taken over with the volume group that lies on it.' }
      return { ...complete, driver: 'iscsi-lvm', settings: target(section), needs: ['lun'] }
    case 'lvm': {
      const base = baseOf(section)
      const below = base && byName.get(base.storage)
      if (below?.type !== 'iscsi') return { ...shared, kind: 'other', reason: OTHERS.lvm ?? '' }
      const volumes = { ...target(below), ...(base ? { lun: base.lun } : {}), volume_group: read('vgname') }
      return { ...complete, driver: 'iscsi-lvm', settings: { ...volumes, provisioning: 'thick' } }
    }
    case 'rbd':
      return rbd(complete, read)
    default:
      return { ...shared, kind: 'other', reason: OTHERS[type] ?? `There is no storage type for "${shared.type}".` }
  }
}

/** As Proxmox reads a switch: alone it is on. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && !/^(?:0|no|off|false)$/i.test(value)
}

type Shared = Pick<ImportEntry, 'line' | 'name' | 'type' | 'problems'>
type Read = (key: string) => string

function cifs(shared: Shared, read: Read): ImportEntry {
  const path = [read('share'), ...read('subdir').split('/')].filter((part) => part !== '').join('/')
  const version = read('smbversion')
  // In the order of the command that Proxmox runs: the last word wins.
  const options = [
    ...(read('username') === '' ? ['guest'] : [`username=${read('username')}`]),
    ...(read('domain') === '' ? [] : [`domain=${read('domain')}`]),
    ...(version === '' || version === 'default' ? [] : [`vers=${version}`]),
    ...list(read('options')),
  ]
  // The password is in /etc/pve/priv/storage, so it is asked for.
  return entryOfMount(shared, { fsType: 'cifs', source: `//${read('server')}/${path}`, options })
}

function rbd(
  complete: Omit<Extract<ImportEntry, { kind: 'storage' }>, 'driver' | 'settings'>,
  read: Read,
): ImportEntry {
  if (read('monhost') === '')
    return {
      ...complete,
      kind: 'other',
      reason: 'It is a pool of the Ceph of Proxmox itself, whose monitors do not stand here.',
    }
  const namespace = read('namespace')
  const settings = {
    monitors: read('monhost'),
    pool: read('pool') || 'rbd',
    user: read('username') || 'admin',
    ...(namespace === '' ? {} : { namespace }),
  }
  return { ...complete, driver: 'ceph-rbd', settings, needs: ['keyring'] }
}

function target({ settings }: Section): Record<string, unknown> {
  return { portal: settings.get('portal')?.value ?? '', target: settings.get('target')?.value ?? '' }
}

/** `base san:0.0.1.scsi-36001405…`: the iSCSI storage `san`, and its channel, id and LUN. */
function baseOf({ type, settings }: Section): { storage: string; lun: number } | null {
  const [, storage, lun] = /^([^:]+):\d+\.\d+\.(\d{1,5})\./.exec(settings.get('base')?.value ?? '') ?? []
  return type === 'lvm' && storage !== undefined ? { storage: showable(storage), lun: Number(lun) } : null
}

function list(text: string): string[] {
  return text.split(',').flatMap((option) => option.trim() || [])
}

/** A name with a hyphen may be a piece of a secret, so it is named only when it stands here. */
const WHY_LEFT_OUT: Readonly<Record<string, string>> = {
  nodes: 'Choose the hosts of the mount instead.',
  'data-pool': 'New volumes would keep their data in the pool itself and not in its data pool.',
}

function leftOut({ type, settings }: Section): LineProblem[] {
  if (READ[type] === undefined) return []
  return [...settings].flatMap(([key, { line }]) => {
    if (READ[type]?.includes(key) || OWN.test(key) || key === 'disable') return []
    const why = Object.hasOwn(WHY_LEFT_OUT, key) ? WHY_LEFT_OUT[key] : 'It has no counterpart here.'
    const shown = showableKey(key) ?? (Object.hasOwn(WHY_LEFT_OUT, key) ? key : undefined)
    return [{ line, message: `This setting is left out. ${why}`, ...(shown === undefined ? {} : { key: shown }) }]
  })
}

import { type ImportUse, type ReadImport, refusedImport, showable } from '@/lib/imports/entry'

/** Of a line without blanks at its end. */
const LINE = /^([a-z][a-z0-9_.-]*):\s*(.*)$/is
/** What a machine or a container keeps its data on. */
const DISK = /^(?:(?:scsi|virtio|ide|sata|efidisk|tpmstate|unused|mp)\d+|rootfs)$/
const MAX_DISKS = 300

/**
 * The configuration of a machine (`qm config`) or a container (`pct config`) of Proxmox VE: on which storages its disks lie. The rest,
 * with the passwords in it, is not read. Never throws.
 */
export function readProxmoxGuest(text: string): ReadImport {
  const settings = settingsIn(text)
  const disks = settings.filter(({ key }) => DISK.test(key) || key === 'lxc.mount.entry')
  if (disks.length === 0) return refusedImport('No disk and no mount point is in this text.')
  const isContainer = settings.some(({ key }) => key === 'rootfs' || key.startsWith('lxc.'))
  const own = settings.find(({ key }) => key === (isContainer ? 'hostname' : 'name'))?.value ?? ''
  const who = `${isContainer ? 'Container' : 'Machine'}${own === '' ? '' : ` ${showable(own)}`}`
  const uses = disks.slice(0, MAX_DISKS).flatMap((disk) => useOf(who, disk) ?? [])
  return { entries: [], problems: [], isRefused: false, uses }
}

/** Of the present: what follows the first name in brackets are snapshots. */
function settingsIn(text: string): { key: string; value: string }[] {
  const settings = []
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (line.startsWith('[')) break
    const [, key, value = ''] = LINE.exec(line.trimEnd()) ?? []
    if (key !== undefined) settings.push({ key: key.toLowerCase(), value })
  }
  return settings
}

function useOf(guest: string, { key, value }: { key: string; value: string }): ImportUse | null {
  const raw = /^\s*(\S+)/.exec(value)?.[1] ?? ''
  const source = key === 'lxc.mount.entry' ? raw : (value.split(',')[0] ?? '').replace(/^(?:file|volume)=/, '')
  const who = `${guest} (${key})`
  if (source.startsWith('/dev/')) return { who, of: `path ${source}`, reason: 'It is a device of the Proxmox host.' }
  if (source.startsWith('/')) {
    const reason = `It is the directory ${showable(source)} of the Proxmox host. Where a storage is mounted there, take that over on the page of the host.`
    return { who, of: `path ${source}`, reason }
  }
  const [, storage] = /^([a-z][a-z0-9._-]*):./i.exec(source) ?? []
  if (storage === undefined) return null
  const reason = `It lies on the storage "${showable(storage)}" of Proxmox, which is in none of these texts: add /etc/pve/storage.cfg.`
  return { who, of: `proxmox ${storage}`, reason }
}

import { isRcloneDump } from '@/lib/drivers/mounting/rclone-dump'

// Without the readers, and the code of all types that comes with them: a form looks at a text with every key.

/** Texts of other systems that can be read. */
export const IMPORT_FORMATS = [
  'rclone',
  'wolfstack',
  'proxmox',
  'proxmox-guest',
  'docker',
  'compose',
  'libvirt',
] as const
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

/** Texts that are read as one plan. */
export const MAX_IMPORT_FILES = 20

export const FORMAT_TITLES: Readonly<Record<ImportFormat, string>> = {
  rclone: 'rclone.conf',
  wolfstack: 'storage.json of WolfStack',
  proxmox: 'storage.cfg of Proxmox VE',
  'proxmox-guest': 'configuration of a guest of Proxmox VE',
  docker: 'output of docker volume inspect',
  compose: 'file of Docker Compose',
  libvirt: 'output of virsh',
}

/** `nfs: nas` */
export const PROXMOX_HEADER = /^([a-z][a-z0-9]*):\s*(\S+)\s*$/i

/** What a text is; rclone.conf when it is nothing else. */
export function formatOf(text: string): ImportFormat {
  const start = text.replace(/^\uFEFF/, '').trimStart()
  if (start.startsWith('<')) return 'libvirt'
  const json = /^[[{]/.test(start) ? parseJson(start) : undefined
  if (isRcloneDump(json)) return 'rclone'
  if (json !== undefined) return isDocker(json) ? 'docker' : 'wolfstack'
  // A section of rclone begins with a bracket too; `{` begins nothing else.
  if (start.startsWith('{')) return 'wolfstack'
  // The settings of a guest look like the headers of a storage.cfg.
  if (looksLikeGuest(start)) return 'proxmox-guest'
  if (/^(?:services|volumes):[ \t]*(?:[#{].*)?\r?$/m.test(start)) return 'compose'
  return looksLikeProxmox(start) ? 'proxmox' : 'rclone'
}

/** Undefined where a text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isDocker(json: unknown): boolean {
  const first: unknown = Array.isArray(json) ? json[0] : json
  return typeof first === 'object' && first !== null && 'Name' in first && ('Driver' in first || 'Options' in first)
}

/** Whether a text is the configuration of one guest, whose disks are not indented. */
function looksLikeGuest(text: string): boolean {
  return /^(?:rootfs|(?:scsi|virtio|ide|sata|efidisk|mp)\d+):[ \t]*(?:[^\s:]+:\S|\/|none)/m.test(text)
}

/** Whether a text begins like a storage.cfg: `nfs: nas`, and its settings indented below. */
function looksLikeProxmox(text: string): boolean {
  const first = text.split('\n').find((line) => line.trim() !== '' && !line.trimStart().startsWith('#')) ?? ''
  return PROXMOX_HEADER.test(first.trimEnd())
}

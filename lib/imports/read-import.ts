import { isRcloneDump } from '@/lib/drivers/mounting/rclone-dump'
import { readDockerVolumes } from '@/lib/imports/docker-volumes'
import { ANYWHERE, type ImportFormat, type ReadImport, refusedImport } from '@/lib/imports/entry'
import { readLibvirtPools } from '@/lib/imports/libvirt-pools'
import { looksLikeProxmox, readProxmox } from '@/lib/imports/proxmox-cfg'
import { readRemotes } from '@/lib/imports/rclone-remotes'
import { readWolfstack } from '@/lib/imports/wolfstack-json'

export const FORMAT_TITLES: Readonly<Record<ImportFormat, string>> = {
  rclone: 'rclone.conf',
  wolfstack: 'storage.json of WolfStack',
  proxmox: 'storage.cfg of Proxmox VE',
  docker: 'output of docker volume inspect',
  libvirt: 'output of virsh pool-dumpxml',
}

/** What a text is; rclone.conf when it is nothing else. */
export function formatOf(text: string): ImportFormat {
  const start = text.replace(/^\uFEFF/, '').trimStart()
  if (start.startsWith('<')) return 'libvirt'
  const json = /^[[{]/.test(start) ? parseJson(start) : undefined
  if (isRcloneDump(json)) return 'rclone'
  if (json !== undefined) return isDocker(json) ? 'docker' : 'wolfstack'
  // A section of rclone begins with a bracket too; `{` begins nothing else.
  if (start.startsWith('{')) return 'wolfstack'
  return looksLikeProxmox(start) ? 'proxmox' : 'rclone'
}

function parseJson(text: string): unknown {
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

/** Reads a pasted text of one of the formats. Never throws; what is reported repeats no value of a secret. */
export function readImport(text: string, format: ImportFormat): ReadImport {
  if (format === 'libvirt') return readLibvirtPools(text)
  if (format === 'proxmox') return readProxmox(text)
  if (format === 'rclone') return readRclone(text)
  const json = parseJson(text.replace(/^\uFEFF/, ''))
  if (json === undefined) return refusedImport('This is not valid JSON. Paste the whole text.')
  return format === 'docker' ? readDockerVolumes(json) : readWolfstack(json)
}

function readRclone(text: string): ReadImport {
  const { remotes, problems, isRefused } = readRemotes(text)
  const entries = remotes.map((remote) =>
    remote.kind === 'storage' ? { ...remote, needs: [], place: ANYWHERE } : remote,
  )
  return { entries, problems, isRefused }
}

import { TRASH, UNFINISHED } from '@/lib/agent-protocol/own-names'
import { newId } from '@/lib/ids'

/** Where things lie below the place of a pool, see README.md. All names are relative to it. */

export const VOLUME_MARK = 'volume.json'
/** Files that are on their way into the pool, see `agent/resources/files/uploads.ts`. */
export const UPLOADS = '.holdfast-uploads'
/** Images that are there for a day, to be downloaded; one directory for each, see `agent/resources/volumes/export`. */
export const EXPORTS = '.holdfast-exports'

const ID = '[0-9a-hjkmnp-tv-z]{26}'
export const VOLUME_NAME = new RegExp(`^vol_${ID}$`)
export const SNAPSHOT_FILE = new RegExp(`^(snp_${ID})\\.qcow2$`)
export const LAYER_FILE = new RegExp(`^(?:snp|layer)_${ID}\\.qcow2$`)
const BACKING = new RegExp(`^(?:\\.\\./(vol_${ID})/)?((?:snp|layer)_${ID}\\.qcow2)$`)

/** Ours alone, for names of one operation that nobody else gives. */
export function newToken(): string {
  return newId('operation').slice('op_'.length)
}

export function diskFile(format: string): string {
  return format === 'raw' ? 'disk.raw' : 'disk.qcow2'
}

/** What a machine goes on with after a snapshot that was taken while it ran. */
export function livingDiskFile(token: string): string {
  return `disk_${token}.qcow2`
}

export function snapshotFile(snapshotId: string): string {
  return `${snapshotId}.qcow2`
}

export function layerFile(token: string): string {
  return `layer_${token}.qcow2`
}

export function stagingDirectory(token: string): string {
  return `${UNFINISHED}new-${token}`
}

/** A file of a volume that takes the place of another one in a moment. */
export function nextFile(token: string): string {
  return `${UNFINISHED}next-${token}`
}

export function volumeDirectory(volumeId: string, isTrashed: boolean): string {
  return isTrashed ? `${TRASH}/${volumeId}` : volumeId
}

/** Which layer a name of a backing file means in an image of this volume; null: none of ours. */
export function layerNamed(backing: string, volumeId: string): { volumeId: string; file: string } | null {
  const [, other = volumeId, file] = BACKING.exec(backing) ?? []
  return file === undefined ? null : { volumeId: other, file }
}

/** How an image of `from` names a layer. */
export function backingName(from: string, layer: { volumeId: string; file: string }): string {
  return layer.volumeId === from ? layer.file : `../${layer.volumeId}/${layer.file}`
}

import { MARK, TRASH } from '@/lib/agent-protocol/own-names'
import type { FileUser } from '@/lib/files/schema'
import { idPattern } from '@/lib/ids'

const VOLUME = idPattern('volume')
const SNAPSHOT_FILE = /^(snp_[0-9a-z]{26})\.qcow2$/
const LAYER_FILE = /^layer_[0-9a-z]{26}\.qcow2$/

export interface KnownNames {
  volumes: ReadonlyMap<string, { name: string; isInUse: boolean }>
  snapshots: ReadonlyMap<string, { name: string }>
}

/** The volume in whose directory something lies, or whose directory it is; null: in none. */
export function volumeOf(path: string): string | null {
  const [first = '', second = ''] = path.split('/')
  const id = first === TRASH ? second : first
  return VOLUME.test(id) ? id : null
}

/** Whose a file of a pool is, from where it lies; null: Holdfast did not make it. Layout: `lib/volume-engines/image-files`. */
export function ownerOf(path: string, known: KnownNames): FileUser | null {
  if (path === MARK) return { kind: 'pool', id: null, name: null }
  if (path === TRASH) return { kind: 'trash', id: null, name: null }
  const id = volumeOf(path)
  if (id === null) return null
  const name = known.volumes.get(id)?.name ?? null
  const file = path.startsWith(`${TRASH}/`) ? path.split('/')[2] : path.split('/')[1]
  const [, snapshotId] = SNAPSHOT_FILE.exec(file ?? '') ?? []
  if (snapshotId !== undefined)
    return { kind: 'snapshot', id: snapshotId, name: known.snapshots.get(snapshotId)?.name ?? null }
  if (LAYER_FILE.test(file ?? '')) return { kind: 'layer', id, name }
  if (file === 'volume.json') return { kind: 'pool', id: null, name: null }
  return { kind: 'volume', id, name }
}

/** Why a file cannot be downloaded now; null: it can. What a machine writes to would be torn. */
export function refusesDownload(path: string, known: KnownNames): string | null {
  const id = volumeOf(path)
  const volume = id === null ? undefined : known.volumes.get(id)
  if (volume === undefined || !volume.isInUse || !/(?:^|\/)disk\.(?:qcow2|raw)$/.test(path)) return null
  return `The volume '${volume.name}' is in use, so that its disk changes while it is read. Stop what uses it, or copy a snapshot of it.`
}

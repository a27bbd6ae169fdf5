import 'server-only'
import type { FileEntry } from '@/lib/agent-protocol/files'
import { type Actor, authorize } from '@/lib/auth/actor'
import { type KnownNames, ownerOf, refusesDownload, volumeOf } from '@/lib/files/owner'
import { hostForFiles } from '@/lib/files/place'
import * as repository from '@/lib/files/repository'
import type { FileView, ListPoolFiles } from '@/lib/files/schema'
import { findPool } from '@/lib/pools/service'
import { engineOfPool, templatesPathOf } from '@/lib/pools/view'
import { askHost } from '@/lib/relay/door'

/** What lies in a directory of a pool, asked of a host that has it open. */
export async function listFiles(
  actor: Actor,
  poolId: string,
  query: ListPoolFiles,
  signal: AbortSignal,
): Promise<{ data: FileView[]; total: number; nextCursor?: string }> {
  authorize(actor, 'pools.read')
  const pool = await findPool(poolId)
  const hostId = hostForFiles(pool, query.host_id)
  const { path, limit, cursor } = query
  const asked = { poolId, path, from: cursor ?? null, limit }
  const { entries, total, next } = await askHost('listFiles', asked, { hostId, actor, signal })
  const paths = entries.map(({ name }) => (path === '' ? name : `${path}/${name}`))
  const known = await namesFor(poolId, paths)
  const isFolder = path === templatesPathOf(engineOfPool(pool))
  const data = entries.map((entry, index) => ({
    ...viewOf(entry, paths[index] ?? entry.name, known),
    is_template: isFolder && entry.kind === 'file' && !entry.name.startsWith('.'),
  }))
  return { data, total, ...(next === null ? {} : { nextCursor: next }) }
}

/** The names of volumes and snapshots that these files belong to. */
export async function namesFor(poolId: string, paths: readonly string[]): Promise<KnownNames> {
  const ids = [...new Set(paths.flatMap((path) => volumeOf(path) ?? []))]
  if (ids.length === 0) return { volumes: new Map(), snapshots: new Map() }
  const [volumes, snapshots] = await Promise.all([repository.findVolumes(poolId, ids), repository.findSnapshots(ids)])
  return {
    volumes: new Map(volumes.map((volume) => [volume.id, volume])),
    snapshots: new Map(snapshots.map((snapshot) => [snapshot.id, snapshot])),
  }
}

function viewOf(entry: FileEntry, path: string, known: KnownNames): Omit<FileView, 'is_template'> {
  return {
    name: entry.name,
    path,
    kind: entry.kind,
    bytes: entry.bytes,
    modified_at: entry.modifiedAt,
    format: entry.format,
    virtual_bytes: entry.virtualBytes,
    used_by: ownerOf(path, known),
    refuses_download: entry.kind === 'file' ? refusesDownload(path, known) : 'Only files can be downloaded.',
  }
}

'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { volumeOne } from '@/components/data/queries'
import { isOpenThere, takesVolumes } from '@/components/pools/pool-words'
import { type Room, roomFor } from '@/components/volumes/room'
import type { Provisioning, VolumeFormat } from '@/lib/agent-protocol/pools'
import type { ForeignView, PoolView } from '@/lib/pools/schema'
import type { SnapshotView, VolumeRow } from '@/lib/volumes/schema'

export type SourceMode = 'empty' | 'template' | 'clone' | 'copy' | 'import'

/** Where the dialog was opened from. */
export type From =
  | { mode: 'clone' | 'copy'; volume: Pick<VolumeRow, 'id' | 'name'>; snapshot?: SnapshotView | undefined }
  | { mode: 'foreign'; item: ForeignView }

export interface Draft {
  poolId: string
  name: string
  mode: SourceMode | 'foreign'
  /** Of a clone or a copy. */
  volumeId: string
  snapshotId: string
  /** Name of an image or ISO file among the templates of the pool. */
  template: string
  /** Of a template: its content is shared with all that are cloned from it. */
  isShared: boolean
  /** Of something foreign: it becomes the volume where it is, and is not copied. */
  isAdopted: boolean
  /** Of an image that is fetched from a server. */
  backendId: string
  path: string
  checksum: string
  /** Bytes as text, or what was typed when that is no number. */
  size: string
  format: VolumeFormat | null
  provisioning: Provisioning | null
  hostId: string
}

/** Of what was typed: empty, or whole. */
const CHECKSUM = /^(?:|sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/i
const GIB = 2 ** 30
/** Large enough for most systems, and a thin one costs nothing. */
const USUAL_BYTES = 20 * GIB

/** Only what a name of a volume may have, so that the suggestion is never refused. */
function nameFrom(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
}

function suggestedName(from: From | undefined): string {
  if (from === undefined) return ''
  if (from.mode === 'foreign') return nameFrom(from.item.name.replace(/^.*\//, '').replace(/\.[a-z0-9]+$/i, ''))
  return nameFrom(`${from.volume.name.slice(0, 56)}-${from.mode}`)
}

function firstDraft(pools: readonly PoolView[], preset: string, from: From | undefined): Draft {
  const usable = pools.filter(takesVolumes)
  const only = usable.length === 1 ? usable[0]?.id : undefined
  const isVolume = from !== undefined && from.mode !== 'foreign'
  return {
    poolId: preset || (only ?? ''),
    name: suggestedName(from),
    mode: from?.mode ?? 'empty',
    volumeId: isVolume ? from.volume.id : '',
    snapshotId: (isVolume && from.snapshot?.id) || '',
    template: '',
    isShared: false,
    isAdopted: false,
    backendId: '',
    path: '',
    checksum: '',
    size: from === undefined ? String(USUAL_BYTES) : '',
    format: null,
    provisioning: null,
    hostId: from?.mode === 'foreign' ? from.item.host_id : '',
  }
}

/** Has it a size of its own? What is adopted is as it is. */
export function hasSize({ mode, isAdopted }: Pick<Draft, 'mode' | 'isAdopted'>): boolean {
  return mode !== 'foreign' || !isAdopted
}

/** Has it a layout of its own? A clone has that of what it comes from. */
export function hasLayout(draft: Pick<Draft, 'mode' | 'isAdopted' | 'isShared'>): boolean {
  return hasSize(draft) && draft.mode !== 'clone' && !(draft.mode === 'template' && draft.isShared)
}

/** Where its content comes from, as the API takes it. */
function sourceOf(draft: Draft, from: From | undefined) {
  const { mode, volumeId, snapshotId, template, isShared, isAdopted, backendId, path, checksum } = draft
  if (mode === 'foreign' && from?.mode === 'foreign')
    return { foreign: from.item.name, mode: isAdopted ? 'adopt' : 'copy' }
  if (mode === 'empty') return undefined
  if (mode === 'template') return { template, ...(isShared ? { mode: 'clone' } : {}) }
  if (mode === 'import')
    return {
      backend_id: backendId,
      path: path.trim(),
      ...(checksum.trim() === '' ? {} : { checksum: checksum.trim() }),
    }
  return { volume_id: volumeId, ...(snapshotId ? { snapshot_id: snapshotId } : {}), mode }
}

/** What the API takes for it. */
export function bodyOf(draft: Draft, from: From | undefined) {
  const { name, size, format, provisioning, hostId } = draft
  const source = sourceOf(draft, from)
  const isChosen = hasLayout(draft)
  return {
    name,
    ...(source ? { source } : {}),
    ...(hasSize(draft) && size.trim() !== '' ? { size_bytes: Number(size) } : {}),
    ...(isChosen && format ? { format } : {}),
    ...(isChosen && provisioning ? { provisioning } : {}),
    ...(hostId ? { host_id: hostId } : {}),
  }
}

/** What is missing or too large, by field, before the API is asked. */
export function problemsOf(draft: Draft, room: Room): Readonly<Record<string, string>> {
  const problems: Record<string, string> = {}
  if (draft.poolId === '') problems.pool = 'Choose a pool.'
  if (draft.name.trim() === '') problems.name = 'Enter a name.'
  const isCloned = draft.mode === 'clone' || draft.mode === 'copy'
  if (isCloned && draft.volumeId === '') problems.source = 'Choose the volume that it comes from.'
  if (draft.mode === 'template' && draft.template === '') problems['source.template'] = 'Choose a template.'
  if (draft.mode === 'import') {
    if (draft.backendId === '') problems['source.backend_id'] = 'Choose the server that has the image.'
    if (draft.path.trim() === '') problems['source.path'] = 'Enter the path of the image.'
    if (!CHECKSUM.test(draft.checksum.trim()))
      problems['source.checksum'] = 'Write sha256: and 64 hex digits, or sha512: and 128.'
  }
  if (!hasSize(draft)) return problems
  const bytes = Number(draft.size)
  if (draft.size.trim() === '') {
    if (draft.mode === 'empty') problems.size_bytes = 'Enter a size.'
  } else {
    const wrong = sizeProblem(bytes, room)
    if (wrong !== null) problems.size_bytes = wrong
  }
  return problems
}

/** Why a volume cannot have this size, as far as that is known before the API is asked. */
export function sizeProblem(bytes: number, room: Room): string | null {
  if (!Number.isFinite(bytes)) return 'Enter a size as a number, such as 1.5.'
  if (bytes <= 0) return 'Enter a size above 0.'
  if (room.bytes !== null && bytes > room.bytes) return 'There is not so much room.'
  return Number.isSafeInteger(bytes) ? null : 'No volume can be so large.'
}

/** A new volume while it is filled in. */
export function useNewVolume(pools: readonly PoolView[], preset: string, from: From | undefined) {
  const [draft, setDraft] = useState<Draft>(() => firstDraft(pools, preset, from))
  const pool = pools.find(({ id }) => id === draft.poolId)
  const { data: source } = useQuery({ ...volumeOne(draft.volumeId), enabled: draft.volumeId !== '' })
  const ready = pool?.hosts.filter(isOpenThere) ?? []
  // Where each host has its own content somebody has to say which; of one host there is nothing to choose.
  const needsHost = pool?.sharing === 'own' && pool.hosts.length > 1 && draft.mode !== 'clone'
  const hostId =
    draft.hostId || (pool?.sharing === 'own' && pool.hosts.length === 1 ? (pool.hosts[0]?.host_id ?? '') : '')
  const provisioning = (hasLayout(draft) && (draft.provisioning ?? pool?.can.provisionings[0])) || 'thin'
  const room: Room = pool ? roomFor(pool, provisioning, hostId || null) : { bytes: null, by: null }
  return {
    draft: { ...draft, hostId: needsHost || draft.mode === 'foreign' ? draft.hostId : '' },
    set: (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change })),
    pool,
    source,
    ready,
    needsHost,
    format: draft.format ?? pool?.can.formats[0] ?? null,
    provisioning,
    room,
  }
}

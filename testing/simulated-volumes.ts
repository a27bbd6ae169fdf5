import type {
  ForeignContent,
  ObservedVolume,
  TemplateBase,
  TemplateContent,
  VolumeRef,
  VolumeWork,
} from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import type { SimulatedStorages } from '@/testing/simulated-storages'

/** What lies in a pool, whichever host looks. */
export interface PoolContent {
  poolId: string
  isMarked: boolean
  volumes: Map<string, ObservedVolume>
  foreign: ForeignContent[]
  templates: TemplateContent[]
  /** By path below the pool: what else lies there as files. */
  files: Map<string, Uint8Array>
}

type Listener = (content: PoolContent, changed: readonly ObservedVolume[], gone: readonly string[]) => void

/** Of every disk that is fetched from somewhere. */
const FETCHED_BYTES = 2 * 1024 ** 3

const BY_STORAGES = new WeakMap<SimulatedStorages, SimulatedContents>()

/** The contents of all pools on these storages. */
export class SimulatedContents {
  readonly #contents = new Map<string, PoolContent>()
  readonly #listeners = new Set<Listener>()

  static of(storages: SimulatedStorages): SimulatedContents {
    const known = BY_STORAGES.get(storages) ?? new SimulatedContents()
    BY_STORAGES.set(storages, known)
    return known
  }

  /** `hostId`: of a storage that each host has for itself. */
  get(poolId: string, hostId: string | null): PoolContent {
    const key = `${poolId} ${hostId ?? ''}`
    const known = this.#contents.get(key)
    if (known !== undefined) return known
    const content: PoolContent = {
      poolId,
      isMarked: false,
      volumes: new Map(),
      foreign: [],
      templates: [],
      files: new Map(),
    }
    this.#contents.set(key, content)
    return content
  }

  observe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Null: the volume is gone. */
  change(content: PoolContent, volumeId: string, volume: ObservedVolume | null): void {
    if (volume === null) content.volumes.delete(volumeId)
    else content.volumes.set(volumeId, { ...volume, since: new Date().toISOString() })
    const now = content.volumes.get(volumeId)
    for (const tell of this.#listeners)
      tell(content, now === undefined ? [] : [now], now === undefined ? [volumeId] : [])
  }
}

export interface SimulatedWork {
  volumeId: string
  work: VolumeWork
  findContent(poolId: string): PoolContent
}

/** What is there after the work; null: it is gone. Throws as the real engines do. */
export function workOn(content: PoolContent, { volumeId, work, findContent }: SimulatedWork): ObservedVolume | null {
  const known = content.volumes.get(volumeId)
  if (work.do === 'create' || work.do === 'move' || work.do === 'clone' || work.do === 'adopt') {
    if (known !== undefined) throw new HoldfastError('conflict', 'The volume is there already.')
    return made(content, volumeId, work, findContent)
  }
  if (known === undefined) {
    if (work.do === 'purge') return null
    throw new HoldfastError('not_found', 'The volume is not there.')
  }
  switch (work.do) {
    case 'grow':
      if (known.sizeBytes !== null && work.sizeBytes < known.sizeBytes)
        throw new HoldfastError('invalid_input', 'A volume cannot be made smaller.')
      return { ...known, sizeBytes: work.sizeBytes }
    case 'snapshot':
      return { ...known, snapshots: [...known.snapshots, { snapshotId: work.snapshotId, sizeBytes: 0 }] }
    case 'deleteSnapshot':
      return { ...known, snapshots: known.snapshots.filter(({ snapshotId }) => snapshotId !== work.snapshotId) }
    case 'restore':
    case 'export':
      return known
    case 'flatten':
      return { ...known, parent: null, allocatedBytes: known.sizeBytes }
    case 'trash':
    case 'purge':
      refuseParent(content, volumeId)
      return work.do === 'trash' ? { ...known, state: 'trashed' } : null
    case 'untrash':
      return { ...known, state: 'present' }
  }
}

function refuseParent(content: PoolContent, volumeId: string): void {
  const children = [...content.volumes.values()].filter(({ parent }) => parent?.volumeId === volumeId)
  if (children.length === 0) return
  throw new HoldfastError('in_use', `Needed by ${children.map((child) => child.volumeId).join(', ')}.`)
}

type Making = Extract<VolumeWork, { do: 'create' | 'move' | 'clone' | 'adopt' }>

function made(
  content: PoolContent,
  volumeId: string,
  work: Making,
  findContent: SimulatedWork['findContent'],
): ObservedVolume {
  const fresh: ObservedVolume = {
    volumeId,
    poolId: content.poolId,
    state: 'present',
    generation: 0,
    since: new Date().toISOString(),
    format: 'qcow2',
    sizeBytes: null,
    allocatedBytes: 196_608,
    parent: null,
    snapshots: [],
    isInUse: false,
    error: null,
  }
  if (work.do === 'clone') {
    if (work.base !== undefined) makeBase(content, work.of, work.base, fresh)
    const source = volumeIn(content, work.of.volumeId)
    return { ...fresh, format: source.format, sizeBytes: work.sizeBytes ?? source.sizeBytes, parent: work.of }
  }
  if (work.do === 'adopt') {
    const found = foreignIn(content, work.name)
    content.foreign = content.foreign.filter((item) => item !== found)
    const format = found.format === 'qcow2' ? 'qcow2' : 'raw'
    return { ...fresh, format, sizeBytes: found.bytes, allocatedBytes: found.bytes }
  }
  if (work.do === 'move') {
    const { allocatedBytes } = volumeIn(findContent(work.from.poolId), work.from.volumeId)
    return { ...fresh, format: work.format, sizeBytes: work.sizeBytes, allocatedBytes }
  }
  const bytes = contentBytes(content, work, findContent)
  const sizeBytes = work.sizeBytes ?? bytes
  const allocatedBytes = work.provisioning === 'full' ? sizeBytes : (bytes ?? fresh.allocatedBytes)
  return { ...fresh, format: work.format, sizeBytes, allocatedBytes }
}

/** What clones of a template share; the first one makes it. */
function makeBase(
  content: PoolContent,
  { volumeId, snapshotId }: VolumeRef,
  { name, bytes, modifiedAt }: TemplateBase,
  fresh: ObservedVolume,
): void {
  if (content.volumes.has(volumeId)) return
  const found = content.templates.find((item) => name.endsWith(`/${item.name}`))
  if (found?.bytes !== bytes || found.modifiedAt !== modifiedAt)
    throw new HoldfastError('conflict', `The template ${name} has changed since it was listed.`)
  const snapshots = snapshotId === null ? [] : [{ snapshotId, sizeBytes: bytes }]
  content.volumes.set(volumeId, { ...fresh, volumeId, sizeBytes: found.virtualBytes, allocatedBytes: bytes, snapshots })
}

function contentBytes(
  content: PoolContent,
  { content: source }: Extract<VolumeWork, { do: 'create' }>,
  findContent: SimulatedWork['findContent'],
): number | null {
  if (source === null) return null
  if (source.from === 'foreign') return outsideIn(content, source.name)
  if (source.from === 'backend') return FETCHED_BYTES
  return volumeIn(findContent(source.poolId), source.volumeId).sizeBytes
}

function volumeIn(content: PoolContent, volumeId: string): ObservedVolume {
  const found = content.volumes.get(volumeId)
  if (found === undefined) throw new HoldfastError('not_found', `There is no volume ${volumeId}.`)
  return found
}

/** Bytes of the disk in something foreign, or in a template. */
function outsideIn(content: PoolContent, path: string): number | null {
  const template = path.includes('/') && content.templates.find(({ name }) => path.endsWith(`/${name}`))
  return template ? template.virtualBytes : foreignIn(content, path).bytes
}

function foreignIn(content: PoolContent, name: string): ForeignContent {
  const found = content.foreign.find((item) => item.name === name)
  if (found === undefined) throw new HoldfastError('not_found', `There is no ${name}.`)
  return found
}

/** How many bytes such work goes through, for its progress; null: it is done at once. */
export function bytesOf(work: VolumeWork, sizeBytes: number | null): number | null {
  const isLong =
    work.do === 'flatten' ||
    work.do === 'move' ||
    (work.do === 'create' && (work.content !== null || work.provisioning === 'full'))
  return isLong ? (sizeBytes ?? 1_073_741_824) : null
}

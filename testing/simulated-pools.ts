import type { z } from 'zod'
import type { ListedKind } from '@/agent/resources/listed-kind'
import { KeeperLeases } from '@/agent/resources/pools/keeper-leases'
import { Teller } from '@/agent/resources/told'
import type { FileEntry } from '@/lib/agent-protocol/files'
import type { ObservedPool, ObservedVolume, VolumeWork, VolumeWorkResult, WirePool } from '@/lib/agent-protocol/pools'
import type { Usage } from '@/lib/drivers/contract/values'
import { HoldfastError } from '@/lib/errors'
import { ResourceListeners } from '@/testing/resource-listeners'
import { addressOf, type SimulatedStorages } from '@/testing/simulated-storages'
import { type PoolContent, SimulatedContents, workOn } from '@/testing/simulated-volumes'

interface OpenPool {
  document: WirePool
  view: ObservedPool
}

/**
 * The pools that are open on a simulated host, and the volumes in them. Hosts that share storages see the same content of what is the
 * same storage everywhere. A dead storage makes a pool an error, as on a real host; what is known of its volumes stays.
 */
export class SimulatedPools implements ListedKind<ObservedPool> {
  readonly name = 'pool'
  /** The other list: what this host tells of volumes. */
  readonly volumes: ListedKind<ObservedVolume>
  /** What this host may change of storages that others write to as well. */
  readonly leases = new KeeperLeases()
  readonly #hostId: string
  readonly #storages: SimulatedStorages
  readonly #contents: SimulatedContents
  readonly #pools = new Map<string, OpenPool>()
  readonly #active = new Map<string, string[]>()
  readonly #listeners = new ResourceListeners<ObservedPool>()
  readonly #ofVolumes = new ResourceListeners<ObservedVolume>()
  readonly #stop: () => void

  constructor(hostId: string, storages: SimulatedStorages) {
    this.#hostId = hostId
    this.#storages = storages
    this.#contents = SimulatedContents.of(storages)
    const list = () => this.#toldVolumes()
    const idOf = ({ volumeId }: ObservedVolume) => volumeId
    const versions = new Teller({ list, idOf })
    this.volumes = {
      name: 'volume',
      idOf,
      list,
      version: () => versions.version(),
      subscribe: (onChange) => this.#ofVolumes.add(onChange),
    }
    const stopContents = this.#contents.observe((poolId, changed, gone) => this.#tellVolumes(poolId, changed, gone))
    const stopStorages = storages.observe((address) => this.#lookAgain(address))
    this.#stop = () => {
      stopContents()
      stopStorages()
    }
  }

  stop(): void {
    this.#stop()
  }

  idOf({ poolId }: ObservedPool): string {
    return poolId
  }

  list(): ObservedPool[] {
    return [...this.#pools.values()].map(({ view }) => view)
  }

  subscribe(onChange: (changed: readonly ObservedPool[], gone: readonly string[]) => void): () => void {
    return this.#listeners.add(onChange)
  }

  /** As it was opened. Throws where it is not open. */
  documentOf(poolId: string): WirePool {
    return this.#get(poolId).document
  }

  /** Throws as the real agent does. `isBaseThere`: its mount or connection stands. */
  open(document: WirePool, generation: number, isBaseThere: boolean): ObservedPool {
    if (!isBaseThere) throw new HoldfastError('conflict', 'What the pool lies on is not there.')
    const condition = this.#storages.conditionOf(document.backend, this.#hostId)
    if (condition === 'dead') throw new HoldfastError('backend_unreachable', 'The storage does not answer.')
    if (document.isLeased && document.isKeeper) this.leases.keep(document.poolId, generation)
    else this.leases.forget(document.poolId)
    const content = this.#contentOf(document)
    if (!content.isMarked && !document.isNew)
      throw new HoldfastError(
        'conflict',
        'The mark of this pool is not there: this is another storage, or an empty one.',
      )
    content.isMarked = true
    const known = this.#pools.get(document.poolId)
    const since = known?.view.state === 'ready' ? known.view.since : new Date().toISOString()
    this.#pools.set(document.poolId, { document, view: this.#viewOf(document, generation, since) })
    this.#show(document.poolId)
    const volumes = [...content.volumes.values()]
    if (document.isKeeper) this.#ofVolumes.tell(volumes)
    else if (known?.document.isKeeper) this.#ofVolumes.tell([], volumes.map(this.volumes.idOf))
    return this.#pools.get(document.poolId)?.view as ObservedPool
  }

  /** Throws `busy` while volumes are there, where it is for good. */
  close(document: WirePool, forGood: boolean): void {
    const content = this.#contentOf(document)
    if (forGood && content.volumes.size > 0)
      throw new HoldfastError('busy', `${content.volumes.size} volumes are in the pool.`)
    if (forGood) content.isMarked = false
    this.leases.forget(document.poolId)
    if (!this.#pools.delete(document.poolId)) return
    this.#listeners.tell([], [document.poolId])
    this.#ofVolumes.tell([], [...content.volumes.keys()])
  }

  /** What a test wants to be seen of a pool, until the next look. */
  override(poolId: string, change: Partial<ObservedPool>): void {
    const pool = this.#get(poolId)
    pool.view = { ...pool.view, since: new Date().toISOString(), ...change }
    this.#show(poolId)
  }

  /** Volumes of a shared group that somebody has made active here; the next look tells of them. */
  activate(poolId: string, volumeIds: string[]): void {
    this.#active.set(poolId, volumeIds)
  }

  /** Somebody changes or takes away a volume behind our back; null: it is gone. */
  overrideVolume(poolId: string, volumeId: string, change: Partial<ObservedVolume> | null): void {
    const { document } = this.#get(poolId)
    const content = this.#contentOf(document)
    const known = content.volumes.get(volumeId)
    if (known === undefined) throw new Error(`there is no volume ${volumeId} in this pool`)
    this.#contents.change(content, volumeId, change === null ? null : { ...known, ...change })
  }

  /** The files of a pool that is open here. Throws as the real agent does. */
  filesOf(poolId: string): PoolContent['files'] {
    return this.contentOf(poolId).files
  }

  /** A file has come, by its path; one among the templates is told of, as the next look of a real host does. */
  landed(poolId: string, { name: path, bytes, modifiedAt, format, virtualBytes }: FileEntry): void {
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (path !== `${this.templatesFolder(poolId)}/${name}`) return
    const { templates } = this.contentOf(poolId)
    templates.push({ name, bytes: bytes ?? 0, modifiedAt, format, virtualBytes })
    this.override(poolId, { templates: { count: templates.length, items: [...templates] } })
  }

  templatesFolder(poolId: string): string {
    return String(this.settingsOf(poolId).templates_path ?? 'templates')
  }

  /** As they were sent. */
  settingsOf(poolId: string): WirePool['settings'] {
    return this.#get(poolId).document.settings
  }

  /** All that lies in it. */
  contentOf(poolId: string): PoolContent {
    const { document, view } = this.#get(poolId)
    if (view.state === 'error')
      throw new HoldfastError('backend_unreachable', 'The pool cannot be used on this host now.')
    return this.#contentOf(document)
  }

  /** As the real one: a change of what other hosts read waits until it was lent to this one. Gives its number; null: nobody minds. */
  async readyFor(poolId: string, signal: AbortSignal): Promise<number | null> {
    const { isLeased, isKeeper } = this.#get(poolId).document
    if (!isLeased) return null
    if (!isKeeper) throw new HoldfastError('conflict', 'Another host looks after this pool.')
    return this.leases.right(poolId).ready(signal, () => undefined)
  }

  /** For a job: what the work does when its time has come. Throws at once what the agent refuses. */
  prepare(poolId: string, volumeId: string, work: VolumeWork): () => z.infer<typeof VolumeWorkResult> {
    const { document, view } = this.#get(poolId)
    if (view.state !== 'ready' && view.state !== 'degraded')
      throw new HoldfastError('conflict', 'The pool is not open on this host now.')
    const findContent = (id: string) => this.#contentOf(this.#get(id).document)
    return () => {
      const content = this.#contentOf(document)
      const volume = workOn(content, { volumeId, work, findContent })
      this.#contents.change(content, volumeId, volume)
      const source = this.#otherOf(content, work, findContent)
      this.#show(poolId)
      return source === undefined ? { volume } : { volume, source }
    }
  }

  /** What else is told: what a moved volume was before, or what clones of a template share. */
  #otherOf(content: PoolContent, work: VolumeWork, findContent: (poolId: string) => PoolContent) {
    if (work.do === 'move') return this.#trash(work.from, findContent)
    if (work.do !== 'clone' || work.base === undefined) return undefined
    const base = content.volumes.get(work.of.volumeId) ?? null
    if (base !== null) this.#contents.change(content, base.volumeId, base)
    return base
  }

  /** What a moved volume was before. */
  #trash(
    { poolId, volumeId }: { poolId: string; volumeId: string },
    findContent: (poolId: string) => PoolContent,
  ): ObservedVolume | null {
    const content = findContent(poolId)
    const trashed = workOn(content, { volumeId, work: { do: 'trash' }, findContent })
    this.#contents.change(content, volumeId, trashed)
    return trashed
  }

  #get(poolId: string): OpenPool {
    const pool = this.#pools.get(poolId)
    if (pool === undefined) throw new HoldfastError('not_found', `Pool ${poolId} is not open on this host.`)
    return pool
  }

  #contentOf({ poolId, backend }: WirePool): PoolContent {
    return this.#contents.get(poolId, backend.driver === 'local-dir' ? this.#hostId : null)
  }

  #viewOf(document: WirePool, generation: number, since: string): ObservedPool {
    const at = new Date().toISOString()
    const { foreign: items, templates } = this.#contentOf(document)
    const hasFiles = document.engine === 'image-files'
    return {
      poolId: document.poolId,
      state: 'ready',
      generation,
      since,
      error: null,
      capacity: this.#capacityOf(document),
      capacityAt: at,
      foreign: document.isKeeper ? { count: items.length, items: [...items] } : null,
      ...(hasFiles ? { templates: document.isKeeper ? { count: templates.length, items: [...templates] } : null } : {}),
      ...(document.isLeased ? { activeVolumes: this.#active.get(document.poolId) ?? [] } : {}),
    }
  }

  #capacityOf(document: WirePool): Usage {
    const usage = this.#storages.usageOf(document.backend, this.#hostId)
    const isThin = document.engine === 'lvm' && document.settings.mode !== 'thick'
    if (!isThin || usage.thinPool !== undefined) return usage
    const { usedBytes, totalBytes } = usage
    const percent = usedBytes === null || !totalBytes ? null : (usedBytes / totalBytes) * 100
    return { ...usage, thinPool: { dataPercent: percent, metadataPercent: percent === null ? null : percent / 4 } }
  }

  #show(poolId: string): void {
    const pool = this.#pools.get(poolId)
    if (pool !== undefined) this.#listeners.tell([pool.view])
  }

  #toldVolumes(): ObservedVolume[] {
    return [...this.#pools.values()].flatMap(({ document }) =>
      document.isKeeper ? [...this.#contentOf(document).volumes.values()] : [],
    )
  }

  #tellVolumes(content: PoolContent, changed: readonly ObservedVolume[], gone: readonly string[]): void {
    const isMine = [...this.#pools.values()].some(
      ({ document, view }) => document.isKeeper && view.state !== 'error' && this.#contentOf(document) === content,
    )
    if (isMine) this.#ofVolumes.tell(changed, gone)
  }

  #lookAgain(address: string): void {
    for (const { document, view } of [...this.#pools.values()]) {
      if (addressOf(document.backend) !== address) continue
      const isDead = this.#storages.conditionOf(document.backend, this.#hostId) === 'dead'
      const error = { code: 'backend_unreachable', message: 'The storage does not answer.' }
      if (isDead) this.override(document.poolId, { state: 'error', error })
      else if (view.state === 'error' || this.#storages.isMoving) {
        const since = view.state === 'error' ? new Date().toISOString() : view.since
        this.#pools.set(document.poolId, { document, view: this.#viewOf(document, view.generation, since) })
        this.#show(document.poolId)
      }
    }
  }
}

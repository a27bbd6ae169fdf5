import type { DemoApi } from '@/demo/api'
import { attachDemoVolumes } from '@/demo/attached'
import type { DemoFleet } from '@/demo/faults'
import { takenBySchedule, timesBefore } from '@/demo/past'
import {
  DEMO_COPY,
  DEMO_CUT_OFF,
  DEMO_EXPORT,
  DEMO_LOST,
  DEMO_MOVE,
  DEMO_POOLS,
  DEMO_UNKNOWN,
  DEMO_UPLOAD,
  type DemoPool,
  type DemoSchedule,
  type DemoVolume,
} from '@/demo/pools'
import { addUnknown } from '@/demo/unknown-volumes'
import type { Db } from '@/lib/db/client'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { toldError } from '@/lib/drivers/problems/report'
import type { PoolView } from '@/lib/pools/schema'
import { SetSchedule, type VolumeScheduleView } from '@/lib/snapshots/schema'
import type { VolumeView } from '@/lib/volumes/schema'
import type { FakeAgent } from '@/testing/fake-agent'
import { SimulatedContents } from '@/testing/simulated-volumes'
import type { SimulatedWorkloads } from '@/testing/simulated-workloads'
import { waitFor } from '@/testing/wait'

const MINUTE = 60_000
const COPY_STEP_MS = 2_000
/** The copy is never quite done: who looks later sees it too. */
const COPY_PARTS = 900

interface Made {
  pool: DemoPool
  id: string
}

/** Pools, the volumes in them, and what goes on with these: through the API, as a script of yours would. */
export class DemoPools {
  readonly #api: DemoApi
  readonly #fleet: DemoFleet
  readonly #db: Db
  readonly #workloads: ReadonlyMap<string, SimulatedWorkloads>
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined

  /** `db`: for what only time can make. `workloads`: what hosts run, by the name of the host. */
  constructor(api: DemoApi, fleet: DemoFleet, db: Db, workloads: ReadonlyMap<string, SimulatedWorkloads> = new Map()) {
    this.#api = api
    this.#fleet = fleet
    this.#db = db
    this.#workloads = workloads
  }

  /** Pools that cannot be opened are left as they are: those are part of the show. `backends`: ids by name. */
  async start(backends: ReadonlyMap<string, string>): Promise<void> {
    const made: Made[] = []
    for (const pool of DEMO_POOLS) {
      const id = await this.#makePool(pool, backends.get(pool.backend) ?? '')
      made.push({ pool, id })
    }
    await Promise.all(made.map((one) => this.#fill(one)))
    const named = new Map(made.map((one) => [one.pool.name, one]))
    const main = named.get(DEMO_COPY.pool)
    const thin = made.find(({ pool }) => pool.backend === 'san-fra1')
    if (thin) this.#fillMetadata(thin)
    this.#cutOff(named.get(DEMO_CUT_OFF.pool)?.id ?? '')
    this.#lose(named.get(DEMO_LOST.pool)?.id ?? '')
    const id = (name: string) => named.get(name)?.id ?? ''
    addUnknown(SimulatedContents.of(this.#fleet.storages), id(DEMO_UNKNOWN.pool), DEMO_UNKNOWN.volumes)
    await this.#api.uploadPart(`/storage/pools/${id(DEMO_UPLOAD.pool)}/uploads`, DEMO_UPLOAD)
    await this.#export(id(DEMO_EXPORT.pool))
    await this.#move(named.get(DEMO_MOVE.pool)?.id ?? '', named.get(DEMO_MOVE.to)?.id ?? '')
    if (main) await this.#copy(main)
  }

  stop(): void {
    this.#stop.abort()
    clearInterval(this.#timer)
  }

  async #makePool(
    {
      name,
      backend: _,
      targets,
      volumes: _volumes,
      foreign = [],
      templates = [],
      files = {},
      schedule,
      ...rest
    }: DemoPool,
    backendId: string,
  ) {
    const hosts = Array.isArray(targets)
      ? { host_ids: targets.map((host) => this.#fleet.agents.get(host)?.hostId) }
      : { targets: 'labels', target_labels: targets }
    const { id } = await this.#api.post<PoolView>('/storage/pools', { name, backend_id: backendId, ...hosts, ...rest })
    const content = SimulatedContents.of(this.#fleet.storages).get(id, null)
    content.foreign.push(...foreign)
    content.templates.push(...templates)
    for (const [path, bytes] of Object.entries(files)) content.files.set(path, bytes)
    if (schedule) await this.#api.finish('PUT', `/storage/pools/${id}/snapshot-schedule`, schedule)
    return id
  }

  async #fill({ pool, id }: Made): Promise<void> {
    if (pool.volumes.length === 0) return
    const isOpen = async () => {
      const { phase, hosts } = await this.#api.get<PoolView>(`/storage/pools/${id}`)
      return this.#stop.signal.aborted || (phase !== 'PENDING' && hosts.every((host) => host.phase !== 'PENDING'))
    }
    await waitFor(`pool ${pool.name}`, isOpen, 3 * MINUTE)
    const ids = new Map<string, string>()
    for (const volume of pool.volumes) ids.set(volume.name, await this.#makeVolume(id, volume, ids))
    for (const volume of pool.volumes) {
      const volumeId = ids.get(volume.name) ?? ''
      if (volume.schedule) await this.#api.finish('PUT', `/volumes/${volumeId}/snapshot-schedule`, volume.schedule)
      const schedule = volume.schedule ?? pool.schedule
      if (schedule && volume.takenBefore) await this.#takeBefore(volumeId, schedule, volume.takenBefore)
      await this.#age(id, volume, volumeId)
    }
    const { mount_id: mountId } = await this.#api.get<PoolView>(`/storage/pools/${id}`)
    const place = { mountId, path: mountId === null ? '/dev/volumes' : `/mnt/${pool.name}` }
    attachDemoVolumes({ name: pool.name, place, volumes: ids }, this.#workloads)
  }

  /** Snapshots that its schedule would have taken by now. */
  async #takeBefore(volumeId: string, schedule: DemoSchedule, count: number): Promise<void> {
    const past = timesBefore(SetSchedule.parse(schedule), new Date(), count)
    for (const { name } of past) await this.#api.finish('POST', `/volumes/${volumeId}/snapshots`, { name })
    const { next_run_at: next } = await this.#api.get<VolumeScheduleView>(`/volumes/${volumeId}/snapshot-schedule`)
    if (next !== null) await takenBySchedule(this.#db, volumeId, { past, next: new Date(next) })
  }

  async #makeVolume(poolId: string, volume: DemoVolume, ids: ReadonlyMap<string, string>): Promise<string> {
    const { name, size, format, provisioning, cloneOf, fromTemplate: template, host } = volume
    const parent = cloneOf === undefined ? undefined : ids.get(cloneOf)
    const snapshot = parent && (await this.#api.get<VolumeView>(`/volumes/${parent}`)).snapshots.at(-1)?.id
    const body = parent
      ? { name, source: { volume_id: parent, mode: 'clone', ...(snapshot ? { snapshot_id: snapshot } : {}) } }
      : template
        ? { name, source: { template, mode: 'clone' } }
        : { name, size, ...(format ? { format } : {}), ...(provisioning ? { provisioning } : {}) }
    const hostId = host === undefined ? {} : { host_id: this.#fleet.agents.get(host)?.hostId }
    const { id } = await this.#api.finish<VolumeView>('POST', `/storage/pools/${poolId}/volumes`, {
      ...body,
      ...hostId,
    })
    if (template) await this.#api.finish('POST', `/volumes/${id}/resize`, { size })
    for (const one of volume.snapshots ?? []) await this.#api.finish('POST', `/volumes/${id}/snapshots`, { name: one })
    return id
  }

  /** As it would be after some time: written to, in use, or thrown away. */
  async #age(
    poolId: string,
    { written, isInUse = false, isTrashed = false }: DemoVolume,
    volumeId: string,
  ): Promise<void> {
    const { size_bytes: bytes, host_id: hostId } = await this.#api.get<VolumeView>(`/volumes/${volumeId}`)
    const agent = this.#agentOf(hostId)
    agent?.simulatedPools.overrideVolume(poolId, volumeId, {
      allocatedBytes: Math.round((bytes ?? 0) * written),
      isInUse,
    })
    if (isTrashed) await this.#api.finish('DELETE', `/volumes/${volumeId}`, undefined)
  }

  #agentOf(hostId: string | null): FakeAgent | undefined {
    return [...this.#fleet.agents.values()].find((agent) => agent.hostId === hostId)
  }

  /** Many snapshots take metadata, and not data: then the thin pool stops although there is room. */
  #fillMetadata({ pool, id }: Made): void {
    const [host] = Array.isArray(pool.targets) ? pool.targets : []
    const simulated = this.#fleet.agents.get(host ?? '')?.simulatedPools
    const seen = simulated?.list().find(({ poolId }) => poolId === id)
    if (!simulated || !seen?.capacity) return
    const message = 'The metadata of the thin pool is 91 % full.'
    simulated.override(id, {
      state: 'degraded',
      error: { code: 'no_space', message },
      capacity: { ...seen.capacity, thinPool: { dataPercent: 48.2, metadataPercent: 91.3 } },
    })
  }

  /** One of the hosts cannot reach the storage any more; the others can. */
  #cutOff(poolId: string): void {
    const simulated = this.#fleet.agents.get(DEMO_CUT_OFF.host)?.simulatedPools
    if (!simulated?.list().some((pool) => pool.poolId === poolId)) return
    const error = toldError(new ProblemError('network.timed_out', { server: '192.0.2.61', port: 3300 }))
    simulated.override(poolId, { state: 'error', error })
  }

  /** The disk below it was replaced: what was in it never comes back. */
  #lose(poolId: string): void {
    const simulated = this.#fleet.agents.get(DEMO_LOST.host)?.simulatedPools
    if (!simulated?.list().some((pool) => pool.poolId === poolId)) return
    const error = { code: 'conflict', message: 'The mark of the pool is not on this storage any more.' }
    simulated.override(poolId, { state: 'error', error })
  }

  /** Its operation has the link by which it is downloaded. */
  async #export(poolId: string): Promise<void> {
    const { data } = await this.#api.list<VolumeView>(`/volumes?pool_id=${poolId}`)
    const source = data.find(({ name }) => name === DEMO_EXPORT.of)
    if (source) await this.#api.finish('POST', `/volumes/${source.id}/export`, { to: { download: true } })
  }

  async #move(from: string, to: string): Promise<void> {
    const { data } = await this.#api.list<VolumeView>(`/volumes?pool_id=${from}`)
    const moved = data.find(({ name }) => name === DEMO_MOVE.of)
    if (!moved) return
    const hostId = this.#fleet.agents.get(DEMO_MOVE.host)?.hostId
    await this.#api.finish('POST', `/volumes/${moved.id}/move`, { pool_id: to, host_id: hostId })
  }

  /** Long work that is under way whenever somebody looks. */
  async #copy({ id }: Made): Promise<void> {
    const { keeper } = await this.#api.get<PoolView>(`/storage/pools/${id}`)
    const jobs = this.#agentOf(keeper?.id ?? null)?.simulatedJobs
    const { data } = await this.#api.list<VolumeView>(`/volumes?pool_id=${id}`)
    const source = data.find(({ name }) => name === DEMO_COPY.of)
    if (!jobs || !source) return
    jobs.isDriven = true
    const body = { name: DEMO_COPY.name, source: { volume_id: source.id, mode: 'copy' } }
    const operation = await this.#api.begin('POST', `/storage/pools/${id}/volumes`, body)
    await waitFor('the copy', () => this.#stop.signal.aborted || jobs.find(operation) !== null, MINUTE)
    // Only this one: what people ask for runs by itself.
    jobs.isDriven = false
    let part = 0.07 * COPY_PARTS
    this.#timer = setInterval(() => {
      part = Math.min(part + 1, 0.98 * COPY_PARTS)
      jobs.advance(operation, part / COPY_PARTS)
    }, COPY_STEP_MS)
  }
}

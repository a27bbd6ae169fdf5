import { z } from 'zod'
import type { JobKind, JobTurn } from '@/agent/commands/jobs/job-kind'
import type { CommandRunner } from '@/agent/commands/runner'
import type { Ground } from '@/agent/resources/pools/ground'
import type { ManagedPool } from '@/agent/resources/pools/managed-pool'
import type { PoolManager } from '@/agent/resources/pools/manager'
import type { PlacedPool, PoolDoors } from '@/agent/resources/pools/pool-doors'
import { WireBackend } from '@/lib/agent-protocol/messages'
import { type ObservedVolume, VolumeWork, type VolumeWorkResult } from '@/lib/agent-protocol/pools'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'
import type { EngineTurn, ImageSource, SeenVolume } from '@/lib/volume-engines/contract/engine'
import { engineOf } from '@/lib/volume-engines/registry'
import { type OpenedTurn, openEngineTurn, type WorkDoor } from './engine-turn'
import { exportVolume } from './export/export'
import type { Hold, VolumeHolds } from './holds'
import { type BackendContent, type ImportParts, withImported } from './import/import'
import { makes, requireFitting, requireRoom, requireSource } from './judge'
import { moveHere } from './move'
import { partOf } from './part-of'
import { withContent } from './source'
import { requireBase } from './template-base'

/** A job that has done nothing yet waits so long for a pool that is on its way, as after a restart of the agent. */
const FRESH_WAIT_MS = 60_000
/** One that was cancelled, and has something to take back, waits so long for a pool that is away. */
const CANCELLED_WAIT_MS = 120_000
const RETRY_MS = 500
const SEEN_TRIES = 10

/** Told from the steps of engines. */
const BEGUN = 'work.begun'
const SEEN = 'work.seen'
const SOURCE_SEEN = 'work.source-seen'

const WorkRequest = z.object({
  poolId: z.string(),
  volumeId: z.string(),
  work: VolumeWork,
  /** That its content is fetched from. */
  backend: WireBackend.optional(),
})
export type WorkRequest = z.infer<typeof WorkRequest>

export interface VolumeWorkParts {
  pools: PoolManager
  doors: PoolDoors
  holds: VolumeHolds
  runner: Pick<CommandRunner, 'stopping'>
  imports: ImportParts
  ground: Pick<Ground, 'waitMount'>
}

/** One change of one volume, done by the engine of its pool. It holds the volume, and the one that it reads or freezes. */
export function volumeWork(parts: VolumeWorkParts): JobKind<WorkRequest> {
  return {
    command: 'workOnVolume',
    request: WorkRequest,
    check(request) {
      const { poolId, work } = request
      const pool = parts.pools.get(poolId)
      pool.requireNotBroken()
      requireRoom(pool, work)
      const from = sourceOf(poolId, work)
      if (from !== null) parts.pools.get(from.poolId).requireNotBroken()
      if (importOf(work) !== null) parts.imports.policy().checkDriver(requireBackend(request).driver)
    },
    async work(request, turn) {
      const { hold, ready } = takeHold(parts.holds, request, turn)
      const wasBegun = turn.done.some(({ name }) => name === BEGUN)
      await untilAborted(ready, wasBegun ? parts.runner.stopping : turn.signal)
      return new VolumeJob(parts, request, turn, hold, wasBegun).run()
    },
  }
}

class VolumeJob {
  readonly #parts: VolumeWorkParts
  readonly #request: WorkRequest
  readonly #job: JobTurn
  readonly #hold: Hold
  readonly #wasBegun: boolean
  readonly #turn: EngineTurn
  readonly #door: WorkDoor
  readonly #hide: OpenedTurn['hide']

  constructor(parts: VolumeWorkParts, request: WorkRequest, job: JobTurn, hold: Hold, wasBegun: boolean) {
    this.#parts = parts
    this.#request = request
    this.#job = job
    this.#hold = hold
    this.#wasBegun = wasBegun
    const open = (signal: AbortSignal) => parts.doors.door(job.operationId, Number.POSITIVE_INFINITY, signal)
    const { turn, door, hide } = openEngineTurn(job, parts.runner.stopping, open)
    this.#turn = turn
    this.#door = door
    this.#hide = hide
  }

  async run(): Promise<VolumeWorkResult> {
    const { poolId, volumeId, work } = this.#request
    const placed = await this.#place(poolId)
    await this.#turn.step(BEGUN, async () => {
      requireRoom(this.#parts.pools.get(poolId), work)
      await requireFitting(placed, volumeId, work, this.#turn)
    })
    const told = await this.#carryOut(placed)
    const volume = await this.#turn.step(SEEN, () => this.#see(placed))
    const pool = this.#parts.pools.get(poolId)
    pool.tell(volumeId, volume)
    this.#parts.pools.changed(pool)
    const other = otherOf(poolId, work)
    if (other === null) return { volume, ...told }
    return { volume, source: await this.#turn.step(SOURCE_SEEN, () => this.#seeOther(other)) }
  }

  /** What there is to tell of it besides how the volume is then. */
  async #carryOut(placed: PlacedPool): Promise<Pick<VolumeWorkResult, 'exported' | 'consistency'>> {
    const { work, ...request } = this.#request
    if (work.do === 'export') {
      const exporting = { ...request, work, from: placed, job: this.#job, turn: this.#turn }
      return { exported: await exportVolume(this.#parts.ground, exporting) }
    }
    if (work.do === 'snapshot') {
      const { engine, open } = placed
      return { consistency: await engine.snapshot(open, request.volumeId, work.snapshotId, this.#turn) }
    }
    await this.#change(placed, work)
    return {}
  }

  async #change(placed: PlacedPool, work: Exclude<VolumeWork, { do: 'export' | 'snapshot' }>): Promise<void> {
    const { engine, open } = placed
    const { volumeId } = this.#request
    const turn = this.#turn
    switch (work.do) {
      case 'create':
        return this.#create(placed, work)
      case 'move':
        return this.#move(placed, work)
      case 'clone':
        return this.#clone(placed, work)
      case 'grow':
        return engine.grow(open, volumeId, work.sizeBytes, turn)
      case 'deleteSnapshot':
        return engine.deleteSnapshot(open, volumeId, work.snapshotId, turn)
      case 'restore':
        return engine.restore(open, volumeId, work.snapshotId, turn)
      case 'flatten':
        return engine.flatten(open, volumeId, turn)
      case 'trash':
        return engine.trash(open, volumeId, turn)
      case 'untrash':
        return engine.untrash(open, volumeId, turn)
      case 'purge':
        return engine.purge(open, volumeId, turn)
      case 'adopt':
        return engine.adopt(open, work.name, volumeId, turn)
    }
  }

  async #create(placed: PlacedPool, work: VolumeWork & { do: 'create' }): Promise<void> {
    const { volumeId } = this.#request
    const { content, format, provisioning } = work
    const { engine, open } = placed
    const turn = this.#turn
    if (content === null) {
      const sizeBytes = sizeFor(work.sizeBytes, null, 1)
      return engine.create(open, { volumeId, sizeBytes, format, provisioning }, null, turn)
    }
    const granule = this.#granule(placed)
    const make = (source: ImageSource) => {
      const sizeBytes = sizeFor(work.sizeBytes, source, granule)
      return engine.create(open, { volumeId, sizeBytes, format, provisioning }, source, turn)
    }
    if (content.from === 'backend') {
      const backend = requireBackend(this.#request)
      const importing = { content, backend, open, provisioning, job: this.#job, turn, door: this.#door }
      return withImported(this.#parts.imports, importing, make)
    }
    const from = await this.#place(content.poolId)
    const check = async () => {
      if (content.from === 'volume') await requireSource(from, content.volumeId, turn)
    }
    await withContent({ content, from, turn, done: this.#done(), check }, make)
  }

  /** One that cannot be made as large as it is to be is taken back. */
  async #clone(placed: PlacedPool, { of, base, sizeBytes }: VolumeWork & { do: 'clone' }): Promise<void> {
    const { engine, open } = placed
    const turn = this.#turn
    const granule = this.#granule(placed)
    if (base !== undefined) await requireBase({ of, base, placed, granule, turn, done: this.#done() })
    await engine.clone(open, this.#request.volumeId, of, turn)
    if (sizeBytes !== undefined)
      await engine.grow(open, this.#request.volumeId, sizeBytes, partOf(turn, { name: 'larger', phase: null }))
  }

  #granule({ open }: PlacedPool): number {
    return engineOf(this.#parts.pools.get(this.#request.poolId).wire.engine).granule(open.settings)
  }

  /** Names of the steps that an agent before this one has done. */
  #done(): Set<string> {
    return new Set(this.#job.done.map(({ name }) => name))
  }

  async #move(placed: PlacedPool, work: VolumeWork & { do: 'move' }): Promise<void> {
    const from = await this.#place(work.from.poolId)
    const { volumeId } = this.#request
    await moveHere({ volumeId, placed, from, work, turn: this.#turn, done: this.#done() })
  }

  /** What else it has changed; null: the next look there tells. */
  async #seeOther({ poolId, volumeId }: { poolId: string; volumeId: string }): Promise<ObservedVolume | null> {
    const { engine, open } = await this.#place(poolId)
    const seen = await engine.find(open, volumeId, this.#turn).catch(() => null)
    const pool = this.#parts.pools.get(poolId)
    const told = seen === null ? null : pool.sight(volumeId, seen)
    this.#parts.pools.changed(pool)
    return told
  }

  /**
   * The pool where it is now. One that is away is waited for: for a moment by a job that has done nothing yet; by one that was begun as
   * long as the pool is wanted here, since what it has done can neither go on nor be taken back before.
   */
  async #place(poolId: string): Promise<PlacedPool> {
    const startedAt = performance.now()
    const { stopping } = this.#parts.runner
    let cancelledAt: number | null = null
    for (;;) {
      try {
        const pool = this.#parts.pools.get(poolId)
        pool.requireUsable()
        const placed = await this.#parts.doors.place(pool.wire, this.#door, stopping)
        this.#hide(placed.secrets)
        this.#hold.isWaiting = false
        return placed
      } catch (error) {
        stopping.throwIfAborted()
        if (this.#job.signal.aborted) cancelledAt ??= performance.now()
        const waitedMs = performance.now() - startedAt
        const isOver = this.#wasBegun
          ? !this.#parts.pools.isWanted(poolId) ||
            (cancelledAt !== null && performance.now() - cancelledAt > CANCELLED_WAIT_MS)
          : cancelledAt !== null || waitedMs > FRESH_WAIT_MS
        if (isOver) throw this.#wasBegun ? leftBehind(error) : error
        if (!this.#hold.isWaiting) this.#job.log(`It waits for its pool. ${toHoldfastError(error).message}`)
        this.#hold.isWaiting = true
        await pauseFor(RETRY_MS, stopping)
      }
    }
  }

  /** The work is done; a pool that goes away now does not undo it. */
  async #see(placed: PlacedPool): Promise<ObservedVolume | null> {
    const { poolId, volumeId, work } = this.#request
    let said = ''
    for (let failures = 0; ; ) {
      const pool = this.#parts.pools.get(poolId)
      try {
        const seen = await placed.engine.find(placed.open, volumeId, this.#turn)
        this.#requireDone(seen)
        if (work.do === 'clone') await this.#seeSource(placed, pool, work.of.volumeId)
        return pool.sight(volumeId, seen)
      } catch (error) {
        const { code, message } = toHoldfastError(error)
        // Of a pool that is well it is the volume that cannot be looked at.
        if (pool.error === null) failures++
        const isOver = failures >= SEEN_TRIES || pool.removing || code === 'internal'
        if (this.#turn.signal.aborted || isOver) throw error
        if (said !== message) this.#job.log(`It is done, but cannot be looked at yet. ${message}`)
        said = message
        await pauseFor(RETRY_MS * 4, this.#turn.signal)
      }
    }
  }

  /** A clone changes what the other one takes; the next look tells where this one fails. */
  async #seeSource({ engine, open }: PlacedPool, pool: ManagedPool, volumeId: string): Promise<void> {
    const seen = await engine.find(open, volumeId, this.#turn).catch(() => undefined)
    if (seen !== undefined) pool.sight(volumeId, seen)
  }

  #requireDone(seen: SeenVolume | null): void {
    const isGone = this.#request.work.do === 'purge'
    if ((seen === null) === isGone) return
    const what = isGone
      ? 'The volume is still there after it was purged.'
      : 'The volume is not there after the work on it.'
    throw new HoldfastError('internal', what)
  }
}

function takeHold(holds: VolumeHolds, { poolId, volumeId, work }: WorkRequest, turn: JobTurn) {
  const from = sourceOf(poolId, work)
  const volumes = from?.volumeId == null ? [volumeId] : [volumeId, from.volumeId]
  return holds.take(turn.operationId, volumes, from === null ? [poolId] : [poolId, from.poolId], madeBy(volumeId, work))
}

function madeBy(volumeId: string, work: VolumeWork): string[] {
  if (work.do === 'clone' && work.base !== undefined) return [volumeId, work.of.volumeId]
  return makes(work) ? [volumeId] : []
}

/** What else the work touches: the pool that it reads from, and the volume. */
function sourceOf(poolId: string, work: VolumeWork): { poolId: string; volumeId: string | null } | null {
  if (work.do === 'clone') return { poolId, volumeId: work.of.volumeId }
  if (work.do === 'move') return work.from
  if (work.do !== 'create' || work.content === null || work.content.from === 'backend') return null
  const { content } = work
  return { poolId: content.poolId, volumeId: content.from === 'volume' ? content.volumeId : null }
}

/** What is told beside the volume: what was moved away from, or what clones of a template share. */
function otherOf(poolId: string, work: VolumeWork): { poolId: string; volumeId: string } | null {
  if (work.do === 'move') return work.from
  return work.do === 'clone' && work.base !== undefined ? { poolId, volumeId: work.of.volumeId } : null
}

/** What is fetched for it; null: nothing. */
function importOf(work: VolumeWork): BackendContent | null {
  return work.do === 'create' && work.content?.from === 'backend' ? work.content : null
}

function requireBackend({ backend, work }: WorkRequest): WireBackend {
  if (backend !== undefined && backend.id === importOf(work)?.backendId) return backend
  throw new HoldfastError('invalid_input', 'The content comes from a backend that the command has not brought.', {
    fields: [{ field: 'backend', message: 'Send the backend that the content names.' }],
  })
}

/** Rejects with the reason when the signal comes first. */
async function untilAborted(ready: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  await Promise.race([ready, aborted])
}

/** Of the volume: as asked, or as large as its content, rounded up. Throws `invalid_input` where the content does not fit. */
function sizeFor(asked: number | null, source: ImageSource | null, granule: number): number {
  if (asked === null) {
    if (source !== null) return Math.ceil(source.sizeBytes / granule) * granule
    throw new HoldfastError('invalid_input', 'An empty volume needs a size.')
  }
  if (source === null || asked >= source.sizeBytes) return asked
  throw new HoldfastError(
    'invalid_input',
    `The content has ${source.sizeBytes} bytes and does not fit into a volume of ${asked} bytes.`,
    { details: { sizeBytes: asked, contentBytes: source.sizeBytes } },
  )
}

function leftBehind(reason: unknown): HoldfastError {
  const { code, message } = toHoldfastError(reason)
  return new HoldfastError(
    code,
    `It was cut off, and its pool did not come back. What it had done may be left there. ${message}`,
  )
}

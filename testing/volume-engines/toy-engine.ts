/**
 * Volumes as files of JSON in a directory of a test, with every promise of an engine and nothing of a real one: no image, no program but
 * the one that copies. A test may let it hang or fail.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { Provisioning, VolumeFormat } from '@/lib/agent-protocol/pools'
import type { ThinPoolUsage } from '@/lib/drivers/contract/values'
import { HoldfastError } from '@/lib/errors'
import { idPattern } from '@/lib/ids'
import type {
  EngineContext,
  EngineTurn,
  NewVolume,
  OpenPool,
  SeenVolume,
  VolumeEngine,
  WorkProgram,
} from '@/lib/volume-engines/contract/engine'
import type { DirectoryPlace } from '@/lib/volume-engines/contract/place'
import { wouldShrink } from '@/lib/volume-engines/contract/refusals'

export const TOY_BYTES = 1024 ** 4
const MARK = 'toy-pool.json'

const ToyVolume = z.object({
  volumeId: z.string(),
  isTrashed: z.boolean(),
  format: VolumeFormat,
  provisioning: Provisioning,
  sizeBytes: z.number(),
  content: z.string(),
  parent: z.object({ volumeId: z.string(), snapshotId: z.string().nullable() }).nullable(),
  snapshots: z.record(z.string(), z.string()),
})
type ToyVolume = z.infer<typeof ToyVolume>
type Pool = OpenPool<DirectoryPlace>

/** What goes wrong; a test sets it while the engine runs. */
export interface ToyFaults {
  /** Every question waits until it is given up. */
  hangs: boolean
  /** Every look fails with it. */
  error: HoldfastError | null
  warning: string | null
  thinPool: ThinPoolUsage | null
  /** A copy waits for this file before it ends. */
  gate: string | null
  /** Looks wait for it after they have read. */
  afterReading: Promise<void> | null
  looks: number
  /** What the last look had for itself, in milliseconds. */
  lookLimitMs: number
  /** At once, at most. */
  lookingAtMost: number
  opens: { isNew: boolean }[]
  sources: { opened: number; closed: number }
}

export function noFaults(): ToyFaults {
  return {
    hangs: false,
    error: null,
    warning: null,
    thinPool: null,
    gate: null,
    afterReading: null,
    looks: 0,
    lookLimitMs: 0,
    lookingAtMost: 0,
    opens: [],
    sources: { opened: 0, closed: 0 },
  }
}

export function toyEngine(faults: ToyFaults): VolumeEngine<DirectoryPlace> {
  let looking = 0
  const answer = async (context: EngineContext) => {
    if (faults.hangs) await hang(context)
    if (faults.error !== null) throw faults.error
  }
  return {
    async open(pool, isNew, context) {
      faults.opens.push({ isNew })
      await answer(context)
      const mark = join(pool.place.path, MARK)
      if (!existsSync(mark)) {
        if (!isNew) throw new HoldfastError('conflict', `${pool.place.path} has not the mark of this pool.`)
        writeFileSync(mark, pool.poolId, { flag: 'wx' })
      }
      requireMark(pool)
    },
    async release(pool, context) {
      await answer(context)
      requireMark(pool)
      if (volumesIn(pool).length > 0) throw new HoldfastError('busy', 'There are volumes in the pool.')
      rmSync(join(pool.place.path, MARK))
    },
    async look(pool, isKeeper, context) {
      looking++
      faults.looks++
      faults.lookLimitMs = context.deadlineAt - performance.now()
      faults.lookingAtMost = Math.max(faults.lookingAtMost, looking)
      try {
        await answer(context)
        requireMark(pool)
        const volumes = volumesIn(pool)
        await faults.afterReading
        const used = volumes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
        return {
          capacity: {
            totalBytes: TOY_BYTES,
            usedBytes: used,
            availableBytes: TOY_BYTES - used,
            fileCount: null,
            ...(faults.thinPool === null ? {} : { thinPool: faults.thinPool }),
          },
          warning: faults.warning === null ? null : { message: faults.warning },
          volumes: isKeeper ? volumes.map(seen) : [],
          foreign: isKeeper ? foreignIn(pool) : [],
        }
      } finally {
        looking--
      }
    },
    async find(pool, volumeId, context) {
      await answer(context)
      requireMark(pool)
      const volume = read(pool, volumeId)
      return volume === null ? null : seen(volume)
    },
    async source(pool, what, context) {
      await answer(context)
      faults.sources.opened++
      const done = async () => {
        faults.sources.closed++
      }
      if ('foreign' in what)
        return { format: 'raw', location: join(pool.place.path, what.foreign), sizeBytes: 1_000, done }
      const volume = existing(pool, what.volumeId)
      return { format: volume.format, location: fileOf(pool, what.volumeId), sizeBytes: volume.sizeBytes, done }
    },
    async create(pool, volume, content, turn) {
      await make(pool, volume, 'nothing', null, turn)
      if (content === null) return
      await turn.run('copy', copyProgram(pool, volume.volumeId, content.location, faults, turn), async () => undefined)
      await turn.step('copied', async () => change(pool, volume.volumeId, { content: content.location }))
    },
    async clone(pool, volumeId, of, turn) {
      const { sizeBytes, format, provisioning, content } = existing(pool, of.volumeId)
      await make(pool, { volumeId, sizeBytes, format, provisioning }, content, of, turn)
    },
    async grow(pool, volumeId, sizeBytes, turn) {
      await turn.step('grow', async () => {
        const { sizeBytes: before } = existing(pool, volumeId)
        if (sizeBytes < before) throw wouldShrink(volumeId, before, sizeBytes)
        change(pool, volumeId, { sizeBytes })
      })
    },
    async snapshot(pool, volumeId, snapshotId, turn) {
      await turn.step(
        'snapshot',
        async () => {
          const { snapshots, content } = existing(pool, volumeId)
          change(pool, volumeId, { snapshots: { ...snapshots, [snapshotId]: content } })
        },
        async () => withoutSnapshot(pool, volumeId, snapshotId),
      )
      return 'unused'
    },
    async deleteSnapshot(pool, volumeId, snapshotId, turn) {
      await turn.step('delete', async () => withoutSnapshot(pool, volumeId, snapshotId))
    },
    async restore(pool, volumeId, snapshotId, turn) {
      await turn.step('restore', async () => {
        const content = existing(pool, volumeId).snapshots[snapshotId]
        if (content === undefined) throw new HoldfastError('not_found', 'There is no such snapshot.')
        change(pool, volumeId, { content })
      })
    },
    async flatten(pool, volumeId, turn) {
      await turn.step('flatten', async () => change(pool, volumeId, { parent: null }))
    },
    async trash(pool, volumeId, turn) {
      const back = async () => change(pool, volumeId, { isTrashed: false })
      await turn.step('trash', async () => change(pool, volumeId, { isTrashed: true }), back)
    },
    async untrash(pool, volumeId, turn) {
      const back = async () => change(pool, volumeId, { isTrashed: true })
      await turn.step('untrash', async () => change(pool, volumeId, { isTrashed: false }), back)
    },
    async purge(pool, volumeId, turn) {
      await turn.step('purge', async () => rmSync(directoryOf(pool, volumeId), { recursive: true, force: true }))
    },
    async adopt(pool, name, volumeId, turn) {
      const volume = { volumeId, sizeBytes: 1_000, format: 'raw', provisioning: 'thin' } as const
      await make(pool, volume, name, null, turn)
    },
  }
}

async function hang({ signal, deadlineAt }: EngineContext): Promise<never> {
  const late = AbortSignal.timeout(Math.ceil(Math.max(0, Math.min(deadlineAt - performance.now(), 2 ** 31 - 1))))
  await pause(2 ** 31 - 1, undefined, { signal: AbortSignal.any([signal, late]) }).catch(() => undefined)
  throw new HoldfastError('timed_out', 'The toy did not answer.')
}

function requireMark({ poolId, place }: Pool): void {
  const mark = join(place.path, MARK)
  const found = existsSync(mark) ? readFileSync(mark, 'utf8') : null
  if (found === null) throw new HoldfastError('conflict', `${place.path} has not the mark of this pool.`)
  if (found !== poolId) throw new HoldfastError('conflict', `${place.path} has the mark of ${found}.`)
}

const directoryOf = ({ place }: Pool, volumeId: string) => join(place.path, volumeId)
const fileOf = (pool: Pool, volumeId: string) => join(directoryOf(pool, volumeId), 'volume.json')

function volumesIn(pool: Pool): ToyVolume[] {
  const names = readdirSync(pool.place.path).filter((name) => idPattern('volume').test(name))
  return names.flatMap((name) => read(pool, name) ?? [])
}

function foreignIn({ place }: Pool) {
  const names = readdirSync(place.path).filter((name) => name !== MARK && !idPattern('volume').test(name))
  return names.map((name) => ({ name, kind: 'file' as const, bytes: null, format: null }))
}

function read(pool: Pool, volumeId: string): ToyVolume | null {
  const file = fileOf(pool, volumeId)
  return existsSync(file) ? ToyVolume.parse(JSON.parse(readFileSync(file, 'utf8'))) : null
}

function existing(pool: Pool, volumeId: string): ToyVolume {
  const volume = read(pool, volumeId)
  if (volume === null) throw new HoldfastError('not_found', 'There is no such volume.')
  return volume
}

function write(pool: Pool, volume: ToyVolume): void {
  const file = fileOf(pool, volume.volumeId)
  writeFileSync(`${file}.new`, JSON.stringify(volume))
  renameSync(`${file}.new`, file)
}

function change(pool: Pool, volumeId: string, to: Partial<ToyVolume>): void {
  write(pool, { ...existing(pool, volumeId), ...to })
}

function withoutSnapshot(pool: Pool, volumeId: string, snapshotId: string): void {
  const { [snapshotId]: _gone, ...snapshots } = existing(pool, volumeId).snapshots
  change(pool, volumeId, { snapshots })
}

function seen({ volumeId, isTrashed, format, sizeBytes, parent, snapshots }: ToyVolume): SeenVolume {
  return {
    volumeId,
    isTrashed,
    format,
    sizeBytes,
    allocatedBytes: sizeBytes,
    parent,
    snapshots: Object.keys(snapshots).map((snapshotId) => ({ snapshotId, sizeBytes: null })),
    isInUse: false,
    problem: null,
  }
}

async function make(
  pool: Pool,
  { volumeId, sizeBytes, format, provisioning }: NewVolume,
  content: string,
  parent: ToyVolume['parent'],
  turn: EngineTurn,
): Promise<void> {
  const directory = directoryOf(pool, volumeId)
  await turn.step(
    'directory',
    async () => mkdirSync(directory, { recursive: true }),
    async () => rmSync(directory, { recursive: true, force: true }),
  )
  const volume = { volumeId, isTrashed: false, format, provisioning, sizeBytes, content, parent, snapshots: {} }
  await turn.step('volume', async () => write(pool, volume))
}

/** Runs in the program, so it uses nothing from outside. */
function copy(to: string, from: string, gate: string | null): void {
  const fs = process.getBuiltinModule('node:fs')
  fs.appendFileSync(to, `${String(process.pid).padStart(8)}\n`)
  fs.writeSync(1, 'progress 1 2\n')
  const go = () => {
    // Its test has ended without it.
    if (!fs.existsSync(to)) process.exit(9)
    if (gate === null || fs.existsSync(gate)) {
      if (fs.existsSync(`${from}.spoilt`)) {
        fs.writeSync(2, 'it is spoilt\n')
        process.exit(3)
      }
      process.exit(0)
    }
    setTimeout(go, 5)
  }
  go()
}

function copyProgram(pool: Pool, volumeId: string, from: string, { gate }: ToyFaults, turn: EngineTurn): WorkProgram {
  const args = [join(directoryOf(pool, volumeId), 'copy'), from, gate].map((value) => JSON.stringify(value))
  return {
    command: 'node',
    args: [join(turn.directory('copy'), 'copy.cjs')],
    files: { 'copy.cjs': `(${copy.toString()})(${args.join(', ')})\n` },
    parseProgress(line) {
      const [, done, total] = /^progress (\d+) (\d+)$/.exec(line) ?? []
      return done === undefined ? null : { done: Number(done), total: Number(total), unit: 'bytes' }
    },
    whenKilled: 'resume',
    silentMs: 60_000,
  }
}

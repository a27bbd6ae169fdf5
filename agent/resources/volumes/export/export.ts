import { join } from 'node:path'
import { z } from 'zod'
import type { JobTurn, ProgramEnd } from '@/agent/commands/jobs/job-kind'
import { jsonLine } from '@/agent/commands/jobs/json-line'
import type { Ground } from '@/agent/resources/pools/ground'
import type { PlacedPool } from '@/agent/resources/pools/pool-doors'
import type { ExportedFile, VolumeWork } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import { programText } from '@/lib/program-text'
import { formatBytes } from '@/lib/units'
import type { EngineTurn, ImageSource, WorkProgram } from '@/lib/volume-engines/contract/engine'
import { readingOf } from '@/lib/volume-engines/contract/reading'
import { change } from '@/lib/volume-engines/image-files/change'
import { isGone, isTaken } from '@/lib/volume-engines/image-files/child-answer'
import { EXPORTS } from '@/lib/volume-engines/image-files/layout'
import { openBelow } from '@/lib/volume-engines/image-files/open-below'
import { longRun } from '@/lib/volume-engines/image-files/qemu-img'
import { roomAt } from '@/lib/volume-engines/image-files/room-at'
import { withContent } from '../source'
import { type SumLine, sumFile } from './sum-process'

const SILENT_MS = 15 * 60_000
/** For a mount that has to show that it answers. */
const WAIT_MS = 30_000
const SCRIPT = 'sum.cjs'

type ExportWork = Extract<VolumeWork, { do: 'export' }>

export interface Exporting {
  work: ExportWork
  volumeId: string
  poolId: string
  /** Where it is read. */
  from: PlacedPool
  job: JobTurn
  turn: EngineTurn
}

const Sum: z.ZodType<SumLine> = z.union([
  z.object({ phase: z.literal('checking'), done: z.number(), total: z.number() }),
  z.object({ failed: z.string() }),
  z.object({ result: z.object({ bytes: z.number(), digest: z.string() }) }),
])

/** Where the file is to lie, and where it is made. Below the root, no link is followed. */
interface Target {
  root: string
  path: string
  /** A directory of ours alone, beside it. */
  staging: string
  disk: string
  /** The directories above its place that are made for it, the outer one first. */
  made: readonly string[]
}

/**
 * Writes a volume, or a snapshot of it, into a new image below a mount of this host. It is made beside its place, in a directory that
 * nobody else gives a name to, and gets its name when it is whole: nothing is ever written over. Gives what was written.
 */
export async function exportVolume(
  ground: Pick<Ground, 'waitMount'>,
  { work, volumeId, poolId, from, job, turn }: Exporting,
): Promise<ExportedFile> {
  const root = z.string().parse(await turn.step('export.place', () => findRoot(ground, work, from, volumeId, turn)))
  const target = targetIn(root, work.to, job.operationId)
  const { path, staging, disk } = target
  const content = { from: 'volume', poolId, volumeId, snapshotId: work.snapshotId } as const
  const done = new Set(job.done.map(({ name }) => name))
  await withContent({ content, from, turn, done, check: async () => undefined }, async (source) => {
    await turn.step(
      'export.make',
      () => makeStaging(target, turn),
      () => removeMade(target, turn),
    )
    await turn.run('export', convert(source, target, work, turn.directory('export')))
  })
  const request = { root, parts: disk.split('/') }
  const end = await job.run('sum', {
    command: 'node',
    args: [join(turn.directory('sum'), SCRIPT)],
    files: { [SCRIPT]: programText(sumFile, [request, openBelow], [openBelow]) },
    parseProgress: (line) => progressOf(jsonLine(Sum, line)),
    whenKilled: 'resume',
    silentMs: SILENT_MS,
  })
  await turn.step(
    'export.publish',
    async () => {
      const { bytes, digest } = resultOf(end, path)
      await publish(target, turn)
      turn.log(`${root}/${path} has ${formatBytes(bytes)}; sha256:${digest}.`)
    },
    () => unpublish(target, turn),
  )
  await turn.step('export.done', () => change(root, [{ do: 'remove', path: staging }], turn))
  const { bytes, digest } = resultOf(end, path)
  const { download } = work.to
  return {
    path: `${root}/${path}`,
    bytes,
    sha256: digest,
    ...(download === undefined ? {} : { download: { ...download, path } }),
  }
}

/** The mount, which must be well and take what is written. Throws also where it is seen to have too little room. */
async function findRoot(
  ground: Pick<Ground, 'waitMount'>,
  { to, isCompressed, snapshotId }: ExportWork,
  from: PlacedPool,
  volumeId: string,
  turn: EngineTurn,
): Promise<string> {
  const { path, readOnly } = await ground.waitMount(
    to.mountId,
    'the mount that it is exported to',
    WAIT_MS,
    turn.signal,
  )
  if (readOnly) throw new HoldfastError('conflict', `${path} is mounted read-only, so nothing can be written there.`)
  const available = await roomAt(path, turn)
  const seen = await from.engine.find(from.open, volumeId, turn)
  // What a snapshot holds, or what is shared with a parent, nobody can tell before it is read.
  const isKnown = !isCompressed && snapshotId === null && seen?.parent == null
  const needed = isKnown ? Math.min(seen?.allocatedBytes ?? 0, seen?.sizeBytes ?? 0) : 0
  if (available < needed) {
    throw new HoldfastError(
      'disk_full',
      `The volume takes ${formatBytes(needed)}, and ${path} has ${formatBytes(available)} left.`,
      { details: { neededBytes: needed, availableBytes: available } },
    )
  }
  return path
}

function targetIn(root: string, { path, download }: ExportWork['to'], operationId: string): Target {
  const token = operationId.slice('op_'.length)
  const above = download === undefined ? path.split('/').slice(0, -1) : []
  const staging = [...above, `.holdfast-export-${token}`].join('/')
  const own = `${EXPORTS}/${token}`
  const place = download === undefined ? { path, made: [] } : { path: `${own}/${path}`, made: [EXPORTS, own] }
  return { root, staging, disk: `${staging}/disk`, ...place }
}

async function makeStaging({ root, path, staging, made }: Target, turn: EngineTurn): Promise<void> {
  try {
    await change(
      root,
      [
        ...made.map((directory) => ({ do: 'have directory', path: directory }) as const),
        { do: 'require absent', path },
        // Whatever is there of it was left by an agent that was killed.
        { do: 'remove', path: staging },
        { do: 'make directory', path: staging },
      ],
      turn,
    )
  } catch (error) {
    if (isTaken(error)) throw new HoldfastError('conflict', `${root}/${path} is there already; choose another name.`)
    if (isGone(error)) {
      throw new HoldfastError('not_found', `The directory of ${root}/${path} is not there; make it first.`)
    }
    throw error
  }
}

/** Nothing was made where the directory of its place is missing. */
async function removeMade({ root, staging, made }: Target, turn: EngineTurn): Promise<void> {
  try {
    await change(
      root,
      [staging, ...made.slice(1)].map((one) => ({ do: 'remove', path: one }) as const),
      turn,
    )
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

/** In confinement, also for what is ours alone: whoever can write to the target might lead the file elsewhere. */
function convert(
  source: ImageSource,
  target: Target,
  { format, isCompressed }: ExportWork,
  directory: string,
): WorkProgram {
  const { location, confined } = readingOf(source, directory)
  const packed = isCompressed ? ['-c'] : []
  const to = `${target.root}/${target.disk}`
  const args = ['convert', '-p', '-f', source.format, '-O', format, ...packed, '--', location, to]
  const limits = { ...confined, writable: [`${target.root}/${target.staging}`] }
  return {
    ...longRun(args, source.sizeBytes, limits),
    ...(source.files === undefined ? {} : { files: source.files }),
  }
}

async function publish({ root, path, disk }: Target, turn: EngineTurn): Promise<void> {
  try {
    await change(
      root,
      [
        { do: 'mode', path: disk, mode: 0o640 },
        { do: 'move', path: disk, to: path },
      ],
      turn,
    )
  } catch (error) {
    if (isTaken(error)) throw new HoldfastError('conflict', `${root}/${path} is there already; choose another name.`)
    // Cut off after it was done.
    if (!isGone(error)) throw error
  }
}

/** Where it was published, it is taken back to where it was made; somebody else's file of that name stays. */
async function unpublish({ root, path, disk }: Target, turn: EngineTurn): Promise<void> {
  try {
    await change(
      root,
      [
        { do: 'require absent', path: disk },
        { do: 'move', path, to: disk },
      ],
      turn,
    )
  } catch (error) {
    if (!isTaken(error) && !isGone(error)) throw error
  }
}

/** How it ended is no line for people: `resultOf` puts it into words. */
function progressOf(told: SumLine | null): ReturnType<WorkProgram['parseProgress']> {
  if (told === null) return null
  if ('phase' in told) return { done: told.done, total: told.total, unit: 'bytes', phase: told.phase }
  const bytes = 'result' in told ? told.result.bytes : 0
  return { done: bytes, total: bytes, unit: 'bytes', phase: 'checking' }
}

function resultOf(end: ProgramEnd, path: string): { bytes: number; digest: string } {
  for (const line of end.lines.toReversed()) {
    const told = jsonLine(Sum, line)
    if (told !== null && 'result' in told && end.exitCode === 0) return told.result
    if (told !== null && 'failed' in told) {
      throw new HoldfastError('command_failed', `${path} could not be read back (${told.failed}).`)
    }
  }
  throw new HoldfastError('command_failed', `${path} could not be read back (${end.exitCode}).`)
}

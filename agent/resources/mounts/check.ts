import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { JobKind, JobProgram, JobTurn, ProgramEnd } from '@/agent/commands/jobs/job-kind'
import { jsonLine } from '@/agent/commands/jobs/json-line'
import type { Progress } from '@/agent/commands/jobs/rate'
import type { Turn } from '@/agent/commands/turn'
import { locateCommand } from '@/agent/host/exec/commands'
import type { Places } from '@/agent/host/mounting/places'
import type { Prober } from '@/agent/host/mounting/probe'
import { MountCheckResult } from '@/lib/agent-protocol/messages'
import { HoldfastError } from '@/lib/errors'
import { programText } from '@/lib/program-text'
import { CHECK_PARTS, type CheckRequest, checkStorage, type CheckLine as PrintedLine } from './check-process'
import type { MountTable } from './mount-table'

/** A write that a server takes longer for than this is as good as lost. */
const SILENT_MS = 120_000
/** The mount may be on its way back after a restart of the host. */
const BACK_WITHIN_MS = 120_000
/** What is left free beside the file, so that the check fills no storage. */
const SPARE_BYTES = 64 * 1024 * 1024
const LOOK_MS = 500

const Sizes = { done: z.number(), total: z.number() }
const CheckLine: z.ZodType<PrintedLine> = z.union([
  z.object({ phase: z.enum(['writing', 'reading']), ...Sizes }),
  z.object({ problem: z.string(), during: z.string() }),
  z.object({ differsAt: z.number() }),
  z.object({ result: MountCheckResult }),
])

const MountCheck = z.object({ mountId: z.string(), sizeBytes: z.number() })
export type MountCheck = z.infer<typeof MountCheck>

export interface CheckParts {
  table: MountTable
  prober: Prober
  places: Places
}

/** Never of the same name twice, and told from every file of somebody else. */
function fileOf(operationId: string): string {
  return `.holdfast-check-${operationId}`
}

/**
 * Reads and writes of a mount, with their speed, and whether what comes back is what went there. It leaves the mount alone, so it holds
 * something of its own: a mount is healed, and refused its unmount as one that is in use, while it is checked.
 */
export function mountCheck(parts: CheckParts): JobKind<MountCheck> {
  return {
    command: 'checkMount',
    request: MountCheck,
    holds: ({ mountId }) => `check:${mountId}`,
    check: ({ mountId }) => void requireCheckable(parts, mountId),
    async work(request, turn) {
      const place = await turn.step('place', () => findPlace(parts, request, turn))
      const undo = (_end: ProgramEnd | null, undoTurn: Turn) => removeFile(parts, request.mountId, undoTurn)
      const end = await turn.run('check', checkProgram(place, request.sizeBytes, turn), undo)
      return resultOf(end, place.path)
    },
  }
}

/** Throws `not_found`, `conflict` for a mount that cannot be written now, `policy_denied`. Asks nothing of the storage. */
function requireCheckable({ table, places }: CheckParts, mountId: string): Place {
  const mount = table.get(mountId)
  if (mount === undefined) throw new HoldfastError('not_found', 'This host has no such mount.')
  const { path, truth, document } = mount
  if (truth.kind !== 'ours') throw new HoldfastError('conflict', `${path} is not mounted now, so it cannot be checked.`)
  if (document.readOnly || truth.entry.options.includes('ro')) {
    throw new HoldfastError('conflict', `${path} is mounted read-only: it is checked by writing to it.`)
  }
  return { path: places.touch(path).path, mountId: truth.entry.mountId }
}

interface Place {
  path: string
  /** Of the kernel. */
  mountId: number
}

async function findPlace(parts: CheckParts, { mountId, sizeBytes }: MountCheck, turn: Turn): Promise<Place> {
  const place = requireCheckable(parts, mountId)
  const space = await parts.prober.statfs(place.path, { signal: turn.signal })
  if (space.state !== 'ok') {
    const how = space.state === 'hung' ? 'does not answer' : `answers with ${space.errno}`
    throw new HoldfastError('backend_unreachable', `The storage at ${place.path} ${how}.`)
  }
  // Some storages cannot say how much room they have, and say 0 in all.
  if (space.totalBytes > 0 && space.availableBytes < sizeBytes + SPARE_BYTES) {
    const free = Math.floor(space.availableBytes / 1024 / 1024)
    throw new HoldfastError(
      'disk_full',
      `${place.path} has ${free} MiB free; a check needs its own size and 64 MiB more.`,
    )
  }
  return place
}

function checkProgram({ path, mountId }: Place, sizeBytes: number, turn: JobTurn): JobProgram {
  const dd = locateCommand('dd')
  if (dd === null) {
    throw new HoldfastError('tool_missing', 'The command dd is not installed on this host.', {
      details: { command: 'dd' },
    })
  }
  const request: CheckRequest = { directory: path, mountId, name: fileOf(turn.operationId), sizeBytes, dd }
  return {
    command: 'node',
    args: [join(turn.directory('check'), 'check.cjs')],
    files: { 'check.cjs': programText(checkStorage, [request], CHECK_PARTS) },
    parseProgress,
    whenKilled: 'undo',
    silentMs: SILENT_MS,
  }
}

/** Writing and reading back are one piece of work to people: the second half begins where the first one ends. */
function parseProgress(line: string): Progress | null {
  const told = jsonLine(CheckLine, line)
  if (told === null || !('phase' in told)) return null
  const { phase, done, total } = told
  return { done: phase === 'reading' ? total + done : done, total: 2 * total, unit: 'bytes', phase }
}

function resultOf(end: ProgramEnd, path: string): MountCheckResult {
  const told = end.lines.flatMap((line) => jsonLine(CheckLine, line) ?? [])
  for (const line of told) {
    if ('differsAt' in line) {
      throw new HoldfastError(
        'command_failed',
        `What was read back from ${path} is not what was written, from byte ${line.differsAt} on: this storage loses or changes data.`,
        { details: { differsAt: line.differsAt } },
      )
    }
    if ('problem' in line) throw new HoldfastError('command_failed', `${path}: ${line.problem}, while ${line.during}.`)
    if ('result' in line && end.exitCode === 0) return line.result
  }
  throw new HoldfastError('command_failed', `The check of ${path} ended with ${end.exitCode} and no result.`)
}

/** Only in the mount itself, which may be on its way back; never in the directory under it. */
async function removeFile({ table, prober }: CheckParts, mountId: string, turn: Turn): Promise<void> {
  const name = fileOf(turn.operationId)
  const until = performance.now() + BACK_WITHIN_MS
  for (;;) {
    const mount = table.get(mountId)
    if (mount?.truth.kind === 'ours') {
      const removed = await prober.removeFile(mount.path, name, { signal: turn.signal })
      if (removed.state === 'ok') return
      if (removed.state === 'failed' || mount.document.desiredState !== 'mounted') throw leftover(name)
    }
    if (mount?.document.desiredState !== 'mounted' || performance.now() > until) throw leftover(name)
    await pause(LOOK_MS, undefined, { signal: turn.signal })
  }
}

function leftover(name: string): HoldfastError {
  return new HoldfastError('unavailable', `${name} may be left in the storage; delete it there when it can be reached.`)
}

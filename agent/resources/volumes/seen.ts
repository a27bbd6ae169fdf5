import { isDeepStrictEqual } from 'node:util'
import type { ObservedPool, ObservedVolume } from '@/lib/agent-protocol/pools'
import { PROBLEMS } from '@/lib/drivers/problems/catalogue'
import type { ProblemReport } from '@/lib/drivers/problems/report'
import type { ErrorCode } from '@/lib/errors'
import type { SeenVolume } from '@/lib/volume-engines/contract/engine'

/** What an engine found wrong, as the host tells it. */
export function toldProblem(found: ProblemReport & { message: string }): NonNullable<ObservedPool['error']> {
  return { code: codeOf(found.problem), ...found }
}

function codeOf(problem: string | undefined): ErrorCode {
  const known: Readonly<Record<string, { code: ErrorCode }>> = PROBLEMS
  return (problem === undefined ? undefined : known[problem])?.code ?? 'command_failed'
}

/** A volume as it is told; `before`: as it was told last, which is given again where nothing has changed. */
export function observedVolume(poolId: string, seen: SeenVolume, before: ObservedVolume | undefined): ObservedVolume {
  const state = seen.isTrashed ? 'trashed' : seen.problem === null ? 'present' : 'broken'
  const told: ObservedVolume = {
    volumeId: seen.volumeId,
    poolId,
    state,
    generation: 0,
    since: before?.state === state ? before.since : new Date().toISOString(),
    format: seen.format,
    sizeBytes: seen.sizeBytes,
    allocatedBytes: seen.allocatedBytes,
    parent: seen.parent,
    snapshots: seen.snapshots,
    isInUse: seen.isInUse,
    usedBy: seen.usedBy ?? null,
    ...(seen.imageName === undefined ? {} : { imageName: seen.imageName }),
    error: seen.problem === null ? null : toldProblem(seen.problem),
  }
  return before !== undefined && isDeepStrictEqual(told, before) ? before : told
}

import { z } from 'zod'
import { explainedRow, plainValues } from '@/lib/drivers/problems/view'
import { CheckedLayer, ReachLayer } from '@/lib/reachability/layers'
import type { CheckRecord } from '@/lib/reachability/repository'
import type { ReachView } from '@/lib/reachability/schema'

/** What is known of a backend for the words of a problem, and which settings it has now. */
export interface CheckedBackend {
  source: string
  config: unknown
  generation: number
}

type Times = Pick<CheckRecord, 'wantedAt' | 'checkedAt' | 'checkedGeneration'>

/** Due and not made yet; one that is only to be repeated later does not count. */
export function isWaiting({ wantedAt }: Times, now: Date): boolean {
  return wantedAt !== null && wantedAt <= now
}

/** Says the last check nothing any more, because the settings are others? */
export function isOutdated({ checkedAt, checkedGeneration }: Times, { generation }: CheckedBackend): boolean {
  return checkedAt !== null && checkedGeneration !== generation
}

export function knownOfBackend({ source, config }: Pick<CheckedBackend, 'source' | 'config'>) {
  return { endpoint: source, ...plainValues(config) }
}

export function reachView(row: CheckRecord, backend: CheckedBackend, isUsed: boolean, now: Date): ReachView {
  return {
    host: row.host,
    checked_at: row.checkedAt?.toISOString() ?? null,
    waits: isWaiting(row, now),
    used: isUsed,
    outdated: isOutdated(row, backend),
    failed_layer: ReachLayer.safeParse(row.failedLayer).data ?? null,
    since: row.since?.toISOString() ?? null,
    duration_ms: row.durationMs,
    layers: z.array(CheckedLayer).safeParse(row.layers).data ?? [],
    ...explainedRow(row, knownOfBackend(backend)),
  }
}

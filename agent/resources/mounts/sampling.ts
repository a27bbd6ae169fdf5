import { type Measuring, USUAL_SECONDS } from '@/lib/agent-protocol/measuring'
import type { Inodes, Usage } from '@/lib/drivers/contract/values'
import { inodePercent, isFillingUp, spaceOfUsage, usedPercent } from '@/lib/fullness'

const NEARLY_FULL_MS = 60_000

type Measured = Pick<Usage, 'totalBytes' | 'usedBytes' | 'availableBytes'> & { inodes?: Inodes | undefined }

/** How often storages are measured: as the controller said last, and until then every five minutes. */
export class Sampling {
  #said: Measuring = { usualSeconds: USUAL_SECONDS, backends: new Map() }

  set(measuring: Measuring): void {
    this.#said = measuring
  }

  /** After how many milliseconds a storage is measured again: what fills up is watched more closely. Unknown is nothing that fills up. */
  againMs(backendId: string, usage: Measured | null): number {
    const usualMs = (this.#said.backends.get(backendId) ?? this.#said.usualSeconds) * 1_000
    return usage !== null && isFillingUp(percentsOf(usage)) ? Math.min(usualMs, NEARLY_FULL_MS) : usualMs
  }
}

function percentsOf(usage: Measured): (number | null)[] {
  const { total: totalInodes = null, used: usedInodes = null } = usage.inodes ?? {}
  return [usedPercent(spaceOfUsage(usage)), inodePercent({ totalInodes, usedInodes })]
}

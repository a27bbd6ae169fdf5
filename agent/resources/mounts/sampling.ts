import type { Inodes, Usage } from '@/lib/drivers/contract/values'
import { inodePercent, spaceOfUsage, usedPercent } from '@/lib/fullness'

const USUAL_MS = 5 * 60_000
const NEARLY_FULL_MS = 60_000
/** Percent; before anybody is warned, so that the warning comes while there is room. */
const NEARLY_FULL = 85

type Measured = Pick<Usage, 'totalBytes' | 'usedBytes' | 'availableBytes'> & { inodes?: Inodes | undefined }

/** After how many milliseconds a storage is measured again: what fills up is watched more closely. Unknown is nothing that fills up. */
export function measureAgainMs(usage: Measured | null): number {
  if (usage === null) return USUAL_MS
  const { total: totalInodes = null, used: usedInodes = null } = usage.inodes ?? {}
  const percents = [usedPercent(spaceOfUsage(usage)), inodePercent({ totalInodes, usedInodes })]
  return percents.some((percent) => percent !== null && percent >= NEARLY_FULL) ? NEARLY_FULL_MS : USUAL_MS
}

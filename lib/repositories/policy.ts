import { spaceOfUsage, usedPercent } from '@/lib/fullness'

export interface Policy {
  disableAtPercent: number
  enableBelowPercent: number
  fullSince: Date | null
  fullPercent: number | null
  fullAllowedAt: Date | null
}

export interface Figures {
  totalBytes: bigint | null
  usedBytes: bigint | null
  availableBytes: bigint | null
}

export function percentOf(figures: Figures): number | null {
  return usedPercent(spaceOfUsage(figures))
}

export type FullChange = Pick<Policy, 'fullSince' | 'fullPercent' | 'fullAllowedAt'>

/**
 * What follows from how full it is now; null: nothing. Between the two percentages it stays as it was, so that one that hovers is not
 * switched off and on. What is not known changes nothing.
 */
export function fullChange(policy: Policy, figures: Figures, now: Date): FullChange | null {
  const percent = percentOf(figures)
  if (percent === null) return null
  if (policy.fullSince === null)
    return percent >= policy.disableAtPercent ? { fullSince: now, fullPercent: percent, fullAllowedAt: null } : null
  if (percent >= policy.enableBelowPercent) return null
  return { fullSince: null, fullPercent: null, fullAllowedAt: null }
}

/** Is it too full for new backups? Also where the controller has not seen it yet. */
export function isTooFull(policy: Policy, figures: Figures): boolean {
  if (policy.fullAllowedAt !== null) return false
  return policy.fullSince !== null || fullChange(policy, figures, new Date()) !== null
}

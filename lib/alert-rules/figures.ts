import {
  AVAILABILITY,
  CERTIFICATE,
  CLOCK,
  DISK_WEAR,
  FULL_SOON,
  FULLNESS,
  INODES,
  type Limits,
  NOT_TAKEN,
  PINGS_MISSED,
  UPLOADS,
} from '@/lib/alerts/rules'
import type { CauseKind } from '@/lib/attention/schema'

export interface Figure {
  standard: Limits
  unit: 'percent' | 'seconds' | 'minutes' | 'days'
  least: number
  most: number
  /** Which things may have a threshold of their own. */
  subjects: readonly ('backend' | 'pool')[]
}

/** Causes that are a matter from a figure on. */
export const FIGURES = {
  capacity: { standard: FULLNESS, unit: 'percent', least: 10, most: 100, subjects: ['backend', 'pool'] },
  inodes: { standard: INODES, unit: 'percent', least: 10, most: 100, subjects: ['backend', 'pool'] },
  uploads: { standard: UPLOADS, unit: 'minutes', least: 1, most: 10_080, subjects: ['backend'] },
  forecast: { standard: FULL_SOON, unit: 'days', least: 1, most: 90, subjects: ['backend', 'pool'] },
  availability: { standard: AVAILABILITY, unit: 'percent', least: 50, most: 100, subjects: ['backend'] },
  clock: { standard: CLOCK, unit: 'seconds', least: 5, most: 3600, subjects: [] },
  disk_worn: { standard: DISK_WEAR, unit: 'percent', least: 10, most: 250, subjects: [] },
  certificate_ending: { standard: CERTIFICATE, unit: 'days', least: 1, most: 30, subjects: [] },
  notifier: { standard: NOT_TAKEN, unit: 'minutes', least: 5, most: 10_080, subjects: [] },
  heartbeat: { standard: PINGS_MISSED, unit: 'minutes', least: 2, most: 1_440, subjects: [] },
} as const satisfies Partial<Record<CauseKind, Figure>>
export type FigureKind = keyof typeof FIGURES

export function isFigureKind(kind: CauseKind): kind is FigureKind {
  return Object.hasOwn(FIGURES, kind)
}

export function figureOf(kind: CauseKind): Figure | null {
  return isFigureKind(kind) ? FIGURES[kind] : null
}

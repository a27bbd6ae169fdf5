import type { AlertRow } from '@/lib/alerts/repository'

/** Is what it is about under maintenance? */
export function isInMaintenance({ mutedUntil }: Pick<AlertRow, 'mutedUntil'>, now: Date): boolean {
  return mutedUntil !== null && now < mutedUntil
}

/** Why nobody is told of it now; null: nothing speaks against it. */
export function whyMuted(alert: Pick<AlertRow, 'mutedUntil' | 'heldBy'>, now: Date): string | null {
  if (alert.heldBy !== null) return 'Its host does not answer, and that is told instead.'
  return isInMaintenance(alert, now) ? 'It is under maintenance.' : null
}

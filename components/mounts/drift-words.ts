import type { MountView } from '@/lib/mounts/schema'

export type DriftPolicy = MountView['on_drift']

/** What may happen when a mount is changed on a host. */
export const DRIFT_CHOICES: readonly { value: DriftPolicy; label: string; detail: string }[] = [
  { value: 'report', label: 'Show it', detail: 'and leave it to you' },
  { value: 'repair', label: 'Put it back', detail: 'up to five times in a row' },
  { value: 'adopt', label: 'Take it over', detail: 'as what is wanted on that host' },
]

/** In one word for lists of facts. */
export function driftWord(policy: DriftPolicy): string {
  return DRIFT_CHOICES.find((choice) => choice.value === policy)?.label ?? policy
}

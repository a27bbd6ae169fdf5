import { type Cause, causesOf } from '@/components/data/causes'
import type { MountOnHostView } from '@/lib/mounts/schema'
import { isWrong } from '@/lib/mounts/state'

/** What several mounts on hosts fail with alike, such as a server that is gone; what one says stands with it. */
export function sharedCauses<T>(entries: readonly T[], onHost: (entry: T) => MountOnHostView): Cause<T>[] {
  const failing = entries.filter((entry) => isWrong(onHost(entry)) && onHost(entry).drift === null)
  return causesOf(failing, onHost).filter(({ entries: alike }) => alike.length > 1)
}

import type { ObservedMount } from '@/lib/agent-protocol/messages'
import type { ResourceKind } from '@/lib/controller/resources/kind'
import { type MountCommandParts, mountCommands } from '@/lib/controller/resources/mounts/command'
import { desiredMounts } from '@/lib/controller/resources/mounts/desired'
import type { DesiredMount } from '@/lib/controller/resources/mounts/mounts-repository'
import { observedMounts } from '@/lib/controller/resources/mounts/observed'
import type { StoredMount } from '@/lib/controller/resources/mounts/observed-repository'
import { restoredMounts } from '@/lib/controller/resources/mounts/restore'

export interface MountKindParts extends MountCommandParts {
  /** What is stored of these mounts has changed. */
  onStored(mountIds: ReadonlySet<string>): void
}

/** A backend that is wanted at a path. */
export function mountKind(parts: MountKindParts): ResourceKind<DesiredMount, ObservedMount, StoredMount> {
  return {
    name: 'mount',
    needs: [],
    topic: 'mount',
    desired: desiredMounts,
    command: mountCommands(parts),
    observed: observedMounts(parts.onStored),
    restore: restoredMounts,
  }
}

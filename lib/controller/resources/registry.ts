import { connectionKind } from '@/lib/controller/resources/connections/kind'
import type { ResourceKind } from '@/lib/controller/resources/kind'
import { type MountKindParts, mountKind } from '@/lib/controller/resources/mounts/kind'
import { poolKind } from '@/lib/controller/resources/pools/kind'
import { volumeKind } from '@/lib/controller/resources/volumes/kind'

/** What the kinds are given. */
export type KindParts = MountKindParts

/** Everything that this controller keeps as wanted on hosts. Adding a kind adds a line. */
export function resourceKinds(parts: KindParts): readonly ResourceKind[] {
  return [mountKind(parts), connectionKind(parts), poolKind(parts), volumeKind]
}

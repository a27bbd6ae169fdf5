import { HoldfastError } from '@/lib/errors'
import { mountRollout } from '@/lib/mounts/rollout'
import type { RolloutKind } from '@/lib/rollouts/kind'

/** Kinds whose changes go out in waves. Adding a kind adds a line. */
export const ROLLOUT_KINDS: readonly RolloutKind[] = [mountRollout]

/** Throws `internal` for a kind that has no rollouts. */
export function rolloutKind(name: string): RolloutKind {
  const found = ROLLOUT_KINDS.find((kind) => kind.name === name)
  if (!found) throw new HoldfastError('internal', `Changes of a ${name} do not go out in waves.`)
  return found
}

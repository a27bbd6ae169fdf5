import { DbNull } from '@prisma/client/runtime/client'
import type { Prisma } from '@/lib/db/client'
import type { ObservedState } from '@/lib/mounts/schema'
import { traitsOf } from '@/lib/mounts/state'

/** Rows that may be wanted at this place, or be there; those with overrides have to be looked at, since engines differ in asking JSON. */
export function mayBeAt(mountPoint: string): Prisma.MountOnHostWhereInput {
  return { OR: [{ mount: { mountPoint } }, { overrides: { not: DbNull } }, { observedPlace: mountPoint }] }
}

/**
 * Where the host has it mounted, as far as it is known; null: nowhere. What looks like somebody else's may be ours whose directory was
 * renamed, so that nothing is taken from its place before the host has gone on to another.
 */
export function seenAt(row: { observedState: ObservedState; observedPlace: string | null }): string | null {
  const { isPresent, isOthers } = traitsOf(row.observedState)
  return isPresent || isOthers ? row.observedPlace : null
}

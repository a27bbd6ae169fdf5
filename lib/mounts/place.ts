import { DbNull } from '@prisma/client/runtime/client'
import type { Prisma } from '@/lib/db/client'

/** Rows that may be at this place; those with overrides have to be looked at, since engines differ in asking JSON. */
export function mayBeAt(mountPoint: string): Prisma.MountOnHostWhereInput {
  return { OR: [{ mount: { mountPoint } }, { overrides: { not: DbNull } }] }
}

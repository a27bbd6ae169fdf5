import { problems as lvm } from '@/lib/volume-engines/lvm/problems'
import { problems as rbd } from '@/lib/volume-engines/rbd/problems'

/** What can be wrong with volumes, as each engine declares it. */
export const ENGINE_PROBLEMS = { ...lvm, ...rbd } as const

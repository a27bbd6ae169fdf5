import { problems as lvm } from '@/lib/volume-engines/lvm/problems'

/** What can be wrong with volumes, as each engine declares it. */
export const ENGINE_PROBLEMS = { ...lvm } as const

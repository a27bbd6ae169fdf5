import { problems as imageFiles } from '@/lib/volume-engines/image-files/problems'
import { problems as lvm } from '@/lib/volume-engines/lvm/problems'
import { problems as rbd } from '@/lib/volume-engines/rbd/problems'

/** What can be wrong with volumes, as each engine declares it. */
export const ENGINE_PROBLEMS = { ...imageFiles, ...lvm, ...rbd } as const

import { problems as lvm } from '@/lib/volume-engines/lvm/problems'

/** What the engines of volumes can say is wrong, besides what the storage types say. */
export const ENGINE_PROBLEMS = { ...lvm }

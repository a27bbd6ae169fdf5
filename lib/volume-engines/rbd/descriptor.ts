import { z } from 'zod'
import type { EngineDescriptor } from '@/lib/volume-engines/contract/descriptor'

export const RbdSettings = z.strictObject({})
export type RbdSettings = z.infer<typeof RbdSettings>

/** Volumes as images of a Ceph pool. */
export const rbd: EngineDescriptor<typeof RbdSettings> = {
  id: 'rbd',
  title: 'RBD images',
  place: 'rbd',
  settings: RbdSettings,
  fields: {},
  fixedAfterCreate: {},
  formats: ['raw'],
  provisionings: () => ['thin', 'full'],
  sharing: () => 'shared',
  granule: () => 4 * 1024 * 1024,
  refuses: () => null,
  hostCommands: ['rbd', 'ceph', 'qemu-img'],
}

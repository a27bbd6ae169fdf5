import { z } from 'zod'
import type { EngineDescriptor } from '@/lib/volume-engines/contract/descriptor'

/** From its backend, which makes the thin pool or does not: a pool cannot choose another. */
export const LvmSettings = z.strictObject({
  mode: z.enum(['thin', 'thick']),
})
export type LvmSettings = z.infer<typeof LvmSettings>

const EXTENT = 4 * 1024 * 1024

/** Volumes as logical volumes of a group that lies on a LUN. */
export const lvm: EngineDescriptor<typeof LvmSettings> = {
  id: 'lvm',
  title: 'Logical volumes',
  place: 'volume-group',
  settings: LvmSettings,
  fields: {},
  fixedAfterCreate: { mode: 'Whether volumes are thin is decided by the backend.' },
  formats: ['raw'],
  provisionings: ({ mode }) => [mode === 'thin' ? 'thin' : 'full'],
  // A thin pool cannot be shared at all: each host would hand out its blocks by itself.
  sharing: ({ mode }) => (mode === 'thin' ? 'one host' : 'shared'),
  isLeased: ({ mode }) => mode === 'thick',
  granule: () => EXTENT,
  refuses(act, _volume, { mode }) {
    if (act === 'grow') return null
    if (act === 'flatten')
      return 'A logical volume needs no other one, also when it was cloned: there is nothing to flatten.'
    if (mode === 'thin') return null
    return 'A thick logical volume has no snapshots and no clones, since LVM would need room of a fixed size for each: copy it.'
  },
  hostCommands: ['lvm', 'thin_check', 'qemu-img', 'blkdiscard', 'dd'],
}

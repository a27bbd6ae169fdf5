import { z } from 'zod'
import type { EngineDescriptor } from '@/lib/volume-engines/contract/descriptor'

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/

export const LvmSettings = z.strictObject({
  mode: z.enum(['thin', 'thick']).default('thin'),
  thin_pool: z
    .string()
    .regex(NAME, 'Must be letters, digits, ".", "_" and "-", and begin with a letter or digit.')
    .default('holdfast'),
  /** Of a thin pool that is made with the pool, in bytes; absent: 90 % of what is free in the group. */
  thin_pool_bytes: z.int().positive().optional(),
})
export type LvmSettings = z.infer<typeof LvmSettings>

const EXTENT = 4 * 1024 * 1024
const ANOTHER_POOL = 'Volumes that are there would not move with it: create another pool and move them there.'

/** Volumes as logical volumes of a group that lies on a LUN. */
export const lvm: EngineDescriptor<typeof LvmSettings> = {
  id: 'lvm',
  title: 'Logical volumes',
  place: 'volume-group',
  settings: LvmSettings,
  fields: {
    mode: {
      label: 'Logical volumes',
      help: 'Thin volumes take room when it is written to and have snapshots, on one host at a time. Thick ones may be used on every host.',
      group: 'essential',
      control: 'select',
      choices: { thin: 'Thin, on one host at a time', thick: 'Thick, on several hosts' },
    },
    thin_pool: {
      label: 'Thin pool',
      help: 'A logical volume of this name. It is made when it is not there.',
      group: 'advanced',
      control: 'text',
      visibleWhen: { field: 'mode', is: ['thin'] },
    },
    thin_pool_bytes: {
      label: 'Size of the thin pool',
      help: 'Only of one that is made. Empty: 90 % of what is free, so that its metadata can grow.',
      group: 'advanced',
      control: 'size',
      visibleWhen: { field: 'mode', is: ['thin'] },
    },
  },
  fixedAfterCreate: { mode: ANOTHER_POOL, thin_pool: ANOTHER_POOL, thin_pool_bytes: 'It is made once; LVM grows it.' },
  formats: ['raw'],
  provisionings: ({ mode }) => [mode === 'thin' ? 'thin' : 'full'],
  sharing: ({ mode }) => (mode === 'thin' ? 'one host' : 'shared'),
  granule: () => EXTENT,
  refuses(act, _volume, { mode }) {
    if (mode === 'thin' || act === 'grow') return null
    return 'A thick logical volume has no snapshots and no clones, since LVM would need room of a fixed size for each: copy it.'
  },
  hostCommands: ['lvm', 'thin_check', 'qemu-img', 'blockdev'],
}

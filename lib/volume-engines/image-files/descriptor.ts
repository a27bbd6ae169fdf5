import { z } from 'zod'
import type { EngineDescriptor } from '@/lib/volume-engines/contract/descriptor'

export const ImageFilesSettings = z.strictObject({
  default_format: z.enum(['qcow2', 'raw']).default('qcow2'),
})
export type ImageFilesSettings = z.infer<typeof ImageFilesSettings>

/** Volumes as image files in a directory: of a local disk, an NFS export or an SMB share. */
export const imageFiles: EngineDescriptor<typeof ImageFilesSettings> = {
  id: 'image-files',
  title: 'Image files',
  place: 'directory',
  settings: ImageFilesSettings,
  fields: {
    default_format: {
      label: 'Usual format',
      help: 'A qcow2 image has snapshots and clones; a raw one is the same bytes as a disk.',
      group: 'advanced',
      control: 'select',
      choices: { qcow2: 'qcow2', raw: 'raw' },
    },
  },
  fixedAfterCreate: {},
  formats: ['qcow2', 'raw'],
  provisionings: () => ['thin', 'full'],
  sharing: (_settings, scope) => (scope === 'host' ? 'own' : 'shared'),
  granule: () => 512,
  refuses(act, { format }) {
    if (format === 'qcow2' || act === 'grow') return null
    return 'A raw image has no snapshots and no clones: copy it to a qcow2 volume first.'
  },
  hostCommands: ['qemu-img'],
}

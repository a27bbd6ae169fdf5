import { z } from 'zod'
import { defineDriver } from '@/lib/drivers/contract/descriptor'
import type { KernelMountRequest, Mounting } from '@/lib/drivers/contract/mount-request'
import { MOUNT_FIELDS } from '@/lib/drivers/options/mount-fields'
import { mountOptions } from '@/lib/drivers/options/mount-options'
import { problems } from './problems'

const ToyConfig = z.strictObject({
  /** Bytes. */
  size: z.int().min(65_536).max(1_073_741_824),
  noexec: z.boolean().default(true),
  read_only: z.boolean().default(false),
})
export type ToyConfig = z.infer<typeof ToyConfig>

export const toyMounting: Mounting<ToyConfig, KernelMountRequest> = {
  fsTypes: ['tmpfs'],
  // The kernel shows it in KiB.
  options: { negotiated: ['size'] },
  request: ({ size, noexec, read_only }, { path, readOnly }) => ({
    kind: 'kernel',
    fsType: 'tmpfs',
    source: 'none',
    target: path,
    options: mountOptions({ size, noexec }),
    readOnly: readOnly || read_only,
  }),
}

export const toy = defineDriver({
  id: 'toy',
  title: 'Toy',
  summary: 'a disk in the memory of each host',
  access: 'file',
  config: ToyConfig,
  secrets: z.strictObject({}),
  fixedAfterCreate: {},
  overridable: ['size'],
  fields: {
    size: { label: 'Size', help: 'Memory that it may take.', group: 'essential', control: 'size' },
    ...MOUNT_FIELDS,
  },
  capabilities: ['mount', 'usage'],
  discoveries: {},
  scope: 'host',
  hostCommands: ['mount', 'umount'],
  servers: () => [],
  problems,
  describeSource: ({ size }) => `memory, ${size} bytes`,
  mounting: toyMounting,
})

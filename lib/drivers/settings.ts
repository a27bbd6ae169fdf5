import { z } from 'zod'
import type { DriverDescriptor } from '@/lib/drivers/contract/descriptor'

/** Names under which older APIs send mount options as one text. */
export const FREE_TEXT_FIELDS = ['mount_options', 'options', 'nfs_options', 'smb_options'] as const

/** The settings of a type that are secret. */
export function secretKeys(descriptor: Pick<DriverDescriptor, 'secrets'>): string[] {
  return Object.keys(descriptor.secrets.shape)
}

/** May a value be left out? */
export function isOptional(schema: z.core.$ZodType): boolean {
  return z.safeParse(schema, undefined).success
}

import { z } from 'zod'

/** A whole disk of a host, as smartctl read it. Null is unknown: few disks tell all of it. */
export const DiskMessage = z.object({
  /** As the kernel calls it, such as `sda`: another one may have this name after a restart. */
  name: z.string(),
  protocol: z.enum(['ata', 'nvme', 'scsi']).nullable(),
  model: z.string().nullable(),
  serial: z.string().nullable(),
  sizeBytes: z.number().nullable(),
  rotates: z.boolean().nullable(),
  /** When it told what follows. Null: it never did. */
  readAt: z.iso.datetime().nullable(),
  /** Why it tells nothing, or did not the last time. */
  problem: z.string().nullable(),
  /** Its own verdict. */
  passed: z.boolean().nullable(),
  /** Attributes of an ATA disk that are below the threshold of its maker now, of those that tell of a failure to come. */
  failedAttributes: z.array(z.string()),
  /** What an NVMe disk warns of: `spare`, `temperature`, `reliability`, `read_only`, `backup`, `memory_region`. */
  warnings: z.array(z.string()),
  /** Of the life that its maker gives its cells; an old one has more than 100. */
  wearPercent: z.number().nullable(),
  sparePercent: z.number().nullable(),
  /** Sectors, or blocks, that it has put others in place of. */
  reallocated: z.number().nullable(),
  /** Sectors that it cannot read now. */
  pending: z.number().nullable(),
  /** ATA: sectors that its own test could not read. NVMe and SCSI: errors over its whole life that could not be corrected. */
  uncorrectable: z.number().nullable(),
  temperatureC: z.number().nullable(),
  powerOnHours: z.number().nullable(),
})
export type DiskMessage = z.infer<typeof DiskMessage>

/** The local disks of a host. */
export const DisksMessage = z.object({
  /** When they were looked at last. */
  at: z.iso.datetime(),
  /** Is there a smartctl? Without it only the disks themselves are known. */
  hasTool: z.boolean(),
  disks: z.array(DiskMessage),
})
export type DisksMessage = z.infer<typeof DisksMessage>

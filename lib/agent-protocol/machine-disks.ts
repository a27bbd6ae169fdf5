import { z } from 'zod'
import { WireId } from '@/lib/agent-protocol/messages'
import { BUSES, CACHE_MODES } from '@/lib/libvirt/disk'

/** Of a machine of libvirt. A name may look like an option or a number, and is never sent. */
export const MachineUuid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

/** A volume that a machine is to have as a disk. Where it lies on the host is the agent's to know. */
export const WantedDisk = z.strictObject({
  poolId: WireId('pool'),
  volumeId: WireId('volume'),
  /** Who else may have it: nobody, readers alone, or whoever writes too. */
  accessMode: z.enum(['RWO', 'ROX', 'RWX']),
  bus: z.enum(BUSES),
  /** Null: what suits the storage. */
  cache: z.enum(CACHE_MODES).nullable(),
  /** `vdb`; null: the first name that is free. */
  target: z.string().max(16).nullable(),
})
export type WantedDisk = z.infer<typeof WantedDisk>

/** What came of it. */
export const ChangedDisk = z.object({
  /** Its name on the machine; null: it had no such disk. */
  target: z.string().nullable(),
  /** The machine runs, and sees it, or sees it no more. */
  isLive: z.boolean(),
  /** Its next start knows of it too. Not so of a machine that is gone when it stops. */
  isKept: z.boolean(),
})
export type ChangedDisk = z.infer<typeof ChangedDisk>

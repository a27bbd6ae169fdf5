import { z } from 'zod'
import { Bytes, readJson } from '@/lib/ceph/json'

const Df = z.object({
  pools: z.array(
    z.object({
      name: z.string(),
      stats: z.object({
        /** What clients have written, without the copies that the cluster makes of it. */
        stored: Bytes,
        /** What can still be written, copies taken into account. */
        max_avail: Bytes,
        objects: Bytes,
      }),
    }),
  ),
})

export interface PoolStats {
  name: string
  storedBytes: number
  availableBytes: number
}

/** `ceph df --format json`. Throws `command_failed` for anything else: a capacity is read or unknown, never made up. */
export function parseCephDf(stdout: string): PoolStats[] {
  return readJson('ceph', 'df', Df, stdout).pools.map(({ name, stats }) => ({
    name,
    storedBytes: stats.stored,
    availableBytes: stats.max_avail,
  }))
}

import { z } from 'zod'
import { unreadableOutput } from '@/lib/drivers/problems/problem'

const Bytes = z.int().nonnegative()

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
const Namespaces = z.array(z.object({ name: z.string() }))
const DiskUsage = z.object({ total_used_size: Bytes })
const Pools = z.array(
  z.object({ pool_name: z.string(), application_metadata: z.record(z.string(), z.unknown()).optional() }),
)

export interface PoolStats {
  name: string
  storedBytes: number
  availableBytes: number
}

function read<T extends z.ZodType>(program: 'ceph' | 'rbd', verb: string, shape: T, stdout: string): z.output<T> {
  let json: unknown
  try {
    json = JSON.parse(stdout)
  } catch {
    json = undefined
  }
  const parsed = shape.safeParse(json)
  if (parsed.success) return parsed.data
  throw unreadableOutput(program, `${verb} printed something that is not its report`)
}

/** `ceph df --format json`. Throws `command_failed` for anything else: a capacity is read or unknown, never made up. */
export function parseCephDf(stdout: string): PoolStats[] {
  return read('ceph', 'df', Df, stdout).pools.map(({ name, stats }) => ({
    name,
    storedBytes: stats.stored,
    availableBytes: stats.max_avail,
  }))
}

/** `rbd namespace ls --format json`. */
export function parseNamespaces(stdout: string): string[] {
  return read('rbd', 'namespace ls', Namespaces, stdout).map(({ name }) => name)
}

/** `rbd du --format json`: bytes that the images take. */
export function parseDiskUsage(stdout: string): number {
  return read('rbd', 'du', DiskUsage, stdout).total_used_size
}

/** `ceph osd pool ls detail --format json`: the pools that were initialised for RBD. */
export function parseRbdPools(stdout: string): string[] {
  return read('ceph', 'osd pool ls', Pools, stdout)
    .filter(({ application_metadata: uses }) => uses !== undefined && Object.hasOwn(uses, 'rbd'))
    .map(({ pool_name }) => pool_name)
}

/** `ceph fsid`. */
export function parseFsid(stdout: string): string {
  const fsid = stdout.trim().toLowerCase()
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(fsid)) return fsid
  throw unreadableOutput('ceph', 'fsid printed something that is not an id')
}

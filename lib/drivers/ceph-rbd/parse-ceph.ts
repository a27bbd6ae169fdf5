import { z } from 'zod'
import { Bytes, readJson } from '@/lib/ceph/json'
import { unreadableOutput } from '@/lib/drivers/problems/problem'

const Namespaces = z.array(z.object({ name: z.string() }))
const DiskUsage = z.object({ total_used_size: Bytes })
const Pools = z.array(
  z.object({ pool_name: z.string(), application_metadata: z.record(z.string(), z.unknown()).optional() }),
)

/** `rbd namespace ls --format json`. */
export function parseNamespaces(stdout: string): string[] {
  return readJson('rbd', 'namespace ls', Namespaces, stdout).map(({ name }) => name)
}

/** `rbd du --format json`: bytes that the images take. */
export function parseDiskUsage(stdout: string): number {
  return readJson('rbd', 'du', DiskUsage, stdout).total_used_size
}

/** `ceph osd pool ls detail --format json`: the pools that were initialised for RBD. */
export function parseRbdPools(stdout: string): string[] {
  return readJson('ceph', 'osd pool ls', Pools, stdout)
    .filter(({ application_metadata: uses }) => uses !== undefined && Object.hasOwn(uses, 'rbd'))
    .map(({ pool_name }) => pool_name)
}

/** `ceph fsid`. */
export function parseFsid(stdout: string): string {
  const fsid = stdout.trim().toLowerCase()
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(fsid)) return fsid
  throw unreadableOutput('ceph', 'fsid printed something that is not an id')
}

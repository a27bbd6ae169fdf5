import { wakeCeph } from '@/e2e/support/lab-ceph'
import { labFacts } from '@/e2e/support/lab-facts'
import type { LabProduct } from '@/e2e/support/lab-product'

const { nfs, s3, servers } = labFacts

/** The bucket of the lab that has files in it. */
export function labBucket(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    provider: 'Ceph',
    endpoint: s3.endpoint,
    bucket: s3.buckets.full,
    access_key_id: s3.accessKey,
    secret_access_key: s3.secretKey,
    path_style: true,
    ...more,
  }
}

/** Where `mountOneOfEach` mounts. */
export const EACH_POINT = ['/mnt/nas', '/mnt/objects', '/mnt/folder']

/** One mount by the kernel over the network, one by a daemon, one bind, each with a file in it. Resolves to their ids, in that order. */
export async function mountOneOfEach(fleet: LabProduct, bucket: Record<string, unknown> = {}): Promise<string[]> {
  await wakeCeph(fleet.lab)
  await fleet.lab.host.ok('mkdir -p /srv/local && echo here > /srv/local/file && sync')
  const backends: [string, string, Record<string, unknown>][] = [
    ['nas', 'nfs', { server: servers.address, export_path: nfs.exports.readWrite }],
    ['objects', 's3', labBucket(bucket)],
    ['folder', 'local-dir', { path: '/srv/local' }],
  ]
  const ids: string[] = []
  for (const [name, type, config] of backends) {
    const backend = await fleet.createBackend(name, type, config)
    ids.push((await fleet.createMount(name, backend.id)).data.id)
  }
  for (const id of ids) await fleet.untilState(id, 'mounted')
  return ids
}

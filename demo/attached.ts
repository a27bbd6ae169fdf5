import type { SimulatedWorkloads } from '@/testing/simulated-workloads'

/** Machines of the demo that have volumes of a pool as their disks: by host, machine and the names of the volumes. */
export const DEMO_ATTACHED: readonly { pool: string; host: string; machine: string; volumes: readonly string[] }[] = [
  { pool: 'vms-fra1', host: 'hv-fra1-01', machine: 'mail-fra1-01', volumes: ['mail-root', 'mail-spool'] },
  { pool: 'vms-fra1', host: 'hv-fra1-01', machine: 'erp-fra1-01', volumes: ['erp-data'] },
  { pool: 'vms-fra1', host: 'hv-fra1-02', machine: 'web-fra1-02', volumes: ['web-fra1-01-root'] },
  { pool: 'vms-fra1', host: 'hv-fra1-03', machine: 'web-fra1-03', volumes: ['web-fra1-02-root'] },
  { pool: 'vms-fra1', host: 'hv-fra1-04', machine: 'web-fra1-04', volumes: ['web-fra1-03-root'] },
  { pool: 'vms-fra1', host: 'hv-fra1-05', machine: 'proxy-fra1-05', volumes: ['proxy-01-root'] },
  { pool: 'vms-fra1', host: 'hv-fra1-06', machine: 'proxy-fra1-06', volumes: ['proxy-02-root'] },
  { pool: 'vms-fra1', host: 'hv-fra1-07', machine: 'erp-test-fra1-07', volumes: ['erp-test'] },
  { pool: 'san-thin', host: 'hv-fra1-01', machine: 'oracle-fra1-01', volumes: ['oracle-data', 'oracle-redo'] },
  { pool: 'ceph-vms', host: 'web-ams2-01', machine: 'shop-ams2-01', volumes: ['shop-01-root', 'shop-orders'] },
  { pool: 'ceph-vms', host: 'web-ams2-02', machine: 'shop-ams2-02', volumes: ['shop-02-root', 'shop-images'] },
]

/** What is known of a pool once it is filled. `place`: where its images lie on hosts. */
interface FilledPool {
  name: string
  place: { mountId: string | null; path: string }
  /** Ids by name. */
  volumes: ReadonlyMap<string, string>
}

/** Gives the machines of `workloads`, by host, their volumes of this pool. */
export function attachDemoVolumes(pool: FilledPool, workloads: ReadonlyMap<string, SimulatedWorkloads>): void {
  for (const { host, machine, volumes } of DEMO_ATTACHED.filter((one) => one.pool === pool.name)) {
    const runs = workloads.get(host)
    const found = runs?.list().find(({ name }) => name === machine)
    if (runs === undefined || found === undefined) continue
    for (const name of volumes) {
      const volumeId = pool.volumes.get(name)
      if (volumeId === undefined) continue
      const wish = { poolId: '', accessMode: 'RWO', bus: 'virtio', cache: null, target: null } as const
      runs.attach(found.nativeId, { ...wish, volumeId }, pool.place)
    }
  }
}

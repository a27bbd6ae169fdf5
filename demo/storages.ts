import type { SampleBackend } from '@/lib/drivers/contract/samples'
import type { DriverId } from '@/lib/drivers/registry'
import { SAMPLES } from '@/testing/drivers/samples'

export interface DemoBackend extends SampleBackend {
  type: DriverId
}

/** One of every storage type and more of the common ones. */
export const DEMO_BACKENDS: readonly DemoBackend[] = [...SAMPLES].flatMap(([type, { backends }]) =>
  backends.map((backend) => ({ ...backend, type })),
)

/** Where the block storages are open; the last one loses its servers. */
export const DEMO_CONNECTIONS: readonly { backend: string; host: string }[] = [
  { backend: 'san-fra1', host: 'hv-fra1-01' },
  { backend: 'ceph-ams2', host: 'web-ams2-01' },
  { backend: 'ceph-ams2', host: 'web-ams2-02' },
]

export interface DemoMount {
  name: string
  backend: string
  targets: 'all' | Record<string, string> | readonly string[]
  read_only?: boolean
  do_mount?: boolean
}

export const DEMO_MOUNTS: readonly DemoMount[] = [
  { name: 'shared', backend: 'nas-fra1', targets: 'all' },
  { name: 'tools', backend: 'nas-fra1', targets: 'all', read_only: true },
  { name: 'vm-images', backend: 'nas-fra1-vms', targets: { role: 'hypervisor' } },
  { name: 'vm-templates', backend: 'nas-fra1-vms', targets: { role: 'hypervisor' }, read_only: true },
  { name: 'vm-backups', backend: 'objects-backups', targets: { role: 'hypervisor' } },
  { name: 'db-dumps', backend: 'objects-backups', targets: { role: 'database' } },
  { name: 'backup-store', backend: 'objects-backups', targets: { role: 'backup' } },
  { name: 'uploads', backend: 'objects-uploads', targets: { role: 'web' } },
  { name: 'uploads-workers', backend: 'objects-uploads', targets: { role: 'container', site: 'ams2' } },
  { name: 'archive', backend: 'nas-ams2-archive', targets: { site: 'ams2' } },
  { name: 'archive-backup', backend: 'nas-ams2-archive', targets: { role: 'backup' }, read_only: true },
  { name: 'container-data', backend: 'nas-fra1', targets: { role: 'container', site: 'fra1' } },
  { name: 'scratch', backend: 'scratch', targets: { role: 'container' } },
  { name: 'build-cache', backend: 'build-cache', targets: { role: 'build' } },
  { name: 'build-artifacts', backend: 'objects-logs', targets: { role: 'build' } },
  { name: 'logs', backend: 'objects-logs', targets: { site: 'fra1' } },
  { name: 'shop-media', backend: 'objects-uploads', targets: { role: 'edge' }, read_only: true },
  { name: 'projects-old', backend: 'nas-old', targets: ['build-ber-01', 'build-ber-02'] },
  { name: 'migration', backend: 'nas-fra1', targets: ['db-fra1-01', 'db-fra1-02'], do_mount: false },
  { name: 'packages', backend: 'package-mirror', targets: { role: 'build' }, read_only: true },
  { name: 'office', backend: 'office-files', targets: { site: 'ber' } },
  { name: 'shop-shared', backend: 'wolfdisk-shops', targets: { role: 'edge' } },
]

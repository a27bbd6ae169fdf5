const TB = 1e12
const GB = 1e9

export interface DemoBackend {
  name: string
  type: string
  config: Record<string, unknown>
  /** Bytes; null where the real storage could not say (S3). */
  size: { total: number; used: number } | null
}

const SECRET = 'demo-not-a-real-secret'
const s3 = (endpoint: string, bucket: string) => ({
  provider: 'Other',
  endpoint,
  bucket,
  access_key_id: 'DEMOKEY0000000000001',
  secret_access_key: SECRET,
})

/** One of every storage type and more of the common ones. Types that this version does not have are left out. */
export const DEMO_BACKENDS: readonly DemoBackend[] = [
  {
    name: 'nas-fra1',
    type: 'nfs',
    config: { server: 'nas-fra1.example.net', export_path: '/volume1/shared' },
    size: { total: 48 * TB, used: 29.4 * TB },
  },
  {
    name: 'nas-fra1-vms',
    type: 'nfs',
    config: { server: 'nas-fra1-ssd.example.net', export_path: '/volume2/vms', nconnect: 4 },
    size: { total: 24 * TB, used: 19.1 * TB },
  },
  {
    name: 'nas-ams2-archive',
    type: 'nfs',
    config: { server: 'nas-ams2.example.net', export_path: '/archive' },
    size: { total: 96 * TB, used: 71 * TB },
  },
  {
    name: 'nas-old',
    type: 'nfs',
    config: { server: 'nas-old.example.net', export_path: '/vol/projects', version: '3' },
    size: { total: 4 * TB, used: 3.6 * TB },
  },
  { name: 'objects-backups', type: 's3', config: s3('https://s3.fra1.example.net', 'backups'), size: null },
  { name: 'objects-uploads', type: 's3', config: s3('https://s3.ams2.example.net', 'media-uploads'), size: null },
  { name: 'objects-logs', type: 's3', config: s3('https://logs.example.net', 'logs'), size: null },
  {
    name: 'scratch',
    type: 'local-dir',
    config: { path: '/srv/scratch-disk' },
    size: { total: 1.9 * TB, used: 0.6 * TB },
  },
  {
    name: 'build-cache',
    type: 'local-dir',
    config: { path: '/srv/cache-disk' },
    size: { total: 900 * GB, used: 512 * GB },
  },
  {
    name: 'office-files',
    type: 'cifs',
    config: { server: 'files.example.net', share: 'teams', username: 'svc-holdfast', password: SECRET },
    size: { total: 12 * TB, used: 7.7 * TB },
  },
  {
    name: 'package-mirror',
    type: 'http',
    config: { base_url: 'https://mirror.example.net/packages' },
    size: null,
  },
  {
    name: 'san-fra1',
    type: 'iscsi-lvm',
    config: { portal: '192.0.2.40:3260', target: 'iqn.2024-05.net.example:san-fra1' },
    size: { total: 32 * TB, used: 11 * TB },
  },
  {
    name: 'ceph-ams2',
    type: 'ceph-rbd',
    config: {
      monitors: '192.0.2.61,192.0.2.62,192.0.2.63',
      pool: 'vms',
      user: 'holdfast',
      keyring: 'AQDemoDemoDemoDemoDemoDemoDemoDemoDemo==',
    },
    size: { total: 180 * TB, used: 64 * TB },
  },
  {
    name: 'wolfdisk-shops',
    type: 'wolfdisk',
    config: { data_dir: '/var/lib/wolfdisk' },
    size: { total: 2 * TB, used: 0.4 * TB },
  },
]

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

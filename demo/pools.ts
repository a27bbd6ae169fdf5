/** A pool of the demo, by the names of its backend and hosts. */
export interface DemoPool {
  name: string
  backend: string
  targets: Record<string, string> | readonly string[]
  overcommit_limit?: number
  max_volume_bytes?: number
  trash_days?: number
  maintenance?: true
  /** Of the engine. */
  settings?: Record<string, unknown>
  volumes: readonly DemoVolume[]
  /** What others have put there, in bytes. */
  foreign?: readonly { name: string; kind: 'file' | 'directory'; bytes: number | null; format: string | null }[]
}

export interface DemoVolume {
  name: string
  size: string
  /** Of its size, so much is written to. */
  written: number
  format?: 'raw'
  provisioning?: 'full'
  /** A clone of this volume of the same pool, as of its newest snapshot if it has one. */
  cloneOf?: string
  snapshots?: readonly string[]
  isInUse?: boolean
  isTrashed?: boolean
  /** Host where it lies, where each has its own. */
  host?: string
}

const GIB = 2 ** 30

function machines(names: readonly string[], base: string, written: number): DemoVolume[] {
  return names.map((name) => ({ name, size: '40 GiB', written, cloneOf: base, isInUse: true }))
}

export const DEMO_POOLS: readonly DemoPool[] = [
  {
    name: 'vms-fra1',
    backend: 'nas-fra1-vms',
    targets: { role: 'hypervisor' },
    overcommit_limit: 2,
    volumes: [
      { name: 'debian-13-base', size: '40 GiB', written: 0.09, snapshots: ['golden-2026-10', 'golden-2026-11'] },
      ...machines(['web-fra1-01-root', 'web-fra1-02-root', 'web-fra1-03-root'], 'debian-13-base', 0.06),
      { name: 'mail-root', size: '60 GiB', written: 0.51, snapshots: ['before-upgrade'], isInUse: true },
      { name: 'mail-spool', size: '2 TiB', written: 0.63, isInUse: true },
      {
        name: 'erp-data',
        size: '4 TiB',
        written: 0.38,
        snapshots: ['quarter-3', 'month-10', 'month-11'],
        isInUse: true,
      },
      { name: 'erp-test', size: '4 TiB', written: 0.02, cloneOf: 'erp-data' },
      { name: 'windows-2019-old', size: '120 GiB', written: 0.44, isTrashed: true },
    ],
    foreign: [
      { name: 'import/ubuntu-24.04-server.qcow2', kind: 'file', bytes: 612 * 2 ** 20, format: 'qcow2' },
      { name: 'import/legacy-crm.vmdk', kind: 'file', bytes: 38 * GIB, format: 'vmdk' },
      { name: 'iso', kind: 'directory', bytes: null, format: null },
    ],
  },
  {
    name: 'san-thin',
    backend: 'san-fra1',
    targets: ['hv-fra1-01'],
    overcommit_limit: 3,
    volumes: [
      { name: 'oracle-data', size: '6 TiB', written: 0.72, snapshots: ['nightly-28', 'nightly-29'], isInUse: true },
      { name: 'oracle-redo', size: '512 GiB', written: 0.9, isInUse: true },
      { name: 'oracle-clone', size: '6 TiB', written: 0.01, cloneOf: 'oracle-data' },
    ],
  },
  {
    name: 'lab',
    backend: 'nas-ber-lab',
    targets: { role: 'build' },
    max_volume_bytes: 2 * 2 ** 40,
    trash_days: 2,
    volumes: [
      { name: 'runner-image', size: '80 GiB', written: 0.31, snapshots: ['weekly'] },
      { name: 'artifact-cache', size: '1.5 TiB', written: 0.94, isInUse: true },
      { name: 'old-toolchain', size: '200 GiB', written: 0.8, isTrashed: true },
    ],
  },
  {
    name: 'build-disks',
    backend: 'build-cache',
    targets: ['build-ber-01', 'build-ber-02', 'build-ber-03'],
    volumes: [
      { name: 'sccache-01', size: '200 GiB', written: 1, provisioning: 'full', format: 'raw', host: 'build-ber-01' },
      { name: 'sccache-02', size: '200 GiB', written: 1, provisioning: 'full', format: 'raw', host: 'build-ber-02' },
    ],
  },
  { name: 'projects', backend: 'nas-old', targets: ['build-ber-04'], volumes: [] },
  { name: 'archive-vms', backend: 'nas-ams2-archive', targets: ['web-ams2-03'], maintenance: true, volumes: [] },
]

/** What is being copied while somebody looks: from which volume, and to which pool. */
export const DEMO_COPY = { pool: 'vms-fra1', of: 'erp-test', name: 'erp-test-copy' } as const

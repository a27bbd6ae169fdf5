import type { z } from 'zod'
import type { TemplateContent } from '@/lib/agent-protocol/pools'
import type { SetSchedule } from '@/lib/snapshots/schema'

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
  /** Images and ISO files to make volumes from. */
  templates?: readonly TemplateContent[]
  /** What can be opened in its files, by path. */
  files?: Readonly<Record<string, Uint8Array>>
  /** Of all its volumes that have none of their own. */
  schedule?: DemoSchedule
}

export type DemoSchedule = z.input<typeof SetSchedule>

export interface DemoVolume {
  name: string
  size: string
  /** Of its size, so much is written to. */
  written: number
  format?: 'raw'
  provisioning?: 'full'
  /** A clone of this volume of the same pool, as of its newest snapshot if it has one. */
  cloneOf?: string
  /** A clone of this template of the pool, made as large as it is to be. */
  fromTemplate?: string
  snapshots?: readonly string[]
  /** Instead of that of the pool. */
  schedule?: DemoSchedule
  /** So many times the schedule that holds for it has taken one before. */
  takenBefore?: number
  isInUse?: boolean
  isTrashed?: boolean
  /** Host where it lies, where each has its own. */
  host?: string
}

const GIB = 2 ** 30

const NIGHTLY: DemoSchedule = {
  rule: { repeat: 'daily', at: '02:30' },
  time_zone: 'Europe/Berlin',
  keep: { last: 7, weekly: 4 },
}

function text(lines: string): Uint8Array {
  return new TextEncoder().encode(lines)
}

function machines(names: readonly string[], base: string, written: number): DemoVolume[] {
  return names.map((name) => ({ name, size: '40 GiB', written, cloneOf: base, isInUse: true }))
}

function template(name: string, format: string, bytes: number, virtualBytes: number | null): TemplateContent {
  return { name, format, bytes, virtualBytes, modifiedAt: '2026-11-18T09:20:00.000Z' }
}

export const DEMO_POOLS: readonly DemoPool[] = [
  {
    name: 'vms-fra1',
    backend: 'nas-fra1-vms',
    targets: { role: 'hypervisor' },
    overcommit_limit: 2,
    schedule: NIGHTLY,
    volumes: [
      { name: 'debian-13-base', size: '40 GiB', written: 0.09, snapshots: ['golden-2026-10', 'golden-2026-11'] },
      ...machines(['web-fra1-01-root', 'web-fra1-02-root', 'web-fra1-03-root'], 'debian-13-base', 0.06),
      {
        name: 'proxy-01-root',
        size: '20 GiB',
        written: 0.04,
        fromTemplate: 'debian-13-genericcloud.qcow2',
        isInUse: true,
      },
      {
        name: 'proxy-02-root',
        size: '20 GiB',
        written: 0.04,
        fromTemplate: 'debian-13-genericcloud.qcow2',
        isInUse: true,
      },
      { name: 'mail-root', size: '60 GiB', written: 0.51, snapshots: ['before-upgrade'], isInUse: true },
      { name: 'mail-spool', size: '2 TiB', written: 0.63, isInUse: true, takenBefore: 6 },
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
      { name: 'ubuntu-24.04-server.qcow2', kind: 'file', bytes: 612 * 2 ** 20, format: 'qcow2' },
      { name: 'legacy-crm.vmdk', kind: 'file', bytes: 38 * GIB, format: 'vmdk' },
    ],
    templates: [
      template('debian-13-genericcloud.qcow2', 'qcow2', 331 * 2 ** 20, 3 * GIB),
      template('windows-server-2025.vhdx', 'vhdx', 11 * GIB, null),
      template('debian-13.2-netinst.iso', 'iso', 784 * 2 ** 20, 784 * 2 ** 20),
    ],
    files: {
      'iso/ipxe.iso': new Uint8Array(2 ** 20),
      'cloud-init/web.yaml': text('#cloud-config\npackages: [nginx]\npackage_update: true\n'),
      'cloud-init/mail.yaml': text('#cloud-config\npackages: [postfix, dovecot-imapd]\n'),
      'README.txt': text('Images of the machines in Frankfurt. Put what is to be taken in beside this file.\n'),
    },
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
    // One of its hosts loses the monitors.
    name: 'ceph-vms',
    backend: 'ceph-ams2',
    targets: ['web-ams2-01', 'web-ams2-02'],
    overcommit_limit: 4,
    volumes: [
      { name: 'ubuntu-24-base', size: '20 GiB', written: 0.14, snapshots: ['golden-2026-11'] },
      { name: 'shop-01-root', size: '20 GiB', written: 0.05, cloneOf: 'ubuntu-24-base', isInUse: true },
      { name: 'shop-02-root', size: '20 GiB', written: 0.05, cloneOf: 'ubuntu-24-base', isInUse: true },
      {
        name: 'shop-orders',
        size: '800 GiB',
        written: 0.47,
        isInUse: true,
        schedule: { rule: { repeat: 'minutes', every: 5 }, keep: { last: 6 }, prefix: 'orders' },
        takenBefore: 4,
      },
      { name: 'shop-images', size: '3 TiB', written: 0.71, isInUse: true },
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
      { name: 'sccache-03', size: '200 GiB', written: 0.62 },
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
  {
    // Its disk was replaced.
    name: 'runner-disks',
    backend: 'build-cache',
    targets: ['build-ber-04'],
    volumes: [
      { name: 'runner-04-root', size: '80 GiB', written: 0.4, snapshots: ['weekly'] },
      { name: 'runner-04-work', size: '200 GiB', written: 0.7 },
    ],
  },
  { name: 'projects', backend: 'nas-old', targets: ['build-ber-04'], volumes: [] },
  { name: 'archive-vms', backend: 'nas-ams2-archive', targets: ['web-ams2-03'], maintenance: true, volumes: [] },
]

/** What is being copied while somebody looks: from which volume, and to which pool. */
export const DEMO_COPY = { pool: 'vms-fra1', of: 'erp-test', name: 'erp-test-copy' } as const

/** What was moved: from a storage that many use to the disk of the host that needs it. */
export const DEMO_MOVE = { pool: 'lab', of: 'sccache-03', to: 'build-disks', host: 'build-ber-03' } as const

/** The pool that one of its hosts cannot use any more. */
export const DEMO_CUT_OFF = { pool: 'ceph-vms', host: 'web-ams2-02' } as const

/** The pool whose storage is gone for good, and its only host. */
export const DEMO_LOST = { pool: 'runner-disks', host: 'build-ber-04' } as const

/** What was made to be downloaded. */
export const DEMO_EXPORT = { pool: 'lab', of: 'runner-image' } as const

/** Volumes that no row is about, as if the database had been restored from three days ago. */
export const DEMO_UNKNOWN = {
  pool: 'lab',
  volumes: [
    { days: 2, bytes: 120 * GIB, written: 0.42, snapshots: 2, isTrashed: false },
    { days: 1, bytes: 16 * GIB, written: 0.11, snapshots: 0, isTrashed: true },
  ],
} as const

/** A file of which only the first part has come. */
export const DEMO_UPLOAD = {
  pool: 'vms-fra1',
  path: 'templates/almalinux-10.img',
  bytes: 12 * 2 ** 20,
  sent: 5 * 2 ** 20,
} as const

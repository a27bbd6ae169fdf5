import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { StepId } from '@/lib/drivers/contract/steps'
import { tcpTitle } from '@/lib/drivers/contract/test-run'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'

export interface Layer {
  id: StepId
  title: string
  /** Why a real test leaves it out. */
  skipped?: string
}

/** Where a failure shows, and as which problem. */
export interface Met {
  at: StepId
  problem: ProblemId
}

/** How a type is tested and how it fails, in the order and the words of its driver. */
export interface Simulated {
  port: number
  layers: readonly Layer[]
  /** It answers nothing. */
  dead: Met
  /** It does not let the host in: a wrong secret, or an export for others. */
  denied: Met
  /** What a person may choose from. */
  choices: Readonly<Record<string, readonly string[]>>
}

const TOOLS: Layer = { id: 'tools', title: 'Programs on the host' }
const CAPACITY: Layer = { id: 'capacity', title: 'Capacity' }
const MOUNTED: readonly Layer[] = [
  { id: 'mount', title: 'Mount' },
  { id: 'write', title: 'Write, read back, delete' },
  CAPACITY,
  { id: 'unmount', title: 'Unmount' },
]
const TIMED_OUT: Met = { at: 'tcp', problem: 'network.timed_out' }

function server(port: number, protocol: string): Layer[] {
  return [
    TOOLS,
    { id: 'name', title: 'Name' },
    { id: 'tcp', title: tcpTitle(port) },
    { id: 'protocol', title: protocol },
  ]
}

const TYPES: Readonly<Record<string, Simulated>> = {
  nfs: {
    port: 2049,
    layers: [...server(2049, 'NFS service'), { id: 'target', title: 'Export' }, ...MOUNTED],
    dead: TIMED_OUT,
    denied: { at: 'target', problem: 'nfs.export_denied' },
    choices: { exports: ['/volume1/shared', '/volume1/media', '/volume2/vms'] },
  },
  cifs: {
    port: 445,
    layers: [
      ...server(445, 'SMB service'),
      { id: 'authentication', title: 'Sign in' },
      { id: 'target', title: 'Share' },
      ...MOUNTED,
    ],
    dead: TIMED_OUT,
    denied: { at: 'authentication', problem: 'cifs.wrong_password' },
    choices: { shares: ['teams', 'projects', 'scans'] },
  },
  s3: {
    port: 443,
    layers: [
      ...server(443, 'S3 service'),
      { id: 'authentication', title: 'Access key' },
      { id: 'target', title: 'Bucket' },
      ...MOUNTED,
    ],
    dead: TIMED_OUT,
    denied: { at: 'authentication', problem: 's3.wrong_secret' },
    choices: { buckets: ['backups', 'logs', 'media-uploads'] },
  },
  http: {
    port: 443,
    layers: [
      ...server(443, 'Web server'),
      { id: 'authentication', title: 'Sign in' },
      { id: 'target', title: 'Address' },
      { id: 'mount', title: 'Mount' },
      { id: 'write', title: 'Write', skipped: 'A web address can only be read.' },
      CAPACITY,
      { id: 'unmount', title: 'Unmount' },
    ],
    dead: TIMED_OUT,
    denied: { at: 'authentication', problem: 'http.wrong_credentials' },
    choices: {},
  },
  'iscsi-lvm': {
    port: 3260,
    layers: [
      ...server(3260, 'List of targets'),
      { id: 'authentication', title: 'Login' },
      { id: 'target', title: 'LUN' },
      CAPACITY,
      { id: 'unmount', title: 'Logout' },
    ],
    dead: TIMED_OUT,
    denied: { at: 'authentication', problem: 'iscsi.credentials' },
    choices: { targets: ['iqn.2024-05.net.example:san-fra1', 'iqn.2024-05.net.example:san-spare'], luns: ['0', '1'] },
  },
  'ceph-rbd': {
    port: 6789,
    layers: [
      TOOLS,
      { id: 'name', title: 'Names of the monitors' },
      { id: 'tcp', title: 'Connection to the monitors' },
      { id: 'authentication', title: 'Sign-in' },
      { id: 'target', title: 'Pool' },
      { id: 'namespace', title: 'Namespace', skipped: 'The whole pool is used.' },
      CAPACITY,
    ],
    dead: { at: 'tcp', problem: 'ceph.monitors_down' },
    denied: { at: 'authentication', problem: 'ceph.wrong_key' },
    choices: { pools: ['vms', 'images', 'scratch'], namespaces: ['production', 'staging'] },
  },
  wolfdisk: {
    port: 9500,
    layers: [TOOLS, { id: 'protocol', title: 'Node of this host' }, ...MOUNTED],
    dead: { at: 'protocol', problem: 'wolfdisk.stale' },
    denied: { at: 'mount', problem: 'wolfdisk.ended' },
    choices: { peers: ['edge-shops-01', 'edge-shops-02'] },
  },
  'local-dir': {
    port: 0,
    layers: [{ id: 'target', title: 'Directory' }, ...MOUNTED],
    dead: { at: 'target', problem: 'local.missing' },
    denied: { at: 'target', problem: 'access.denied' },
    choices: {},
  },
}

const PLAIN = TYPES['local-dir'] as Simulated

/** A type that is not known here behaves as a directory. */
export function simulatedType(driver: string): Simulated {
  return TYPES[driver] ?? PLAIN
}

/** What people may type to see a test fail: a server that ends in `.invalid`, a directory called `missing`, the secret `wrong`. */
export function mistakeIn({ driver, secrets }: WireBackend, address: string): Met | null {
  const { layers, dead, denied } = simulatedType(driver)
  const hasName = layers.some(({ id }) => id === 'name')
  if (hasName && /\.invalid(:\d+)?(,|$)/.test(address)) return { at: 'name', problem: 'name.not_found' }
  if (!hasName && /(^|\/)missing(\/|$)/.test(address)) return dead
  return Object.values(secrets).includes('wrong') ? denied : null
}

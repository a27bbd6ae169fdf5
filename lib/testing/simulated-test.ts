import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { ResponseOf } from '@/lib/agent-protocol/operations'
import type { StepId, TestStep } from '@/lib/drivers/contract'
import type { ProblemId } from '@/lib/drivers/error-catalogue'
import { explain, type ProblemValues } from '@/lib/drivers/problem'
import { capacityNote } from '@/lib/drivers/test-run'
import { defaultPort, deniedBy } from '@/lib/testing/simulated-mounts'
import { addressOf, type Condition, type SimulatedStorages } from '@/lib/testing/simulated-storages'

interface Layer {
  id: StepId
  title: string
}

/** What the protocol, its sign-in and its target are called, per type. A type that is not here is tested as a directory is. */
const NETWORK_TYPES: Readonly<Record<string, { protocol: string; authentication?: string; target: string }>> = {
  nfs: { protocol: 'NFS service', target: 'Export' },
  s3: { protocol: 'S3 service', authentication: 'Access key', target: 'Bucket' },
  cifs: { protocol: 'SMB service', authentication: 'Sign-in', target: 'Share' },
  http: { protocol: 'Web server', authentication: 'Sign-in', target: 'Address' },
  'iscsi-lvm': { protocol: 'iSCSI portal', authentication: 'CHAP', target: 'Target' },
  'ceph-rbd': { protocol: 'Monitors', authentication: 'Key', target: 'Pool' },
}
const FILE_TYPES: ReadonlySet<string> = new Set(['local-dir', 'nfs', 's3', 'cifs', 'wolfdisk'])

function layersOf({ driver, config }: WireBackend): Layer[] {
  const network = NETWORK_TYPES[driver]
  const port = Number(config.port) || defaultPort(driver)
  const layers: Layer[] = network
    ? [
        { id: 'tools', title: 'Programs on the host' },
        { id: 'name', title: 'Name' },
        { id: 'tcp', title: `Connection to port ${port}` },
        { id: 'protocol', title: network.protocol },
        ...(network.authentication ? [{ id: 'authentication', title: network.authentication } as const] : []),
        { id: 'target', title: network.target },
      ]
    : [{ id: 'target', title: 'Directory' }]
  if (FILE_TYPES.has(driver)) {
    layers.push({ id: 'mount', title: 'Mount' }, { id: 'write', title: 'Write, read back, delete' })
  }
  layers.push({ id: 'capacity', title: 'Capacity' })
  if (FILE_TYPES.has(driver)) layers.push({ id: 'unmount', title: 'Unmount' })
  return layers
}

/** At which layer a condition is met, and as which problem. */
function failureOf(condition: Condition, driver: string): { at: StepId; problem: ProblemId } | null {
  const isNetwork = driver in NETWORK_TYPES
  switch (condition) {
    case 'dead':
      return isNetwork ? { at: 'tcp', problem: 'network.timed_out' } : { at: 'target', problem: 'local.missing' }
    case 'denied':
      return { at: NETWORK_TYPES[driver]?.authentication ? 'authentication' : 'target', problem: deniedBy(driver) }
    case 'readOnly':
      return { at: 'write', problem: 'write.read_only' }
    case 'full':
      return { at: 'write', problem: 'write.full' }
    case 'broken':
      return { at: isNetwork ? 'protocol' : 'target', problem: 'access.failed' }
    case 'healthy':
    case 'slow':
      return null
  }
}

export interface SimulatedTestCall {
  hostId: string
  storages: SimulatedStorages
  step(step: TestStep): void
}

/** The layers of a real test, up to the one at which this storage fails. A name that ends in `.invalid` is not known. */
export async function testSimulated(
  backend: WireBackend,
  { hostId, storages, step }: SimulatedTestCall,
): Promise<ResponseOf<'testBackend'>> {
  const address = addressOf(backend)
  const condition = storages.conditionOf(backend, hostId)
  const failure = /\.invalid(:\d+)?$/.test(address)
    ? { at: 'name' as const, problem: 'name.not_found' as const }
    : failureOf(condition, backend.driver)
  const factor = condition === 'slow' ? 10 : 1
  const steps: TestStep[] = []
  const usage = storages.usageOf(backend, hostId)
  for (const { id, title } of layersOf(backend)) {
    const fails = failure?.at === id
    const ms = Math.round(storages.stepMs * factor * (0.3 + Math.random()) * (fails && condition === 'dead' ? 8 : 1))
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
    const made: TestStep = { id, title, status: 'passed', durationMs: Math.max(ms, 0.4) }
    if (fails && failure) {
      const values: ProblemValues = {
        ...(backend.config as ProblemValues),
        server: address,
        source: address,
        errno: 'EIO',
      }
      const {
        title: what,
        advice,
        command,
      } = explain(failure.problem, {
        ...values,
        port: defaultPort(backend.driver),
        export: values.export_path,
      })
      Object.assign(made, { status: 'failed', detail: what, problem: failure.problem, advice })
      if (command !== undefined) made.command = command
    } else if (id === 'capacity') Object.assign(made, capacityNote(usage))
    steps.push(made)
    step(made)
    if (fails) return { success: false, steps, usage: null }
  }
  return { success: true, steps, usage }
}

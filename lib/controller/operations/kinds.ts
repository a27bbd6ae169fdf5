import { discover, readUsage, testBackend } from '@/lib/controller/operations/backends'
import { checkMount } from '@/lib/controller/operations/checks'
import { createContainer, removeContainer } from '@/lib/controller/operations/containers'
import type { KindResult, OperationContext } from '@/lib/controller/operations/context'
import {
  inspectMount,
  installTools,
  listExistingMounts,
  refreshHost,
  updateAgent,
} from '@/lib/controller/operations/hosts'
import { createMachine, removeMachine } from '@/lib/controller/operations/machine-makings'
import {
  addClipboard,
  attachDisk,
  detachDisk,
  powerContainer,
  powerMachine,
} from '@/lib/controller/operations/machines'
import { movePoolHost } from '@/lib/controller/operations/pool-host'
import { carryOutPool } from '@/lib/controller/operations/pools'
import {
  abandonMount,
  applyBackend,
  applyMount,
  carryOutConnection,
  removeMount,
} from '@/lib/controller/operations/resources'
import { workOnVolume } from '@/lib/controller/operations/volumes'
import { attachMount, detachMount } from '@/lib/controller/operations/workload-mounts'
import { HoldfastError } from '@/lib/errors'
import { OPERATION_KINDS, type OperationKind, type OperationPayload } from '@/lib/operations/schema'

type Kinds = { [K in OperationKind]: (payload: OperationPayload<K>, context: OperationContext) => Promise<KindResult> }

/** What the controller can be asked for; the compiler refuses a list with a gap. */
const KINDS: Kinds = {
  'backend.test': testBackend,
  'backend.discover': discover,
  'backend.usage': readUsage,
  'backend.apply': applyBackend,
  'backend.connect': carryOutConnection,
  'backend.disconnect': carryOutConnection,
  'mount.apply': applyMount,
  'mount.remove': removeMount,
  'mount.abandon': abandonMount,
  'mount.check': checkMount,
  'pool.apply': carryOutPool,
  'pool.remove': carryOutPool,
  'pool.move_host': movePoolHost,
  'volume.work': workOnVolume,
  'machine.attach_disk': attachDisk,
  'machine.detach_disk': detachDisk,
  'machine.power': powerMachine,
  'machine.add_clipboard': addClipboard,
  'container.power': powerContainer,
  'container.create': createContainer,
  'container.remove': removeContainer,
  'machine.create': createMachine,
  'machine.remove': removeMachine,
  'workload.attach_mount': attachMount,
  'workload.detach_mount': detachMount,
  'host.inspect_mount': inspectMount,
  'host.refresh': refreshHost,
  'host.existing_mounts': listExistingMounts,
  'host.install_tools': installTools,
  'host.update_agent': updateAgent,
}

function isKind(kind: string): kind is OperationKind {
  return Object.hasOwn(KINDS, kind)
}

/** Runs one operation. Throws `HoldfastError` when it could not be carried out at all. */
export function runKind(kind: string, payload: unknown, context: OperationContext): Promise<KindResult> {
  if (!isKind(kind))
    throw new HoldfastError('unsupported', `This controller does not know the operation ${kind}; upgrade it.`)
  const parsed = OPERATION_KINDS[kind].safeParse(payload)
  if (!parsed.success)
    throw new HoldfastError('internal', 'The stored request does not fit its kind.', { cause: parsed.error })
  const run = KINDS[kind] as (payload: unknown, context: OperationContext) => Promise<KindResult>
  return run(parsed.data, context)
}

/** The hosts that a waiting operation will keep busy, as far as its payload says. */
export function hostsOf(payload: unknown): string[] {
  if (typeof payload !== 'object' || payload === null) return []
  const { hostId, hostIds } = payload as { hostId?: unknown; hostIds?: unknown }
  if (typeof hostId === 'string') return [hostId]
  return Array.isArray(hostIds) ? hostIds.filter((id) => typeof id === 'string') : []
}

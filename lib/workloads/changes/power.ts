import 'server-only'
import type { PowerAction } from '@/lib/agent-protocol/machine-power'
import { attachTarget } from '@/lib/attach-targets/registry'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { publishChanged } from '@/lib/events/process-bus'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { requirePowered } from '@/lib/workloads/changes/machine'
import type { WorkloadRecord } from '@/lib/workloads/repository'
import type { AskPower } from '@/lib/workloads/schema'

const WORDS = {
  machine: {
    start: { does: 'Start', did: 'machine_started' },
    shutdown: { does: 'Shut down', did: 'machine_shut_down' },
    off: { does: 'Power off', did: 'machine_powered_off' },
    reset: { does: 'Reset', did: 'machine_reset' },
  },
  container: {
    start: { does: 'Start', did: 'container_started' },
    shutdown: { does: 'Stop', did: 'container_stopped' },
    off: { does: 'Kill', did: 'container_killed' },
    reset: { does: 'Restart', did: 'container_restarted' },
  },
} as const satisfies Record<string, Record<PowerAction, { does: string; did: string }>>

/**
 * Starts a virtual machine or a container, or stops it. Returns the operation's id. Throws `not_found`, and `conflict` where what runs it
 * cannot do this. Whether its storage is there is the host's to say, when it starts it.
 */
export async function powerWorkload(actor: Actor, id: string, { action }: AskPower): Promise<string> {
  authorize(actor, 'workloads.write')
  const operation = await inTransaction(async (tx) => {
    const workload = await requirePowered(tx, id)
    const kind = attachTarget(workload.target)?.runs ?? 'container'
    const { does, did } = WORDS[kind][action]
    const started = await start(tx, actor, workload, { kind, action, does })
    const change = { host: workload.host.id, operation: started }
    await recordAudit(tx, actor, { action: `workload.${did}`, target: targetOf(workload), change })
    return started
  })
  publishChanged('workload', id)
  announceOperation(operation)
  return operation
}

function start(
  tx: Db,
  actor: Actor,
  workload: WorkloadRecord,
  { kind, action, does }: { kind: keyof typeof WORDS; action: PowerAction; does: string },
): Promise<string> {
  const { id, name, host, target, nativeId } = workload
  const asked = {
    target: targetOf(workload),
    words: { title: `${does} ${kind}`, summary: `${does} ${name}` },
    hostIds: [host.id],
  }
  const payload = { workloadId: id, hostId: host.id, action }
  return kind === 'machine'
    ? startOperation(tx, actor, { ...asked, kind: 'machine.power', payload: { ...payload, machine: nativeId } })
    : startOperation(tx, actor, { ...asked, kind: 'container.power', payload: { ...payload, target, nativeId } })
}

function targetOf({ id, name }: WorkloadRecord) {
  return { kind: 'workload', id, name }
}

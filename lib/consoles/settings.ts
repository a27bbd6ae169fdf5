import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { hasScreen } from '@/lib/consoles/has-screen'
import type { ChangeConsoleSettings, ConsoleSettings } from '@/lib/consoles/schema'
import { findSettings, saveSettings } from '@/lib/consoles/settings-repository'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import * as workloads from '@/lib/workloads/repository'

/** Throws `not_found` for a workload that has no screen, as for one that is not there. */
export async function getConsoleSettings(actor: Actor, workloadId: string): Promise<ConsoleSettings> {
  authorize(actor, 'consoles.open')
  return findSettings(consoleOf(await workloads.findById(workloadId)))
}

/** What is not named stays as it is. Screens that are open notice it within 5 s, and are opened anew. Throws as `getConsoleSettings`. */
export async function changeConsoleSettings(
  actor: Actor,
  workloadId: string,
  change: ChangeConsoleSettings,
): Promise<ConsoleSettings> {
  authorize(actor, 'consoles.admin')
  return inTransaction(async (tx) => {
    const workload = await workloads.findById(workloadId, tx)
    const of = consoleOf(workload)
    const before = await findSettings(of, tx)
    const after: ConsoleSettings = {
      clipboard_to_person: change.clipboard_to_person ?? before.clipboard_to_person,
      clipboard_to_machine: change.clipboard_to_machine ?? before.clipboard_to_machine,
    }
    await saveSettings(tx, { workloadId, ...of }, after)
    await recordAudit(tx, actor, {
      action: 'console.settings_changed',
      target: { kind: 'machine', id: of.machine, name: workload?.name ?? of.machine },
      change: { host: workload?.host.name, before, after },
    })
    return after
  })
}

/** The machine that a workload is. Throws `not_found` for one that has no screen. */
export function consoleOf(workload: workloads.WorkloadRecord | null): { hostId: string; machine: string } {
  if (workload === null) throw new HoldfastError('not_found', 'There is no such workload.')
  const { host, target, nativeId: machine } = workload
  if (!hasScreen({ target, native_id: machine })) {
    throw new HoldfastError('not_found', 'This workload has no screen: only virtual machines of libvirt have one.')
  }
  return { hostId: host.id, machine }
}

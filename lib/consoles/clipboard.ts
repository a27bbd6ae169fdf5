import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { ClipboardView } from '@/lib/consoles/schema'
import { consoleOf } from '@/lib/consoles/settings'
import { inTransaction } from '@/lib/db/transaction'
import { publishChanged } from '@/lib/events/process-bus'
import { CLIPBOARD_CHANNEL, CLIPBOARD_PACKAGE } from '@/lib/libvirt/clipboard-channel'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { askHost } from '@/lib/relay/door'
import { requireMachine } from '@/lib/workloads/changes/machine'
import * as workloads from '@/lib/workloads/repository'

/** What the machine has for its clipboard, as its host says now. Throws `not_found`, and as `askHost`. */
export async function getClipboard(actor: Actor, id: string, signal: AbortSignal): Promise<ClipboardView> {
  authorize(actor, 'consoles.open')
  const { hostId, machine } = consoleOf(await workloads.findById(id))
  const { isRunning, channel, isAgentRunning } = await askHost('readClipboard', { machine }, { hostId, actor, signal })
  const attach = `virsh attach-device --domain ${machine} --file channel.xml`
  const commands = [`${attach} --config`, ...(isRunning ? [`${attach} --live`] : [])]
  return {
    is_running: isRunning,
    channel,
    is_agent_running: isAgentRunning,
    package: CLIPBOARD_PACKAGE,
    channel_xml: CLIPBOARD_CHANNEL,
    command: channel === 'none' ? commands.join('\n') : null,
  }
}

/** Gives the machine the channel. Returns the operation's id. Throws `not_found` and `conflict`. */
export async function addClipboard(actor: Actor, id: string): Promise<string> {
  authorize(actor, 'workloads.write')
  const operation = await inTransaction(async (tx) => {
    const { name, host, nativeId: machine } = await requireMachine(tx, id)
    const target = { kind: 'workload', id, name }
    const started = await startOperation(tx, actor, {
      kind: 'machine.add_clipboard',
      target,
      words: { title: 'Add clipboard', summary: `Add a channel for the clipboard to ${name}` },
      payload: { workloadId: id, hostId: host.id, machine },
      hostIds: [host.id],
    })
    const change = { host: host.id, operation: started }
    await recordAudit(tx, actor, { action: 'workload.clipboard_added', target, change })
    return started
  })
  publishChanged('workload', id)
  announceOperation(operation)
  return operation
}

import { parseXml } from '@rgrove/parse-xml'
import { isRunning, machineDefinition } from '@/agent/libvirt/machine-definition'
import { flagsOf } from '@/agent/libvirt/machine-disks'
import { CHANGE_MS, isPersistent } from '@/agent/libvirt/machines'
import { type RunVirsh, virshOn, withFile } from '@/agent/libvirt/virsh'
import type { AddedClipboard, ClipboardChannel, MachineClipboard } from '@/lib/agent-protocol/machine-consoles'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import { CLIPBOARD_CHANNEL, CLIPBOARD_TARGET } from '@/lib/libvirt/clipboard-channel'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'
import { childrenOf } from '@/lib/libvirt/xml-elements'

/** Throws as `machineDefinition`. */
export async function readClipboard(
  run: DriverHost['run'],
  machine: string,
  uri = SYSTEM_LIBVIRT,
): Promise<MachineClipboard> {
  return lookAt(virshOn(run, uri), machine)
}

/**
 * Adds the channel to the definition of a machine, and to the machine itself where it runs and QEMU takes it. Has it the channel: success.
 * Throws `not_found`, and `conflict` where another channel has its name, or where the machine is gone when it stops.
 */
export async function addClipboard(
  host: Pick<DriverHost, 'run' | 'secretFile'>,
  machine: string,
  log: (line: string) => void,
  uri = SYSTEM_LIBVIRT,
): Promise<AddedClipboard> {
  const virsh = virshOn((...asked) => host.run(...asked), uri)
  const before = await lookAt(virsh, machine)
  if (before.channel === 'there') return { isLive: before.isRunning }
  if (before.channel === 'other') throw new HoldfastError('conflict', TAKEN)
  const isKept = await isPersistent(virsh, machine)
  const attach = async (scope: { now: boolean; next: boolean }) => {
    const flags = flagsOf(scope)
    log(`$ virsh attach-device --domain ${machine} --file channel.xml ${flags.join(' ')}`)
    await withFile(host, CLIPBOARD_CHANNEL, (file) =>
      virsh(['attach-device', '--domain', machine, '--file', file, ...flags], { timeoutMs: CHANGE_MS }),
    )
  }
  if (isKept && before.channel === 'none') await attach({ now: false, next: true })
  if (!before.isRunning) return { isLive: false }
  try {
    await attach({ now: true, next: false })
    return { isLive: true }
  } catch (error) {
    if (!(error instanceof CommandError) || !isKept) throw error
    log(`${error.stderr.trim()}\nIt cannot be added while the machine runs: it comes with its next start.`)
    return { isLive: false }
  }
}

const TAKEN = `The machine has a channel named ${CLIPBOARD_TARGET} that hands no clipboard on to a VNC screen, such as that of SPICE: take it out of its definition first.`

async function lookAt(virsh: RunVirsh, machine: string): Promise<MachineClipboard> {
  const xml = await machineDefinition(virsh, machine)
  const found = channelIn(xml)
  if (!isRunning(xml)) return { isRunning: false, channel: found.channel, isAgentRunning: null }
  if (found.channel !== 'none') return { isRunning: true, ...found }
  const next = channelIn(await machineDefinition(virsh, machine, '--inactive'))
  return { isRunning: true, channel: next.channel === 'there' ? 'next' : next.channel, isAgentRunning: null }
}

/** In a definition as libvirt writes it, while the machine runs with whether the channel is open. */
export function channelIn(xml: string): { channel: ClipboardChannel; isAgentRunning: boolean | null } {
  const devices = childrenOf(parseXml(xml).root, 'devices')
  for (const channel of devices.flatMap((each) => childrenOf(each, 'channel'))) {
    const [target] = childrenOf(channel, 'target')
    if (target?.attributes.name !== CLIPBOARD_TARGET) continue
    const clipboard = childrenOf(channel, 'source').flatMap((source) => childrenOf(source, 'clipboard'))[0]
    const isOurs = channel.attributes.type === 'qemu-vdagent' && clipboard?.attributes.copypaste === 'yes'
    if (!isOurs) return { channel: 'other', isAgentRunning: null }
    const { state } = target.attributes
    return { channel: 'there', isAgentRunning: state === undefined ? null : state === 'connected' }
  }
  return { channel: 'none', isAgentRunning: null }
}

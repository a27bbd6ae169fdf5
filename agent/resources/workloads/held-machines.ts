import { ASK_MS, CHANGE_MS, definitionOf } from '@/agent/libvirt/machines'
import { virshOn } from '@/agent/libvirt/virsh'
import type { HeldWorkload } from '@/agent/resources/workloads/held-workloads'
import { parseDomain } from '@/lib/attach-targets/libvirt/parse-domain'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'

/** A machine that the hook of libvirt did not let start, by its UUID. */
export function heldMachine(host: Pick<DriverHost, 'run'>, uuid: string, uri = SYSTEM_LIBVIRT): HeldWorkload {
  const virsh = virshOn((...asked) => host.run(...asked), uri)
  return {
    async storage() {
      const xml = await definitionOf(virsh, uuid)
      const machine = xml === null ? null : parseDomain(xml)
      return machine === null || machine.isActive ? null : machine.storage
    },
    async startsWithHost() {
      const { stdout } = await virsh(['list', '--all', '--autostart', '--uuid'], { timeoutMs: ASK_MS })
      return stdout.split(/\s+/).includes(uuid)
    },
    async start() {
      await virsh(['start', '--domain', uuid], { timeoutMs: CHANGE_MS })
    },
  }
}

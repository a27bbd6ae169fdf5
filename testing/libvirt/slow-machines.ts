import { libvirtMachines } from '@/agent/libvirt/machines'
import { mergeArguments } from '@/agent/libvirt/merges'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import type { Machines } from '@/lib/volume-engines/contract/machines'

/** What the machines of this libvirt merge takes seconds: they write a million bytes each second. */
export function slowMachines(uri: string): (host: DriverHost) => Machines {
  return (host) => ({
    ...libvirtMachines(host, uri),
    async merge(disk, merge) {
      const slowly = ['--bandwidth', '1000000', '--bytes']
      await host.run('virsh', ['--quiet', '--connect', uri, ...mergeArguments(disk, merge), ...slowly])
    },
  })
}

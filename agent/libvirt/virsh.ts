import type { DriverHost } from '@/lib/drivers/contract/driver-host'

/** The daemon of the host, whichever of its forms runs there: libvirtd, or virtqemud. */
export const SYSTEM_LIBVIRT = 'qemu:///system'

export type RunVirsh = (
  args: readonly string[],
  options?: Parameters<DriverHost['run']>[2],
) => ReturnType<DriverHost['run']>

/** libvirt as this host has it. `--quiet`: without headings and blank lines. */
export function virshOn(run: DriverHost['run'], uri: string): RunVirsh {
  return (args, options) => run('virsh', ['--quiet', '--connect', uri, ...args], options)
}

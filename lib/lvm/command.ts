import type { Command } from '@/lib/drivers/contract/mount-request'

/** LVM, seeing these devices and no other: the volume groups of the host itself do not exist for it. */
export function lvm(verb: string, devices: readonly string[], args: readonly string[]): Command {
  return { command: 'lvm', args: [verb, '--devices', devices.join(','), ...args] }
}

/** Asks for these columns in a form that `readReport` reads; `args` come after. */
export function lvmReport(
  verb: 'pvs' | 'vgs' | 'lvs',
  devices: readonly string[],
  columns: readonly string[],
  args: readonly string[],
): Command {
  const format = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '-o', columns.join(',')]
  return lvm(verb, devices, [...format, ...args])
}

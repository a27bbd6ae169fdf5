import type { Command } from '@/lib/drivers/contract/mount-request'
import { IFACE, ownerTag, THIN_POOL } from '@/lib/drivers/iscsi-lvm/names'
import { lvm } from '@/lib/lvm/command'
import { hostTag } from '@/lib/lvm/host-marks'

/** Every command of this type that changes something on a host, for the host and for the console alike. */

function iscsiadm(...args: string[]): Command {
  return { command: 'iscsiadm', args }
}

// ---- session -----------------------------------------------------------------------------------------------------------

export const makeInterface = iscsiadm('-m', 'iface', '-I', IFACE, '-o', 'new')

export const removeInterface = iscsiadm('-m', 'iface', '-I', IFACE, '-o', 'delete')

function node(target: string, portal: string, ...args: string[]): Command {
  return iscsiadm('-m', 'node', '-T', target, '-p', portal, '-I', IFACE, ...args)
}

export function makeNode(target: string, portal: string): Command {
  return node(target, portal, '-o', 'new')
}

export function logInto(target: string, portal: string): Command {
  return node(target, portal, '--login')
}

/** `session`: the number that the kernel gave it. */
export function endSession(session: string): Command {
  return iscsiadm('-m', 'session', '-r', session, '--logout')
}

// ---- volume group ------------------------------------------------------------------------------------------------------

/**
 * Without automatic activation: udev of any host that sees the LUN would open the group there too. `hostId`: of the one host that may
 * have it open; null: several may, so it gets no system id either, whatever the lvm.conf of this host says.
 */
export function makeGroup(disk: string, group: string, backendId: string, hostId: string | null): Command {
  const marks = hostId === null ? [ownerTag(backendId)] : [ownerTag(backendId), hostTag(hostId)]
  const tags = marks.flatMap((tag) => ['--addtag', tag])
  const system = hostId === null ? ['--systemid', ''] : []
  return lvm('vgcreate', [disk], ['--setautoactivation', 'n', ...system, ...tags, '--', group, disk])
}

export function markGroup(disk: string, group: string, hostId: string): Command {
  return lvm('vgchange', [disk], ['--addtag', hostTag(hostId), '--', group])
}

export function unmarkGroup(disk: string, group: string, hostId: string): Command {
  return lvm('vgchange', [disk], ['--deltag', hostTag(hostId), '--', group])
}

/** With 90 % of the free space; the rest lets its metadata grow. */
export function makeThinPool(disk: string, group: string): Command {
  return lvm('lvcreate', [disk], ['--type', 'thin-pool', '-l', '90%FREE', '-n', THIN_POOL, '--', group])
}

export function activateThinPool(disk: string, group: string): Command {
  return lvm('lvchange', [disk], ['-ay', '--', `${group}/${THIN_POOL}`])
}

export function deactivateGroup(disk: string, group: string): Command {
  return lvm('vgchange', [disk], ['-an', '--', group])
}

export function flush(disk: string): Command {
  return { command: 'blockdev', args: ['--flushbufs', disk] }
}

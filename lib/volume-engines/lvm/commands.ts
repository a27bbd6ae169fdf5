import type { Command } from '@/lib/drivers/contract/mount-request'
import { lvm } from '@/lib/lvm/command'
import type { VolumeGroupPlace } from '@/lib/volume-engines/contract/place'
import { EXTENDED_FROM, REFUSED_FROM } from '@/lib/volume-engines/lvm/fullness'

/** Every command of this engine that changes something. There is no -f and no -y here, ever. */

type Place = Pick<VolumeGroupPlace, 'group' | 'devices' | 'thinPool'>

function added(tags: readonly string[]): string[] {
  return tags.flatMap((tag) => ['--addtag', tag])
}

function removed(tags: readonly string[]): string[] {
  return tags.flatMap((tag) => ['--deltag', tag])
}

export interface TagChange {
  add?: readonly string[]
  remove?: readonly string[]
}

export function tagGroup({ group, devices }: Place, { add = [], remove = [] }: TagChange): Command {
  return lvm('vgchange', devices, [...removed(remove), ...added(add), '--', group])
}

export function tagVolume({ group, devices }: Place, name: string, { add = [], remove = [] }: TagChange): Command {
  return lvm('lvchange', devices, [...removed(remove), ...added(add), '--', `${group}/${name}`])
}

/** LVM refuses something new in a thin pool above this, and so at the same moment at which it would make it; a host's own word is 100. */
const GUARDED = ['--config', `activation { thin_pool_autoextend_threshold = ${REFUSED_FROM} }`]

export interface NewLogicalVolume {
  name: string
  tags: readonly string[]
}

/** It reads as zeros: a thin pool zeroes a block before it is used. Not active. */
export function makeThin(
  { group, devices }: Place,
  thinPool: string,
  { name, tags }: NewLogicalVolume,
  bytes: number,
): Command {
  const what = [...GUARDED, '--type', 'thin', '--thinpool', thinPool, '--virtualsize', `${bytes}b`]
  return lvm('lvcreate', devices, [...what, '--activate', 'n', '--name', name, ...added(tags), '--', group])
}

/** Not active, and nothing is written to it: what others have left there is still there. */
export function makeThick({ group, devices }: Place, { name, tags }: NewLogicalVolume, bytes: number): Command {
  const untouched = ['--activate', 'n', '--zero', 'n', '--wipesignatures', 'n']
  return lvm('lvcreate', devices, ['--size', `${bytes}b`, ...untouched, '--name', name, ...added(tags), '--', group])
}

/** A thin snapshot, without a size of its own. Nothing activates it unless it is told not to skip it. */
export function makeThinSnapshot(
  { group, devices }: Place,
  of: string,
  { name, tags }: NewLogicalVolume,
  permission: 'r' | 'rw',
): Command {
  const what = [...GUARDED, '--snapshot', '--setactivationskip', 'y', '--permission', permission]
  return lvm('lvcreate', devices, [...what, '--name', name, ...added(tags), '--', `${group}/${of}`])
}

/**
 * `read`: nobody can write to it, whatever they try. Of thick volumes alone: LVM would load the thin pool below a thin one as read only
 * too, and the kernel refuses that ("reload ioctl on (253:2) failed: Invalid argument", LVM 2.03.16 in the lab).
 */
export function activate({ group, devices, thinPool }: Place, name: string, access: 'read' | 'write'): Command {
  const isReadOnly = access === 'read' && thinPool === null
  const readOnly = ['--config', `activation { read_only_volume_list = ["${group}/${name}"] }`]
  const skipped = ['--activate', 'y', '--ignoreactivationskip', '--', `${group}/${name}`]
  return lvm('lvchange', devices, [...(isReadOnly ? readOnly : []), ...skipped])
}

/** LVM refuses it for what is open. */
export function deactivate({ group, devices }: Place, name: string): Command {
  return lvm('lvchange', devices, ['--activate', 'n', '--', `${group}/${name}`])
}

export function rename({ group, devices }: Place, from: string, to: string): Command {
  return lvm('lvrename', devices, ['--', group, from, to])
}

/** Of what is not active: LVM asks, and gets no answer, before it removes what is. */
export function remove({ group, devices }: Place, name: string): Command {
  return lvm('lvremove', devices, ['--', `${group}/${name}`])
}

export function extend({ group, devices }: Place, name: string, bytes: number): Command {
  return lvm('lvextend', devices, ['--size', `${bytes}b`, '--', `${group}/${name}`])
}

/** Data and metadata of a thin pool, whichever needs it, by `percent` of what each has, from the free room of its group. */
export function extendThinPool({ group, devices }: Place, thinPool: string, percent: number): Command {
  const policy = `thin_pool_autoextend_threshold = ${EXTENDED_FROM} thin_pool_autoextend_percent = ${percent}`
  const config = ['--config', `activation { ${policy} }`]
  return lvm('lvextend', devices, [...config, '--use-policies', '--', `${group}/${thinPool}`])
}

/** Of what is not active: LVM does not ask then, so whoever calls this knows that nobody has seen what goes. */
export function cut({ group, devices }: Place, name: string, bytes: number): Command {
  return lvm('lvreduce', devices, ['--size', `${bytes}b`, '--', `${group}/${name}`])
}

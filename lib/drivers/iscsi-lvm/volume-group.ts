import type { OperationContext } from '@/lib/drivers/contract/host'
import type { Command } from '@/lib/drivers/contract/mount-request'
import type { Usage } from '@/lib/drivers/contract/values'
import {
  activateThinPool,
  deactivateGroup,
  flush,
  makeGroup,
  makeThinPool,
  markGroup,
  unmarkGroup,
} from '@/lib/drivers/iscsi-lvm/commands'
import { type Disk, holdersOf, mountedAt } from '@/lib/drivers/iscsi-lvm/lun'
import { backendsIn, isVolumeOf, ownerTag, THIN_POOL } from '@/lib/drivers/iscsi-lvm/names'
import {
  type LogicalVolume,
  parseLvmReport,
  REPORTS,
  type ReportKind,
  type ReportRow,
  type VolumeGroup,
} from '@/lib/drivers/iscsi-lvm/parse-lvm-report'
import { parseBlkid, parseWipefs } from '@/lib/drivers/iscsi-lvm/parse-signatures'
import { CommandError } from '@/lib/drivers/problems/command-error'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { lvmReport } from '@/lib/lvm/command'
import { hostTag, otherHost } from '@/lib/lvm/host-marks'

const MIB = 1024 * 1024
/** Nothing could be measured. */
export const UNKNOWN_USAGE: Usage = { totalBytes: null, usedBytes: null, availableBytes: null, fileCount: null }

/** What is on a LUN. */
export type Content =
  | { kind: 'empty' }
  | { kind: 'ours'; group: VolumeGroup }
  | { kind: 'foreign_group'; group: string }
  | { kind: 'foreign'; found: string }

/** A change, with the words of LVM in the problem when it fails. There is no -f and no -y here, ever. */
async function change({ command, args }: Command, values: ProblemValues, context: OperationContext): Promise<void> {
  try {
    await context.host.run(command, args)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new ProblemError('lvm.failed', values, { said: error.stderr, cause: error })
  }
}

async function report<K extends ReportKind>(
  kind: K,
  disks: readonly Disk[],
  args: readonly string[],
  context: OperationContext,
): Promise<ReportRow<K>[]> {
  const { command: verb, columns } = REPORTS[kind]
  const paths = disks.map(({ path }) => path)
  const asked = lvmReport(verb, paths, columns, args)
  const { stdout } = await context.host.run(asked.command, asked.args)
  return parseLvmReport(kind, stdout)
}

/** Looks without writing. Throws `iscsi.multipath` and `iscsi.in_use` for a disk that something else holds. */
export async function inspect(
  disk: Disk,
  backendId: string,
  values: ProblemValues,
  context: OperationContext,
): Promise<Content> {
  const known = { ...values, device: disk.name }
  const holders = await holdersOf(disk, context)
  if (holders.some(({ id }) => id.startsWith('mpath-'))) throw new ProblemError('iscsi.multipath', known)
  const target = await mountedAt(disk, context)
  if (target !== null) throw new ProblemError('iscsi.in_use', { ...known, holder: `the mount at ${target}` })

  const [volume] = await report('pv', [disk], [], context)
  if (volume !== undefined && volume.vg_name !== '') {
    if (!volume.vg_tags.includes(ownerTag(backendId))) return { kind: 'foreign_group', group: volume.vg_name }
    return { kind: 'ours', group: volume }
  }
  if (volume !== undefined) return { kind: 'foreign', found: 'an LVM physical volume without a volume group' }
  const [holder] = holders
  if (holder !== undefined) throw new ProblemError('iscsi.in_use', { ...known, holder: holder.name })
  const found = await findSignatures(disk, context)
  return found === null ? { kind: 'empty' } : { kind: 'foreign', found }
}

/** Three opinions: wipefs, blkid, and the first and the last MiB themselves, which must be zero. */
async function findSignatures(disk: Disk, context: OperationContext): Promise<string | null> {
  const { run } = context.host
  const wiped = parseWipefs((await run('wipefs', ['--json', '--', disk.path])).stdout)
  if (wiped.length > 0) return wiped.join(', ')
  const blkid = await run('blkid', ['-p', '-o', 'export', '--', disk.path], { okExitCodes: [0, 2, 8] })
  const probed = parseBlkid(blkid.exitCode, blkid.stdout)
  if (probed.length > 0) return probed.join(', ')
  for (const [place, offset] of [
    ['first', 0],
    ['last', Math.max(0, disk.bytes - MIB)],
  ] as const) {
    const args = ['-s', '-n', String(Math.min(MIB, disk.bytes)), '-i', `${offset}:0`, '--', disk.path, '/dev/zero']
    const { exitCode } = await run('cmp', args, { okExitCodes: [0, 1] })
    if (exitCode === 1) return `unknown data in the ${place} MiB`
  }
  return null
}

/** The refusal that belongs to what is on a LUN, or null when it may be used. */
export function refusal(
  content: Content,
  disk: Disk,
  backendId: string,
  hostId: string,
  values: ProblemValues,
): ProblemError | null {
  const known = { ...values, device: disk.name, tag: ownerTag(backendId) }
  if (content.kind === 'foreign') return new ProblemError('lvm.not_empty', { ...known, found: content.found })
  if (content.kind === 'foreign_group') return new ProblemError('lvm.foreign_group', { ...known, group: content.group })
  if (content.kind === 'empty') return null
  const holder = otherHost(content.group, hostId)
  if (holder === null) return null
  return new ProblemError('lvm.other_host', {
    ...known,
    group: content.group.vg_name,
    holder: `host ${holder}`,
    held: hostTag(holder),
  })
}

/** Active volumes of the host itself under this name would be taken for ours. */
async function requireFreeName(name: string, uuid: string | null, values: ProblemValues, context: OperationContext) {
  const { records } = context.host
  for (const device of (await records.list('/sys/block')).filter((entry) => entry.startsWith('dm-'))) {
    const active = (await records.read(`/sys/block/${device}/dm/name`))?.trim() ?? ''
    const id = (await records.read(`/sys/block/${device}/dm/uuid`))?.trim() ?? ''
    if (!isVolumeOf(active, name)) continue
    if (uuid === null || !id.startsWith(`LVM-${uuid.replaceAll('-', '')}`))
      throw new ProblemError('lvm.name_taken', { ...values, group: name })
  }
}

/**
 * Makes the volume group on a disk that was found empty a moment ago. LVM itself refuses a disk with a signature. `isShared`: several
 * hosts may have it open, so it gets no mark of this one.
 */
export async function createGroup(
  disk: Disk,
  name: string,
  backendId: string,
  isShared: boolean,
  values: ProblemValues,
  context: OperationContext,
): Promise<VolumeGroup> {
  await requireFreeName(name, null, values, context)
  await change(makeGroup(disk.path, name, backendId, isShared ? null : context.host.hostId), values, context)
  return await readBack(disk, backendId, values, context)
}

/** The group after a change. Throws when another host has marked it at the same moment. */
async function readBack(
  disk: Disk,
  backendId: string,
  values: ProblemValues,
  context: OperationContext,
): Promise<VolumeGroup> {
  const content = await inspect(disk, backendId, values, context)
  const refused = refusal(content, disk, backendId, context.host.hostId, values)
  if (refused !== null) throw refused
  if (content.kind === 'ours') return content.group
  throw new ProblemError('lvm.failed', values, { said: 'The volume group is not there after it was changed.' })
}

/**
 * Marks the group as open here, and reads back that nobody else did so at the same moment. Resolves to the group as it is then. One that
 * several hosts may open gets no such mark, since writing it is the keeper's alone; that of an earlier version goes, which has kept all
 * others out until now.
 */
export async function claimGroup(
  disk: Disk,
  group: VolumeGroup,
  backendId: string,
  isShared: boolean,
  values: ProblemValues,
  context: OperationContext,
): Promise<VolumeGroup> {
  const { hostId } = context.host
  await requireFreeName(group.vg_name, group.vg_uuid, values, context)
  const isMarked = group.vg_tags.includes(hostTag(hostId))
  if (isMarked !== isShared) return group
  const marking = isMarked ? unmarkGroup : markGroup
  await change(marking(disk.path, group.vg_name, hostId), values, context)
  return await readBack(disk, backendId, values, context)
}

/** The thin pool is made once and activated; other volumes are activated when something uses them. Resolves to all of them. */
export async function openThinPool(
  disk: Disk,
  group: string,
  values: ProblemValues,
  context: OperationContext,
): Promise<LogicalVolume[]> {
  const volumes = await volumesOf(disk, group, context)
  const pool = volumes.find(({ lv_name }) => lv_name === THIN_POOL)
  if (pool === undefined) {
    context.log(
      `Making the thin pool ${group}/${THIN_POOL} with 90 % of the free space; the rest lets its metadata grow.`,
    )
    await change(makeThinPool(disk.path, group), values, context)
  } else if (pool.lv_active === 'active') {
    return volumes
  } else {
    await change(activateThinPool(disk.path, group), values, context)
  }
  return await volumesOf(disk, group, context)
}

export function volumesOf(disk: Disk, group: string, context: OperationContext): Promise<LogicalVolume[]> {
  return report('lv', [disk], ['--', group], context)
}

/** Devices of device-mapper that this host has of the group. */
async function activeDevices(group: Pick<VolumeGroup, 'vg_uuid'>, { host }: OperationContext): Promise<string[]> {
  const id = `LVM-${group.vg_uuid.replaceAll('-', '')}`
  const found: string[] = []
  for (const device of (await host.records.list('/sys/block')).filter((entry) => entry.startsWith('dm-'))) {
    if ((await host.records.read(`/sys/block/${device}/dm/uuid`))?.startsWith(id)) found.push(device)
  }
  return found
}

/** Has the group active volumes here, and do none of them lie on this disk? Then they lie on one that has gone with its session. */
async function isStale(disk: Disk, group: Pick<VolumeGroup, 'vg_uuid'>, context: OperationContext): Promise<boolean> {
  const id = `LVM-${group.vg_uuid.replaceAll('-', '')}`
  if ((await holdersOf(disk, context)).some((holder) => holder.id.startsWith(id))) return false
  return (await activeDevices(group, context)).length > 0
}

/** After a session was lost, takes away what is left of the group's volumes on the disk of before. Throws `lvm.busy`. */
export async function closeStale(
  disk: Disk,
  group: VolumeGroup,
  values: ProblemValues,
  context: OperationContext,
): Promise<void> {
  if (!(await isStale(disk, group, context))) return
  context.log(`The volumes of ${group.vg_name} lie on a disk that is gone; they are closed and opened again.`)
  await change(deactivateGroup(disk.path, group.vg_name), { ...values, group: group.vg_name }, context)
}

/** Is the group that `connect` opened still open here? One look, which writes nothing. Throws what is wrong. */
export async function requireOpen(
  disk: Disk,
  backendId: string,
  thin: boolean,
  values: ProblemValues,
  context: OperationContext,
): Promise<void> {
  const known = { ...values, device: disk.name }
  const [volume] = await report('pv', [disk], [], context)
  if (volume === undefined || !volume.vg_tags.includes(ownerTag(backendId))) {
    throw new ProblemError('lvm.closed', {
      ...known,
      found: 'the LUN no longer holds the volume group of this backend',
    })
  }
  const { hostId } = context.host
  if (thin && !volume.vg_tags.includes(hostTag(hostId))) {
    throw new ProblemError('lvm.closed', { ...known, found: `${volume.vg_name} lost the mark of this host` })
  }
  if (await isStale(disk, volume, context)) {
    throw new ProblemError('lvm.closed', { ...known, found: `volumes of ${volume.vg_name} lie on a disk that is gone` })
  }
  if (thin && (await activeDevices(volume, context)).length === 0) {
    throw new ProblemError('lvm.closed', { ...known, found: `the thin pool of ${volume.vg_name} is not active` })
  }
}

/** Nothing of the group is active on this host afterwards, and its mark stays. Throws `lvm.busy` with the volumes that are in use. */
export async function deactivate(
  disk: Disk,
  group: VolumeGroup,
  values: ProblemValues,
  context: OperationContext,
): Promise<void> {
  const known = { ...values, group: group.vg_name }
  const open = (await volumesOf(disk, group.vg_name, context)).filter(
    ({ lv_device_open, lv_name }) => lv_device_open === 'open' && lv_name !== THIN_POOL,
  )
  if (open.length > 0) {
    throw new ProblemError('lvm.busy', { ...known, found: open.map(({ lv_name }) => lv_name).join(', ') })
  }
  await change(deactivateGroup(disk.path, group.vg_name), known, context)
  if ((await activeDevices(group, context)).length > 0) throw new ProblemError('lvm.stays_active', known)
}

/** Closes the group on this host: nothing of it is active afterwards, and our mark is gone. Throws `lvm.busy` with the volumes. */
export async function closeGroup(
  disk: Disk,
  group: VolumeGroup,
  values: ProblemValues,
  context: OperationContext,
): Promise<void> {
  const { host } = context
  await deactivate(disk, group, values, context)
  if (group.vg_tags.includes(hostTag(host.hostId))) {
    const known = { ...values, group: group.vg_name }
    await change(unmarkGroup(disk.path, group.vg_name, host.hostId), known, context)
  }
  await flushDisk(disk, context)
}

export async function flushDisk(disk: Disk, { host }: OperationContext): Promise<void> {
  const { command, args } = flush(disk.path)
  await host.run(command, args)
}

/** Does this host use one of these disks at this moment? */
export async function areHeld(disks: readonly Disk[], context: OperationContext): Promise<boolean> {
  for (const disk of disks) {
    if ((await holdersOf(disk, context)).length > 0 || (await mountedAt(disk, context)) !== null) return true
  }
  return false
}

/** Is one of these disks in use on this host, by a backend that is kept open here or by anything else? */
export async function areUsed(disks: readonly Disk[], context: OperationContext): Promise<boolean> {
  if (await areHeld(disks, context)) return true
  if (disks.length === 0) return false
  const { hostId, keepsOpen } = context.host
  const volumes = await report('pv', disks, [], context)
  return volumes.some(({ vg_tags }) => vg_tags.includes(hostTag(hostId)) || backendsIn(vg_tags).some(keepsOpen))
}

/** Capacity of the group, or of its thin pool, which is what volumes are made from. What is not active is not measured: null. */
export function usageOfGroup(group: VolumeGroup, volumes: readonly LogicalVolume[]): Usage {
  const pool = volumes.find(({ lv_name }) => lv_name === THIN_POOL)
  if (pool === undefined) {
    const { vg_size: totalBytes, vg_free: availableBytes } = group
    return { totalBytes, availableBytes, usedBytes: totalBytes - availableBytes, fileCount: null }
  }
  const { lv_size: totalBytes, data_percent: dataPercent, metadata_percent: metadataPercent } = pool
  const usedBytes = dataPercent === null ? null : Math.round((totalBytes * dataPercent) / 100)
  return {
    totalBytes,
    usedBytes,
    availableBytes: usedBytes === null ? null : totalBytes - usedBytes,
    fileCount: null,
    thinPool: { dataPercent, metadataPercent },
  }
}

import type { OperationContext } from '@/lib/drivers/contract/host'
import { until } from '@/lib/drivers/iscsi-lvm/in-turn'
import { rescan, type Session, type TargetValues } from '@/lib/drivers/iscsi-lvm/session'
import { ProblemError } from '@/lib/drivers/problems/problem'

/** A LUN as a disk of this host. */
export interface Disk {
  /** Name of the kernel, such as `sdb`: good for this operation only. */
  name: string
  path: string
  lun: number
  /** Identity from the server (`naa.…`); null when it tells none. */
  wwid: string | null
  bytes: number
  readOnly: boolean
  /** What the kernel thinks of it: `running`, or for example `offline`, `transport-offline`, `blocked`. */
  state: string
}

/** How long the scan that comes with the login is waited for, before another one is asked for. */
const SCAN_MS = 3_000
/** How long after that the disk may take to appear. */
const APPEARS_MS = 10_000

/** The disks of one session, from sysfs: by their address at the target, never by the order in which they came. */
export async function disksOf(session: Session, context: OperationContext): Promise<Disk[]> {
  const { records } = context.host
  const device = `/sys/class/iscsi_session/session${session.id}/device`
  const disks: Disk[] = []
  for (const target of (await records.list(device)).filter((name) => name.startsWith('target'))) {
    for (const address of await records.list(`${device}/${target}`)) {
      const lun = /^\d+:\d+:\d+:(\d+)$/.exec(address)?.[1]
      if (lun === undefined) continue
      const [name] = await records.list(`${device}/${target}/${address}/block`)
      if (name === undefined) continue
      const text = async (file: string) => (await records.read(`/sys/block/${name}/${file}`))?.trim() ?? ''
      disks.push({
        name,
        path: `/dev/${name}`,
        lun: Number(lun),
        wwid: (await text('device/wwid')) || null,
        // sysfs counts in sectors of 512 bytes, whatever the disk has.
        bytes: Number((await text('size')) || '0') * 512,
        readOnly: (await text('ro')) === '1',
        state: await text('device/state'),
      })
    }
  }
  return disks.sort((a, b) => a.lun - b.lun)
}

/** The LUNs that a target shows, for people. */
function inWords(disks: readonly Disk[]): string {
  if (disks.length === 0) return 'no LUN at all'
  return disks.map(({ lun, wwid }) => `LUN ${lun} (${wwid ?? 'no WWID'})`).join(', ')
}

/** What tells a LUN from the others of its target. */
interface WantedLun {
  lun: number
  wwid?: string | undefined
}

/** By its WWID where that is known, else by its number at the target. */
export function isWanted(disk: Disk, wanted: WantedLun): boolean {
  return wanted.wwid === undefined ? disk.lun === wanted.lun : disk.wwid === wanted.wwid
}

/** None of the disks is the one that is meant. */
export function lunMissing(disks: readonly Disk[], wanted: WantedLun, values: TargetValues): ProblemError {
  const problem = wanted.wwid === undefined ? 'iscsi.lun_missing' : 'iscsi.wrong_lun'
  return new ProblemError(problem, { ...values, found: inWords(disks) })
}

/**
 * The one disk that is meant: by its WWID where that is known, else by its LUN number in this very session. A disk that appears
 * late is waited for; one that was added after the login is found by a new scan.
 */
export async function findDisk(
  session: Session,
  wanted: WantedLun,
  values: TargetValues,
  context: OperationContext,
): Promise<Disk> {
  const isThere = (disk: Disk) => isWanted(disk, wanted) && disk.bytes > 0
  const look = async () => (await disksOf(session, context)).find(isThere) ?? null
  // Time is left to say so, and to log out again.
  const patience = (most: number) => Math.min(most, (context.deadlineAt - performance.now()) / 4)
  let disk = await until(context, patience(SCAN_MS), look)
  if (disk === null) {
    await rescan(session, context)
    disk = await until(context, patience(APPEARS_MS), look)
  }
  if (disk === null) throw lunMissing(await disksOf(session, context), wanted, values)
  if (disk.readOnly) throw new ProblemError('iscsi.read_only', { ...values, device: disk.name })
  return disk
}

/** Who holds the disk, as the kernel shows it: names and ids of device-mapper, or names of other devices. */
export async function holdersOf(disk: Disk, context: OperationContext): Promise<{ name: string; id: string }[]> {
  const { records } = context.host
  const holders: { name: string; id: string }[] = []
  for (const holder of await records.list(`/sys/block/${disk.name}/holders`)) {
    const name = (await records.read(`/sys/block/${holder}/dm/name`))?.trim() ?? holder
    holders.push({ name, id: (await records.read(`/sys/block/${holder}/dm/uuid`))?.trim() ?? '' })
  }
  return holders
}

/** Is the disk itself, or a partition of it, mounted on this host? */
export async function mountedAt(disk: Disk, context: OperationContext): Promise<string | null> {
  const { records, mounts } = context.host
  const devices = new Set<string>()
  for (const name of ['', ...(await records.list(`/sys/block/${disk.name}`)).filter((n) => n.startsWith(disk.name))]) {
    const device = await records.read(`/sys/block/${disk.name}/${name === '' ? '' : `${name}/`}dev`)
    if (device !== null) devices.add(device.trim())
  }
  return mounts.list().find((entry) => devices.has(entry.device))?.target ?? null
}

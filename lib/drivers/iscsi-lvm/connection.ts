import type { OperationContext } from '@/lib/drivers/contract/host'
import type { Connection } from '@/lib/drivers/contract/values'
import { inTurn, until } from '@/lib/drivers/iscsi-lvm/in-turn'
import { type Disk, disksOf, findDisk, isWanted, lunMissing } from '@/lib/drivers/iscsi-lvm/lun'
import { groupName, THIN_POOL } from '@/lib/drivers/iscsi-lvm/names'
import {
  type Backend,
  destinationOf,
  leaveQuietly,
  leaveSession,
  openSession,
  valuesOf,
} from '@/lib/drivers/iscsi-lvm/open-session'
import type { VolumeGroup } from '@/lib/drivers/iscsi-lvm/parse-lvm-report'
import { type Destination, sessionsOf, wakeDaemon } from '@/lib/drivers/iscsi-lvm/session'
import { checkLvm } from '@/lib/drivers/iscsi-lvm/tools'
import {
  claimGroup,
  closeGroup,
  closeStale,
  createGroup,
  inspect,
  openThinPool,
  refusal,
  requireOpen,
  usageOfGroup,
  volumesOf,
} from '@/lib/drivers/iscsi-lvm/volume-group'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { hostTag, otherHost } from '@/lib/lvm/host-marks'
import { formatBytes } from '@/lib/units'
import type { VolumeGroupPlace } from '@/lib/volume-engines/contract/place'

async function openGroup(
  disk: Disk,
  backend: Backend,
  to: Destination,
  context: OperationContext,
): Promise<{ group: VolumeGroup; isNewHere: boolean }> {
  const values = { ...to.values, device: disk.name }
  const isShared = backend.config.provisioning === 'thick'
  const content = await inspect(disk, backend.id, values, context)
  const refused = refusal(content, disk, backend.id, context.host.hostId, values)
  if (refused !== null) throw refused
  if (content.kind === 'ours') {
    context.log(`The volume group ${content.group.vg_name} carries the mark of this backend.`)
    const group = await claimGroup(disk, content.group, backend.id, isShared, values, context)
    await closeStale(disk, group, values, context)
    return { group, isNewHere: !isShared && !content.group.vg_tags.includes(hostTag(context.host.hostId)) }
  }
  const name = groupName(backend.config, backend.id)
  context.log(`LUN ${disk.lun} is empty: no signature, and its first and last MiB are zero. Making ${name}.`)
  return { group: await createGroup(disk, name, backend.id, isShared, values, context), isNewHere: true }
}

async function closeQuietly(disk: Disk, group: VolumeGroup, to: Destination, context: OperationContext): Promise<void> {
  try {
    await closeGroup(disk, group, to.values, context)
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    context.log(`The volume group ${group.vg_name} could not be closed again: ${error.message}`)
  }
}

/** While the kernel is trying to reach the target again, every look at the disk would hang: for so long it gets the time to succeed. */
export const RELOGIN_MS = 5_000

async function requireAnswering(to: Destination, context: OperationContext): Promise<void> {
  for (const session of await sessionsOf(to.target, context))
    if (!session.isLoggedIn) await wakeDaemon(session, context)
  const answering = await until(context, RELOGIN_MS, async () =>
    (await sessionsOf(to.target, context)).every(({ isLoggedIn }) => isLoggedIn) ? true : null,
  )
  if (answering === null) throw new ProblemError('iscsi.interrupted', to.values)
}

/** Logs in, finds the LUN, and opens the volume group on it. */
export async function connect(backend: Backend, context: OperationContext): Promise<Connection> {
  const to = await destinationOf(backend, context)
  const thin = backend.config.provisioning === 'thin'
  return await inTurn(to.target, context, async () => {
    await requireAnswering(to, context)
    let claimed: { disk: Disk; group: VolumeGroup } | undefined
    try {
      await checkLvm(thin, context)
      const session = await openSession(to, null, context)
      const made = session.isOurs ? 'logged in by Holdfast' : 'a session that was there before, which stays'
      context.log(`Session ${session.id} with ${to.target}: ${made}.`)
      const disk = await findDisk(session, backend.config, to.values, context)
      context.log(`LUN ${disk.lun} is /dev/${disk.name}, ${formatBytes(disk.bytes)}, ${disk.wwid ?? 'without a WWID'}.`)
      const { group, isNewHere } = await openGroup(disk, backend, to, context)
      if (isNewHere) claimed = { disk, group }
      const known = { ...to.values, group: group.vg_name }
      const volumes = thin
        ? await openThinPool(disk, group.vg_name, known, context)
        : await volumesOf(disk, group.vg_name, context)
      return {
        summary: `The volume group ${group.vg_name} is open on this host.`,
        details: {
          Device: disk.path,
          WWID: disk.wwid ?? 'unknown',
          'Volume group': group.vg_name,
          ...(thin ? { 'Thin pool': `${group.vg_name}/${THIN_POOL}` } : {}),
        },
        usage: usageOfGroup(group, volumes),
      }
    } catch (error) {
      // What was not opened is not left half open; what others use stays.
      if (claimed !== undefined) await closeQuietly(claimed.disk, claimed.group, to, context)
      await leaveQuietly(to, context)
      throw toProblem(error, to.values)
    }
  })
}

/** The reverse. What is not ours stays as it is. */
export async function disconnect(backend: Backend, context: OperationContext): Promise<void> {
  const { target } = backend.config
  const values = await valuesOf(backend.config, context)
  await inTurn(target, context, async () => {
    for await (const { disk, group } of groupsOf(backend, values, context)) {
      const other = otherHost(group, context.host.hostId)
      if (other !== null && !group.vg_tags.includes(hostTag(context.host.hostId))) continue
      await closeGroup(disk, group, values, context)
      context.log(`The volume group ${group.vg_name} is closed.`)
    }
    const end = await leaveSession(target, values, context)
    if (end === 'ended') context.log(`No session with ${target} is left on this host.`)
    if (end === 'shared') context.log(`The session with ${target} stays: another storage of this host uses it.`)
    if (end === 'foreign') context.log(`The session with ${target} was not made by Holdfast and stays.`)
  })
}

/** Each disk of the target that holds the volume group of this backend, whoever made the session; the one that is meant comes first. */
export async function* groupsOf(
  { id, config }: Backend,
  values: Destination['values'],
  context: OperationContext,
): AsyncGenerator<{ disk: Disk; group: VolumeGroup }> {
  for (const session of await sessionsOf(config.target, context)) {
    const disks = await disksOf(session, context)
    const wanted = disks.filter((disk) => isWanted(disk, config))
    for (const disk of [...wanted, ...disks.filter((one) => !wanted.includes(one))]) {
      const content = await inspect(disk, id, values, context).catch(nothingOfOurs)
      if (content?.kind === 'ours') yield { disk, group: content.group }
    }
  }
}

/** Where volumes lie while it is connected. */
export async function placeOf(backend: Backend, context: OperationContext): Promise<VolumeGroupPlace> {
  const { provisioning } = backend.config
  const values = await valuesOf(backend.config, context)
  for await (const { disk, group } of groupsOf(backend, values, context)) {
    const thinPool = provisioning === 'thin' ? THIN_POOL : null
    return { kind: 'volume-group', group: group.vg_name, devices: [disk.path], thinPool }
  }
  throw new ProblemError('iscsi.session_gone', values)
}

/** A disk that something else holds is none of ours, so there is nothing on it to close. */
function nothingOfOurs(error: unknown): null {
  const problem = error instanceof ProblemError ? error.problem : null
  if (problem === 'iscsi.multipath' || problem === 'iscsi.in_use') return null
  throw error
}

/** Session and disk from sysfs, which cannot hang; only when both are well the disk itself is asked for its volume group. */
export async function checkConnection({ id, config }: Backend, context: OperationContext): Promise<void> {
  const values = await valuesOf(config, context)
  const sessions = await sessionsOf(config.target, context)
  if (sessions.length === 0) throw new ProblemError('iscsi.session_gone', values)
  const session = sessions.find(({ isLoggedIn }) => isLoggedIn)
  if (session === undefined) throw new ProblemError('iscsi.interrupted', values)
  const disks = await disksOf(session, context)
  const disk = disks.find((one) => isWanted(one, config))
  if (disk === undefined) throw lunMissing(disks, config, values)
  if (disk.state !== 'running') {
    throw new ProblemError('iscsi.disk_offline', { ...values, device: disk.name, found: disk.state })
  }
  try {
    await requireOpen(disk, id, config.provisioning === 'thin', values, context)
  } catch (error) {
    // The kernel takes some seconds to notice that the server is away; until then the disk just does not answer.
    if (!(error instanceof HoldfastError) || error.code !== 'timed_out') throw error
    throw new ProblemError('iscsi.interrupted', values, { said: error.message, cause: error })
  }
}

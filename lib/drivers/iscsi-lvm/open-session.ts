import type { HostBackend, OperationContext } from '@/lib/drivers/contract/host'
import { type IscsiLvmPlace, type IscsiLvmSettings, portalOf } from '@/lib/drivers/iscsi-lvm/config'
import { inTurn } from '@/lib/drivers/iscsi-lvm/in-turn'
import { type Disk, disksOf, findDisk } from '@/lib/drivers/iscsi-lvm/lun'
import { chapOf } from '@/lib/drivers/iscsi-lvm/node-record'
import {
  type Destination,
  initiatorName,
  logIn,
  logOut,
  type Session,
  sessionsOf,
} from '@/lib/drivers/iscsi-lvm/session'
import { areUsed } from '@/lib/drivers/iscsi-lvm/volume-group'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'

export type Backend = HostBackend<IscsiLvmPlace, 'chap_password' | 'mutual_chap_password'>
export type OpenBackend = HostBackend<IscsiLvmSettings, 'chap_password' | 'mutual_chap_password'>

/** With its portal and its target. Throws `iscsi.no_portal` or `iscsi.no_target` for one that an older API has saved without. */
export function withPlace(backend: OpenBackend): Backend {
  const { portal, target } = backend.config
  if (portal === undefined) throw new ProblemError('iscsi.no_portal', {})
  if (target === undefined) throw new ProblemError('iscsi.no_target', { portal, found: undefined })
  return { ...backend, config: { ...backend.config, portal, target } }
}

export async function valuesOf(config: IscsiLvmPlace, context: OperationContext) {
  const { address, port } = portalOf(config.portal)
  return {
    server: address,
    port,
    target: config.target,
    lun: config.lun,
    wwid: config.wwid,
    initiator: await initiatorName(context),
  }
}

export async function destinationOf({ config, secrets }: Backend, context: OperationContext): Promise<Destination> {
  const portal = portalOf(config.portal)
  return { target: config.target, portal, chap: chapOf(config, secrets), values: await valuesOf(config, context) }
}

/** A session that is there is used, whoever made it; otherwise we log in. */
export async function openSession(to: Destination, group: number | null, context: OperationContext): Promise<Session> {
  const [session] = await sessionsOf(to.target, context)
  if (session !== undefined) return session
  return await logIn(to, group, context)
}

/** Ends our session unless something on this host still uses a LUN of it. One that we did not make stays. */
export async function leaveSession(
  target: string,
  values: Destination['values'],
  context: OperationContext,
): Promise<'ended' | 'shared' | 'foreign'> {
  const sessions = await sessionsOf(target, context)
  for (const session of sessions.filter(({ isOurs }) => isOurs)) {
    if (await areUsed(await disksOf(session, context), context)) return 'shared'
  }
  await logOut(target, values, context)
  return sessions.some(({ isOurs }) => !isOurs) ? 'foreign' : 'ended'
}

/** The same with the time that is left for cleaning up, when an operation has failed. */
export async function leaveQuietly(to: Destination, context: OperationContext): Promise<void> {
  try {
    await leaveSession(to.target, to.values, context)
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    context.log(`The session with ${to.target} could not be ended: ${error.message}`)
  }
}

/** Looks at the LUN through a session that is ended again unless something uses it. */
export async function withDisk<T>(
  backend: Backend,
  context: OperationContext,
  work: (disk: Disk, to: Destination) => Promise<T>,
): Promise<T> {
  const to = await destinationOf(backend, context)
  return await inTurn(to.target, context, async () => {
    try {
      const session = await openSession(to, null, context)
      return await work(await findDisk(session, backend.config, to.values, context), to)
    } catch (error) {
      throw toProblem(error, to.values)
    } finally {
      await leaveQuietly(to, context)
    }
  })
}

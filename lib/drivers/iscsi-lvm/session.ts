import type { CommandResult, RunOptions } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { Command } from '@/lib/drivers/contract/mount-request'
import { bracketed } from '@/lib/drivers/grammar'
import { endSession, logInto, makeInterface, makeNode, removeInterface } from '@/lib/drivers/iscsi-lvm/commands'
import type { Portal } from '@/lib/drivers/iscsi-lvm/config'
import { until } from '@/lib/drivers/iscsi-lvm/in-turn'
import { IFACE } from '@/lib/drivers/iscsi-lvm/names'
import { type Chap, renderDiscoveryRecord, renderNodeRecord } from '@/lib/drivers/iscsi-lvm/node-record'
import { type OfferedTarget, parseSendTargets } from '@/lib/drivers/iscsi-lvm/parse-send-targets'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'

const SYSFS = '/sys/class/iscsi_session'
const CONNECTIONS = '/sys/class/iscsi_connection'
/**
 * Where iscsiadm keeps its records: the older Debian, SUSE and Arch; Red Hat, and Debian from 13 on. An upgraded host can have old
 * records in the place that its iscsiadm no longer looks at.
 */
const DATABASES = ['/etc/iscsi', '/var/lib/iscsi']
const LOGIN_MS = 30_000
const DISCOVERY_MS = 15_000
/** A new iscsid takes over the sessions of one that ended, and ends none of them before it has. It took 3 s with open-iscsi 2.1.8. */
const TAKEN_OVER_MS = 20_000

/** Exit codes of iscsiadm; see `include/iscsi_err.h` of open-iscsi and the recordings. */
const EXIT = {
  /** By iscsid, also while the session stands for the kernel. */
  unknownSession: 2,
  login: 5,
  retriesExceeded: 11,
  exists: 15,
  mutual: 19,
  noDaemon: 20,
  notFound: 21,
  noSuchSession: 22,
  authorization: 24,
  reconnecting: 32,
} as const
/** Of a session that has ended meanwhile. */
const HAS_ENDED: readonly number[] = [EXIT.notFound, EXIT.noSuchSession]
/** While iscsid takes sessions over. */
const TAKING_OVER: readonly number[] = [EXIT.unknownSession, EXIT.reconnecting]

export interface Session {
  /** Number of the kernel. */
  id: number
  target: string
  iface: string
  /** Made by Holdfast on this host. Any other is used and never ended. */
  isOurs: boolean
  /** The kernel exchanges commands with the target; otherwise it has lost it and goes on trying. */
  isLoggedIn: boolean
}

/** What is known of the target, for the words of a problem. */
export type TargetValues = {
  server: string
  port: number
  target: string
  lun: number | undefined
  wwid: string | undefined
  initiator: string | undefined
}

/** Where an operation goes. */
export interface Destination {
  target: string
  portal: Portal
  chap: Chap | null
  values: TargetValues
}

function carryOut(
  { command, args }: Command,
  { host }: OperationContext,
  options?: RunOptions,
): Promise<CommandResult> {
  return host.run(command, args, options)
}

/** Sessions with this target that the kernel has, ours first. */
export async function sessionsOf(target: string, context: OperationContext): Promise<Session[]> {
  const { records } = context.host
  const found: Session[] = []
  for (const name of await records.list(SYSFS)) {
    const text = async (file: string) => (await records.read(`${SYSFS}/${name}/${file}`))?.trim() ?? ''
    if ((await text('targetname')).toLowerCase() !== target) continue
    const iface = await text('ifacename')
    const isLoggedIn = (await text('state')) === 'LOGGED_IN'
    found.push({ id: Number(name.replace('session', '')), target, iface, isOurs: iface === IFACE, isLoggedIn })
  }
  return found.sort((a, b) => Number(b.isOurs) - Number(a.isOurs))
}

/** Those of them that may be ended. */
export async function ourSessions(target: string, context: OperationContext): Promise<Session[]> {
  return (await sessionsOf(target, context)).filter(({ isOurs }) => isOurs)
}

/** `iqn…` of this host, for advice; undefined when it is not where it belongs. */
export async function initiatorName(context: OperationContext): Promise<string | undefined> {
  for (const root of DATABASES) {
    const text = await context.host.records.read(`${root}/initiatorname.iscsi`)
    const name = /^InitiatorName=(\S+)/m.exec(text ?? '')?.[1]
    if (name !== undefined) return name
  }
  return undefined
}

function addressOf({ address, port }: Portal): string {
  return `${bracketed(address)}:${port}`
}

/** open-iscsi resolves a name itself and may keep another form; an address is kept as it is. */
async function resolved(portal: Portal, context: OperationContext): Promise<Portal> {
  const [address = portal.address] = await context.host.net.resolve(portal.address)
  return { ...portal, address }
}

/** The places that a record can have, whichever database this iscsiadm uses. */
function placesOf(record: string): string[] {
  return DATABASES.map((root) => `${root}/${record}`)
}

/** The record that `make` has iscsiadm write: the one that was not there before, since only that tells its place. */
async function newRecord(
  record: string,
  context: OperationContext,
  make: () => Promise<unknown>,
): Promise<{ path: string; text: string }> {
  const { records } = context.host
  const look = () => Promise.all(placesOf(record).map(async (path) => ({ path, text: await records.read(path) })))
  const before = await look()
  await make()
  const after = await look()
  const made = after.find(({ text }, at) => text !== null && before[at]?.text === null)
  const { path, text } = made ?? after.find(({ text }) => text !== null) ?? { path: record, text: null }
  if (text === null)
    throw new HoldfastError('command_failed', `iscsiadm made no record at ${placesOf(record).join(' or ')}.`)
  return { path, text }
}

// ---- discovery ---------------------------------------------------------------------------------------------------------

/** What the server offers to this host. It leaves no record on the host; a record of the administrator is used as it is. */
export async function listTargets(to: Destination, context: OperationContext): Promise<OfferedTarget[]> {
  const { host } = context
  const portal = await resolved(to.portal, context)
  const at = ['-t', 'st', '-p', addressOf(portal)]
  const ask = async (args: readonly string[]) => {
    const { stdout } = await host.run('iscsiadm', args, { timeoutMs: DISCOVERY_MS, okExitCodes: [0, EXIT.notFound] })
    return parseSendTargets(stdout)
  }
  try {
    if (to.chap === null) return await ask(['-m', 'discovery', ...at, '-o', 'nonpersistent'])
    return await withDiscoveryRecord(portal, at, to.chap, context, () =>
      ask(['-m', 'discoverydb', ...at, '--discover', '-o', 'nonpersistent']),
    )
  } catch (error) {
    throw discoveryProblem(error, to.values)
  }
}

async function withDiscoveryRecord<T>(
  portal: Portal,
  at: readonly string[],
  chap: Chap,
  context: OperationContext,
  work: () => Promise<T>,
): Promise<T> {
  const { records, run } = context.host
  const folder = `send_targets/${portal.address},${portal.port}`
  let isForeign = false
  for (const path of placesOf(`${folder}/st_config`)) {
    if (await records.isOurs(path)) await records.remove(path)
    else if ((await records.read(path)) !== null) isForeign = true
  }
  if (isForeign && (await knowsPortal(at, context))) {
    context.log('This host has a discovery record of its own for the portal; it is used as it is.')
    return await work()
  }
  let made: string | undefined
  try {
    const { path, text } = await newRecord(`${folder}/st_config`, context, () =>
      run('iscsiadm', ['-m', 'discoverydb', ...at, '-o', 'new']),
    )
    made = path
    await records.writeSecret(path, renderDiscoveryRecord(text, chap))
    return await work()
  } finally {
    if (made !== undefined) await records.remove(made)
    for (const place of placesOf(folder)) if ((await records.list(place)).length === 0) await records.remove(place)
  }
}

/** A record in a database that this iscsiadm does not use is none. */
async function knowsPortal(at: readonly string[], context: OperationContext): Promise<boolean> {
  const asked = await context.host.run('iscsiadm', ['-m', 'discoverydb', ...at], { okExitCodes: [0, EXIT.notFound] })
  return asked.exitCode === 0
}

function discoveryProblem(error: unknown, values: TargetValues): unknown {
  if (!(error instanceof CommandError)) return error
  const said = error.stderr
  if (error.exitCode === EXIT.authorization)
    return new ProblemError('iscsi.discovery_denied', values, { said, cause: error })
  if (error.exitCode === EXIT.noDaemon) return new ProblemError('iscsi.daemon', values, { said, cause: error })
  return new ProblemError('iscsi.not_iscsi', values, { said, cause: error })
}

// ---- login and logout --------------------------------------------------------------------------------------------------

/** Logs in once, with the CHAP of this backend. `group` is the portal group that the server told. Throws a problem of the catalogue. */
export async function logIn(to: Destination, group: number | null, context: OperationContext): Promise<Session> {
  const { host } = context
  const portal = await resolved(to.portal, context)
  await carryOut(makeInterface, context, { okExitCodes: [0, EXIT.exists] })
  const at = `${addressOf(portal)}${group === null ? '' : `,${group}`}`
  await forgetRecords(to.target, context)
  try {
    // Its place depends on whether the portal group is known.
    const folder = `nodes/${to.target}/${portal.address},${portal.port}`
    const { path, text } = await newRecord(group === null ? folder : `${folder},${group}/${IFACE}`, context, () =>
      carryOut(makeNode(to.target, at), context),
    )
    await host.records.writeSecret(path, renderNodeRecord(text, to.chap))
    await carryOut(logInto(to.target, at), context, { timeoutMs: LOGIN_MS, okExitCodes: [0, EXIT.exists] })
    const [session] = await sessionsOf(to.target, context)
    if (session === undefined) throw new ProblemError('iscsi.login_failed', to.values)
    await requireAllowedPortal(session, to, context)
    return session
  } catch (error) {
    if ((await sessionsOf(to.target, context)).length === 0) await forgetAll(to.target, context)
    throw await loginProblem(error, to, group, context)
  }
}

/** A portal may send a login elsewhere, and iscsid follows. Where the session has ended up must be allowed too, or it is ended. */
async function requireAllowedPortal(session: Session, to: Destination, context: OperationContext): Promise<void> {
  if (!session.isOurs) return
  const { records, net } = context.host
  try {
    for (const name of await records.list(CONNECTIONS)) {
      if (!name.startsWith(`connection${session.id}:`)) continue
      const address = (await records.read(`${CONNECTIONS}/${name}/address`))?.trim()
      if (address) await net.resolve(address)
    }
  } catch (error) {
    await logOut(to.target, to.values, context)
    throw error
  }
}

async function loginProblem(
  error: unknown,
  to: Destination,
  group: number | null,
  context: OperationContext,
): Promise<unknown> {
  if (!(error instanceof CommandError)) return error
  const { chap, values } = to
  const options = { said: error.stderr, cause: error }
  switch (error.exitCode) {
    case EXIT.authorization:
      return new ProblemError(chap === null ? 'iscsi.chap_needed' : 'iscsi.credentials', values, options)
    case EXIT.mutual:
      return new ProblemError(chap?.mutual ? 'iscsi.mutual_failed' : 'iscsi.login_failed', values, options)
    case EXIT.login:
      // The same code for a target that is not there, and for a server that has it and does not answer to the end.
      return group !== null || (await isOffered(to, context))
        ? new ProblemError('iscsi.login_failed', values, options)
        : new ProblemError('iscsi.target_missing', values, options)
    case EXIT.noDaemon:
      return new ProblemError('iscsi.daemon', values, options)
    default:
      return new ProblemError('iscsi.login_failed', values, options)
  }
}

/** False also where the server tells nobody what it has. */
async function isOffered(to: Destination, context: OperationContext): Promise<boolean> {
  try {
    const offered = await listTargets({ ...to, chap: null }, context)
    return offered.some(({ target }) => target.toLowerCase() === to.target)
  } catch {
    return false
  }
}

/** Our records of a target, with what is secret in them. Records of others stay. */
async function forgetRecords(target: string, context: OperationContext): Promise<void> {
  for (const folder of placesOf(`nodes/${target}`)) await forgetRecordsIn(folder, context)
}

async function forgetRecordsIn(folder: string, context: OperationContext): Promise<void> {
  const { records } = context.host
  for (const portal of await records.list(folder)) {
    const path = `${folder}/${portal}`
    const flat = await records.read(path)
    if (flat !== null) {
      if (isOurRecord(flat) || (await records.isOurs(path))) await records.remove(path)
      continue
    }
    if ((await records.list(path)).includes(IFACE) || (await records.isOurs(`${path}/${IFACE}`))) {
      await records.remove(`${path}/${IFACE}`)
    }
    if ((await records.list(path)).length === 0) await records.remove(path)
  }
  if ((await records.list(folder)).length === 0) await records.remove(folder)
}

function isOurRecord(text: string): boolean {
  return new RegExp(`^iface\\.iscsi_ifacename = ${IFACE}$`, 'm').test(text)
}

/** Our records of the target, and our interface record when no session of ours is left on this host. */
async function forgetAll(target: string, context: OperationContext): Promise<void> {
  const { records } = context.host
  await forgetRecords(target, context)
  const places = placesOf(`ifaces/${IFACE}`)
  const found = await Promise.all(places.map((path) => records.read(path)))
  if (found.every((text) => text === null)) return
  for (const name of await records.list(SYSFS)) {
    if ((await records.read(`${SYSFS}/${name}/ifacename`))?.trim() === IFACE) return
  }
  await carryOut(removeInterface, context, { okExitCodes: [0, EXIT.notFound] })
  for (const path of places) await records.remove(path)
}

/** Ends our sessions with the target and takes their records away. Sessions that we did not make stay. None: success. */
export async function logOut(target: string, values: TargetValues, context: OperationContext): Promise<void> {
  for (const session of await ourSessions(target, context)) {
    await until(context, TAKEN_OVER_MS, async () => {
      const { exitCode } = await carryOut(endSession(String(session.id)), context, {
        timeoutMs: LOGIN_MS,
        okExitCodes: [0, ...HAS_ENDED, ...TAKING_OVER],
      })
      return TAKING_OVER.includes(exitCode) ? null : true
    })
  }
  const gone = await until(context, 10_000, async () => {
    return (await ourSessions(target, context)).length > 0 ? null : true
  })
  if (gone === null) throw new ProblemError('iscsi.session_stays', values)
  await forgetAll(target, context)
}

/**
 * Sees to it that somebody reconnects a session that has lost its target: the kernel leaves that to iscsid, which systemd starts again
 * for whoever asks it something and not by itself.
 */
export async function wakeDaemon(session: Session, context: OperationContext): Promise<void> {
  const okExitCodes = [0, EXIT.noDaemon, ...HAS_ENDED, ...TAKING_OVER]
  await context.host.run('iscsiadm', ['-m', 'session', '-r', String(session.id), '-P', '1'], { okExitCodes })
}

/** Asks the target again which LUNs it has, for those that were added after the login. */
export async function rescan(session: Session, context: OperationContext): Promise<void> {
  await context.host.run('iscsiadm', ['-m', 'session', '-r', String(session.id), '--rescan'], { timeoutMs: LOGIN_MS })
}

import {
  type Choice,
  type Connection,
  defineHostDriver,
  type HostBackend,
  type OperationContext,
  type Usage,
} from '@/lib/drivers/contract'
import { IscsiLvmConfig, type IscsiLvmSettings, portalOf } from '@/lib/drivers/iscsi-lvm/config'
import { iscsiLvm } from '@/lib/drivers/iscsi-lvm/descriptor'
import { inTurn, until } from '@/lib/drivers/iscsi-lvm/in-turn'
import { type Disk, disksOf, findDisk } from '@/lib/drivers/iscsi-lvm/lun'
import { chapOf } from '@/lib/drivers/iscsi-lvm/node-record'
import type { VolumeGroup } from '@/lib/drivers/iscsi-lvm/parse-lvm-report'
import type { OfferedTarget } from '@/lib/drivers/iscsi-lvm/parse-send-targets'
import {
  type Destination,
  initiatorName,
  listTargets,
  logIn,
  logOut,
  type Session,
  sessionsOf,
} from '@/lib/drivers/iscsi-lvm/session'
import {
  areUsed,
  type Content,
  claimGroup,
  closeGroup,
  createGroup,
  hostTag,
  inspect,
  openThinPool,
  otherHost,
  refusal,
  THIN_POOL,
  UNKNOWN_USAGE,
  usageOfGroup,
} from '@/lib/drivers/iscsi-lvm/volume-group'
import { ProblemError, toProblem } from '@/lib/drivers/problem'
import { capacityNote, type StepNote, TestRun } from '@/lib/drivers/test-run'
import { HoldfastError } from '@/lib/errors'
import { formatBytes } from '@/lib/units'

type Backend = HostBackend<IscsiLvmSettings, 'chap_password' | 'mutual_chap_password'>
type PartialBackend = HostBackend<Partial<IscsiLvmSettings>, 'chap_password' | 'mutual_chap_password'>

/** The oldest LVM with `--devices` and `--setautoactivation`. */
const OLDEST_LVM = [2, 3, 12]

async function valuesOf(config: IscsiLvmSettings, context: OperationContext) {
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

async function destinationOf({ config, secrets }: Backend, context: OperationContext): Promise<Destination> {
  const portal = portalOf(config.portal)
  return { target: config.target, portal, chap: chapOf(config, secrets), values: await valuesOf(config, context) }
}

function groupName(backend: Backend): string {
  return backend.config.volume_group ?? `hf_${backend.id}`
}

// ---- tools -------------------------------------------------------------------------------------------------------------

async function checkTools(thin: boolean, context: OperationContext): Promise<StepNote> {
  const { run } = context.host
  const iscsi = await run('iscsiadm', ['--version'])
  const { stdout } = await run('lvm', ['version'])
  const version = /LVM version:\s*(\d+)\.(\d+)\.(\d+)/.exec(stdout)
  const numbers = (version ?? []).slice(1, 4).map(Number)
  const difference = numbers.map((part, index) => part - (OLDEST_LVM[index] ?? 0)).find((step) => step !== 0) ?? 0
  if (version === null || difference < 0) throw new ProblemError('lvm.too_old', {}, { said: stdout })
  // Without it a thin pool can be made, and not be activated again.
  if (thin) await run('thin_check', ['-V'])
  return { detail: `${iscsi.stdout.trim()}, LVM ${numbers.join('.')}` }
}

// ---- sessions ----------------------------------------------------------------------------------------------------------

async function offeredGroup(
  { portal, target }: Destination,
  offered: readonly OfferedTarget[],
  context: OperationContext,
): Promise<number | null> {
  const addresses = await context.host.net.resolve(portal.address)
  const found = offered.find(
    (one) => one.target.toLowerCase() === target && one.port === portal.port && addresses.includes(one.address),
  )
  return found?.group ?? null
}

/** A session that is there is used, whoever made it; otherwise we log in. */
async function openSession(to: Destination, group: number | null, context: OperationContext): Promise<Session> {
  const [session] = await sessionsOf(to.target, context)
  if (session !== undefined) return session
  return await logIn(to, group, context)
}

/** Ends our session unless something on this host still uses a LUN of it. One that we did not make stays. */
async function leaveSession(
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
async function leaveQuietly(to: Destination, context: OperationContext): Promise<void> {
  try {
    await leaveSession(to.target, to.values, context)
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    context.log(`The session with ${to.target} could not be ended: ${error.message}`)
  }
}

/** Looks at the LUN through a session that is ended again unless something uses it. */
async function withDisk<T>(
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

// ---- test --------------------------------------------------------------------------------------------------------------

async function findTarget(
  to: Destination,
  backend: Backend,
  context: OperationContext,
): Promise<StepNote & { group: number | null }> {
  const chap = backend.config.discovery_chap === 'same' ? to.chap : null
  let offered: OfferedTarget[]
  try {
    offered = await listTargets({ ...to, chap }, context)
  } catch (error) {
    const isDenied = error instanceof ProblemError && error.explanation.problem === 'iscsi.discovery_denied'
    // With CHAP of its own it is wrong here; without, the login can still do.
    if (!isDenied || chap !== null) throw error
    return {
      status: 'skipped',
      detail: 'The server lists its targets only after CHAP; the login decides.',
      group: null,
    }
  }
  if (!offered.some(({ target }) => target.toLowerCase() === to.target)) {
    const listed = offered.map(({ target }) => target).join(', ') || 'no target for this host'
    throw new ProblemError('iscsi.target_missing', to.values, { said: `The server offers ${listed}.` })
  }
  const group = await offeredGroup(to, offered, context)
  const elsewhere = group === null ? ', at another address than this portal' : ''
  return { detail: `${to.target} is offered${elsewhere}`, group }
}

function wordsFor(content: Content, disk: Disk): string {
  const size = `LUN ${disk.lun}, ${formatBytes(disk.bytes)}${disk.wwid === null ? '' : `, ${disk.wwid}`}`
  if (content.kind === 'ours') return `${size}: the volume group ${content.group.vg_name} of this backend`
  return `${size}: empty; the volume group is made when it is connected first`
}

function contentNote(content: Content, disk: Disk, backend: Backend, to: Destination, hostId: string): StepNote {
  const refused = refusal(content, disk, backend.id, hostId, to.values)
  if (refused === null) return { detail: wordsFor(content, disk) }
  if (refused.explanation.problem !== 'lvm.other_host') throw refused
  const holder = content.kind === 'ours' ? otherHost(content.group, hostId) : null
  const detail = `${wordsFor(content, disk)}. It is open on host ${holder}, so that this host cannot open it now.`
  return { status: 'warning', detail }
}

/** From the login to the logout. */
async function testSession(
  run: TestRun,
  backend: Backend,
  to: Destination,
  group: number | null,
  context: OperationContext,
): Promise<void> {
  let session: Session | undefined
  try {
    await run.step('authentication', 'Login', async () => {
      const [standing] = await sessionsOf(to.target, context)
      session = standing ?? (await logIn(to, group, context))
      if (standing === undefined) return { detail: to.chap === null ? 'without CHAP' : loginWords(to) }
      const whose = standing.isOurs ? 'Holdfast' : 'somebody else'
      const detail = `This host is logged in already (by ${whose}), so that name and secret were not tried again.`
      return { status: 'skipped', detail }
    })
    let disk: Disk | undefined
    let content: Content | undefined
    await run.step('target', 'LUN', async () => {
      if (session === undefined) return undefined
      disk = await findDisk(session, backend.config, to.values, context)
      content = await inspect(disk, backend.id, to.values, context)
      return contentNote(content, disk, backend, to, context.host.hostId)
    })
    await run.step('capacity', 'Capacity', async () => {
      if (disk === undefined || content?.kind !== 'ours') {
        return { detail: `${formatBytes(disk?.bytes ?? 0)} on the LUN; nothing is measured before it is connected.` }
      }
      return capacityOf(await usageOfGroup(disk, content.group, context))
    })
  } finally {
    await run.step('unmount', 'Logout', async () => {
      const end = await leaveSession(to.target, to.values, context)
      if (end === 'ended') return undefined
      const detail =
        end === 'shared' ? 'The session stays: this host uses it.' : 'The session was not made by Holdfast and stays.'
      return { detail }
    })
  }
}

function loginWords({ chap }: Destination): string {
  return chap?.mutual ? 'with CHAP in both directions' : 'with CHAP'
}

function capacityOf(usage: Usage): StepNote {
  const { dataPercent, metadataPercent } = usage.thinPool ?? { dataPercent: null, metadataPercent: null }
  const note = capacityNote(usage)
  if (dataPercent === null || metadataPercent === null) return note
  return { ...note, detail: `${note.detail}; thin pool: data ${dataPercent} %, metadata ${metadataPercent} % used` }
}

// ---- discovery ---------------------------------------------------------------------------------------------------------

/** A form that is half filled in: what is needed for a question, or which field to fill first. */
function completed(
  partial: PartialBackend,
  placeholder: Partial<IscsiLvmSettings>,
  field: 'portal' | 'target',
): Backend {
  const parsed = IscsiLvmConfig.safeParse({ ...placeholder, ...partial.config })
  if (parsed.success) return { ...partial, config: parsed.data }
  const message = `Enter a valid ${field}, then look again.`
  throw new HoldfastError('invalid_input', message, { fields: [{ field: `config.${field}`, message }] })
}

async function discoverTargets(partial: PartialBackend, context: OperationContext): Promise<Choice[]> {
  const backend = completed(partial, { target: 'iqn.2000-01.invalid:none' }, 'portal')
  const chap = backend.config.discovery_chap === 'same' ? chapOf(backend.config, backend.secrets) : null
  const values = await valuesOf(backend.config, context)
  const to = { target: backend.config.target, portal: portalOf(backend.config.portal), chap, values }
  try {
    const offered = await listTargets(to, context)
    return [...Map.groupBy(offered, ({ target }) => target)].map(([value, portals]) => ({
      value,
      detail: portals.map(({ address, port }) => `${address}:${port}`).join(', '),
    }))
  } catch (error) {
    throw toProblem(error, values)
  }
}

/** LUNs by their identity: a number can mean another LUN tomorrow. */
async function discoverLuns(partial: PartialBackend, context: OperationContext): Promise<Choice[]> {
  const backend = completed(partial, {}, 'target')
  const to = await destinationOf(backend, context)
  return await inTurn(to.target, context, async () => {
    try {
      const session = await openSession(to, null, context)
      const seen = async () => ((await disksOf(session, context)).length > 0 ? true : null)
      await until(context, 5_000, seen)
      const disks = await disksOf(session, context)
      return disks.flatMap(({ wwid, lun, bytes }) =>
        wwid === null ? [] : [{ value: wwid, label: wwid, detail: `LUN ${lun}, ${formatBytes(bytes)}` }],
      )
    } catch (error) {
      throw toProblem(error, to.values)
    } finally {
      await leaveQuietly(to, context)
    }
  })
}

// ---- connect -----------------------------------------------------------------------------------------------------------

async function openGroup(
  disk: Disk,
  backend: Backend,
  to: Destination,
  context: OperationContext,
): Promise<{ group: VolumeGroup; isNewHere: boolean }> {
  const values = { ...to.values, device: disk.name }
  const content = await inspect(disk, backend.id, values, context)
  const refused = refusal(content, disk, backend.id, context.host.hostId, values)
  if (refused !== null) throw refused
  if (content.kind === 'ours') {
    context.log(`The volume group ${content.group.vg_name} carries the mark of this backend.`)
    const group = await claimGroup(disk, content.group, backend.id, values, context)
    return { group, isNewHere: !content.group.vg_tags.includes(hostTag(context.host.hostId)) }
  }
  context.log(
    `LUN ${disk.lun} is empty: no signature, and its first and last MiB are zero. Making ${groupName(backend)}.`,
  )
  const made = await createGroup(disk, groupName(backend), backend.id, values, context)
  return { group: await claimGroup(disk, made, backend.id, values, context), isNewHere: true }
}

async function closeQuietly(disk: Disk, group: VolumeGroup, to: Destination, context: OperationContext): Promise<void> {
  try {
    await closeGroup(disk, group, to.values, context)
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    context.log(`The volume group ${group.vg_name} could not be closed again: ${error.message}`)
  }
}

async function connect(backend: Backend, context: OperationContext): Promise<Connection> {
  const to = await destinationOf(backend, context)
  const thin = backend.config.provisioning === 'thin'
  return await inTurn(to.target, context, async () => {
    let claimed: { disk: Disk; group: VolumeGroup } | undefined
    try {
      await checkTools(thin, context)
      const session = await openSession(to, null, context)
      const made = session.isOurs ? 'logged in by Holdfast' : 'a session that was there before, which stays'
      context.log(`Session ${session.id} with ${to.target}: ${made}.`)
      const disk = await findDisk(session, backend.config, to.values, context)
      context.log(`LUN ${disk.lun} is /dev/${disk.name}, ${formatBytes(disk.bytes)}, ${disk.wwid ?? 'without a WWID'}.`)
      const { group, isNewHere } = await openGroup(disk, backend, to, context)
      if (isNewHere) claimed = { disk, group }
      if (thin) await openThinPool(disk, group.vg_name, { ...to.values, group: group.vg_name }, context)
      const usage = await usageOfGroup(disk, group, context)
      return {
        summary: `The volume group ${group.vg_name} is open on this host.`,
        details: {
          Device: disk.path,
          WWID: disk.wwid ?? 'unknown',
          'Volume group': group.vg_name,
          ...(thin ? { 'Thin pool': `${group.vg_name}/${THIN_POOL}` } : {}),
        },
        usage,
      }
    } catch (error) {
      // What was not opened is not left half open; what others use stays.
      if (claimed !== undefined) await closeQuietly(claimed.disk, claimed.group, to, context)
      await leaveQuietly(to, context)
      throw toProblem(error, to.values)
    }
  })
}

async function disconnect(backend: Backend, context: OperationContext): Promise<void> {
  const { target } = backend.config
  const values = await valuesOf(backend.config, context)
  await inTurn(target, context, async () => {
    for (const session of await sessionsOf(target, context)) {
      for (const disk of await disksOf(session, context)) {
        const content = await inspect(disk, backend.id, values, context).catch(nothingOfOurs)
        if (content?.kind !== 'ours') continue
        const other = otherHost(content.group, context.host.hostId)
        if (other !== null && !content.group.vg_tags.includes(hostTag(context.host.hostId))) continue
        await closeGroup(disk, content.group, values, context)
        context.log(`The volume group ${content.group.vg_name} is closed.`)
      }
    }
    const end = await leaveSession(target, values, context)
    if (end === 'ended') context.log(`No session with ${target} is left on this host.`)
    if (end === 'shared') context.log(`The session with ${target} stays: another storage of this host uses it.`)
    if (end === 'foreign') context.log(`The session with ${target} was not made by Holdfast and stays.`)
  })
}

/** A disk that something else holds is none of ours, so there is nothing on it to close. */
function nothingOfOurs(error: unknown): null {
  const problem = error instanceof ProblemError ? error.explanation.problem : null
  if (problem === 'iscsi.multipath' || problem === 'iscsi.in_use') return null
  throw error
}

export const iscsiLvmHost = defineHostDriver(iscsiLvm, {
  id: 'iscsi-lvm',

  async test(backend, context) {
    const { config, secrets } = backend
    const values = await valuesOf(config, context)
    const { address, port } = portalOf(config.portal)
    const run = new TestRun(context, values)
    const finish = () =>
      run.finish(async () => {
        await run.step('tools', 'Programs on the host', () => checkTools(config.provisioning === 'thin', context))
        await run.name(address)
        await run.tcp(address, port)
        const isIncomplete =
          config.chap_enabled &&
          (secrets.chap_password === undefined ||
            (config.mutual_chap_enabled && secrets.mutual_chap_password === undefined))
        if (isIncomplete) {
          await run.step('authentication', 'Login', async () => {
            throw new ProblemError('iscsi.no_secret', values)
          })
        }
        const to = await destinationOf(backend, context)
        let group: number | null = null
        await run.step('protocol', 'List of targets', async () => {
          const { group: found, ...note } = await findTarget(to, backend, context)
          group = found
          return note
        })
        await testSession(run, backend, to, group, context)
      })
    return await inTurn(config.target, context, finish)
  },

  connect,
  disconnect,

  async usage(backend, _target, context) {
    return await withDisk(backend, context, async (disk, { values }) => {
      const content = await inspect(disk, backend.id, values, context)
      return content.kind === 'ours' ? await usageOfGroup(disk, content.group, context) : UNKNOWN_USAGE
    })
  },

  discover: { targets: discoverTargets, luns: discoverLuns },
})

import { defineHostDriver, type HostBackend, type OperationContext } from '@/lib/drivers/contract/host'
import { capacityNote, type StepNote, TestRun } from '@/lib/drivers/contract/test-run'
import type { Choice, Usage } from '@/lib/drivers/contract/values'
import { IscsiLvmConfig, type IscsiLvmSettings, portalOf } from '@/lib/drivers/iscsi-lvm/config'
import { checkConnection, connect, disconnect, placeOf } from '@/lib/drivers/iscsi-lvm/connection'
import { iscsiLvm } from '@/lib/drivers/iscsi-lvm/descriptor'
import { inTurn, until } from '@/lib/drivers/iscsi-lvm/in-turn'
import { type Disk, disksOf, findDisk } from '@/lib/drivers/iscsi-lvm/lun'
import { chapOf } from '@/lib/drivers/iscsi-lvm/node-record'
import {
  type Backend,
  destinationOf,
  leaveQuietly,
  leaveSession,
  openSession,
  valuesOf,
  withDisk,
  withPlace,
} from '@/lib/drivers/iscsi-lvm/open-session'
import type { OfferedTarget } from '@/lib/drivers/iscsi-lvm/parse-send-targets'
import { release } from '@/lib/drivers/iscsi-lvm/release'
import { type Destination, listTargets, logIn, type Session, sessionsOf } from '@/lib/drivers/iscsi-lvm/session'
import { checkTools } from '@/lib/drivers/iscsi-lvm/tools'
import {
  type Content,
  inspect,
  refusal,
  UNKNOWN_USAGE,
  usageOfGroup,
  volumesOf,
} from '@/lib/drivers/iscsi-lvm/volume-group'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { otherHost } from '@/lib/lvm/host-marks'
import { formatBytes } from '@/lib/units'

type PartialBackend = HostBackend<Partial<IscsiLvmSettings>, 'chap_password' | 'mutual_chap_password'>
/** Stands for a target that nobody has named, while its server is asked. */
const NO_TARGET = 'iqn.2000-01.invalid:none'

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
    const isDenied = error instanceof ProblemError && error.problem === 'iscsi.discovery_denied'
    // With CHAP of its own it is wrong here; without, the login can still do, to a target that is known.
    if (!isDenied || chap !== null || to.target === NO_TARGET) throw error
    return {
      status: 'skipped',
      detail: 'The server lists its targets only after CHAP; the login decides.',
      group: null,
    }
  }
  if (!offered.some(({ target }) => target.toLowerCase() === to.target)) {
    const names = [...new Set(offered.map(({ target }) => target))]
    const listed = names.join(', ') || 'no target for this host'
    if (to.target === NO_TARGET) {
      const found = names.length === 0 ? undefined : names.slice(0, 20).join(', ')
      throw new ProblemError('iscsi.no_target', { ...to.values, portal: backend.config.portal, found })
    }
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
  if (refused.problem !== 'lvm.other_host') throw refused
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
      return capacityOf(usageOfGroup(content.group, await volumesOf(disk, content.group.vg_name, context)))
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
  const { portal, target } = parsed.data ?? {}
  if (parsed.success && portal !== undefined && target !== undefined)
    return { ...partial, config: { ...parsed.data, portal, target } }
  const message = `Enter a valid ${field}, then look again.`
  throw new HoldfastError('invalid_input', message, { fields: [{ field: `config.${field}`, message }] })
}

async function discoverTargets(partial: PartialBackend, context: OperationContext): Promise<Choice[]> {
  const backend = completed(partial, { target: NO_TARGET }, 'portal')
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

export const iscsiLvmHost = defineHostDriver(iscsiLvm, {
  id: 'iscsi-lvm',

  async test(given, context) {
    const { portal, target = NO_TARGET } = given.config
    if (portal === undefined) {
      const run = new TestRun(context, {})
      return await run.finish(async () => {
        await run.step('name', 'Server name', async () => {
          throw new ProblemError('iscsi.no_portal', {})
        })
      })
    }
    const backend = { ...given, config: { ...given.config, portal, target } }
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
          (config.chap_user === undefined ||
            secrets.chap_password === undefined ||
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

  connect: async (backend, context) => await connect(withPlace(backend), context),
  disconnect: async (backend, context) => await disconnect(withPlace(backend), context),
  checkConnection: async (backend, context) => await checkConnection(withPlace(backend), context),
  release: async (backend, context) => await release(withPlace(backend), context),

  async usage(given, _target, context) {
    const backend = withPlace(given)
    return await withDisk(backend, context, async (disk, { values }) => {
      const content = await inspect(disk, backend.id, values, context)
      if (content.kind !== 'ours') return UNKNOWN_USAGE
      return usageOfGroup(content.group, await volumesOf(disk, content.group.vg_name, context))
    })
  },

  discover: { targets: discoverTargets, luns: discoverLuns },

  place: async (backend, _target, context) => await placeOf(withPlace(backend), context),
})

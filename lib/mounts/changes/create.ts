import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { BackendView } from '@/lib/backends/schema'
import { getBackend, type PreparedBackend } from '@/lib/backends/service'
import { badField } from '@/lib/bad-field'
import { conflictOn } from '@/lib/db/conflict'
import type { OptionDifference } from '@/lib/drivers/options/effective-options'
import { optionReport } from '@/lib/drivers/options/option-drift'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'
import { effectiveMount, type StoredOverrides } from '@/lib/mounts/effective'
import { requireFreePlace } from '@/lib/mounts/free-place'
import { requireOutsideSource } from '@/lib/mounts/own-source'
import * as repository from '@/lib/mounts/repository'
import type { CreateMount } from '@/lib/mounts/schema'
import {
  finished,
  hostsFor,
  type MountChanged,
  requireFreeName,
  requireHosts,
  requireRule,
  targetsChange,
} from '@/lib/mounts/service'
import { ruleFrom } from '@/lib/mounts/targets'
import { type ChangeOptions, inChange } from '@/lib/plans/change'

export interface CreateOptions extends ChangeOptions {
  /** What is different on single hosts. */
  overrides?: ReadonlyMap<string, StoredOverrides>
  /** Of something that is on the host already. */
  takeover?: Takeover
}

export interface Takeover {
  /** What was asked for and what was found; the plan rests on it. */
  request: Record<string, unknown>
  /** It is mounted now and stays as it is; otherwise it only stands in fstab. */
  isMounted: boolean
  /** Of it as it is, from mountinfo. */
  options: readonly string[]
  /** The backend of the mount, when it is to be made with it. */
  newBackend: PreparedBackend | null
}

/** Throws `invalid_input` for an unknown backend or host, `unsupported`, and `conflict` for a name or place that is taken. */
export async function createMount(
  actor: Actor,
  given: CreateMount,
  { overrides, takeover, ...options }: CreateOptions = {},
): Promise<MountChanged> {
  authorize(actor, 'mounts.write')
  const newBackend = takeover?.newBackend
  const backend = newBackend?.view ?? (await backendNamed(actor, given.backend_id))
  if (!backend.capabilities.includes('mount')) {
    throw new HoldfastError('unsupported', `Backends of type ${backend.type} cannot be mounted.`)
  }
  const id = newId('mount')
  const rule = requireRule(ruleFrom(given))
  const mountPoint = given.mount_point ?? `/mnt/${given.name}`
  const desiredState = given.do_mount ? 'mounted' : 'unmounted'
  const target = { kind: 'mount', id, name: given.name } as const
  const isAdopted = takeover?.isMounted ?? false
  // What is mounted like that already is left as it is.
  if (!isAdopted) {
    const definition = { mountPoint, readOnly: given.read_only, backend }
    for (const own of [{}, ...(overrides?.values() ?? [])])
      requireOutsideSource(backend.type, effectiveMount(definition, own))
  }
  const planned = takeover
    ? ({ action: 'adopt_existing', request: takeover.request } as const)
    : ({ action: 'create_mount', request: given } as const)
  const creates = newBackend ? [id, backend.id] : [id]
  const operation = await inChange(
    { ...planned, target, creates, restsOn: backend.id },
    options,
    async (tx, change) => {
      await newBackend?.write(tx)
      await requireFreeName(tx, given.name, id)
      const hostIds = await hostsFor(tx, rule, given.host_ids ?? [])
      if (rule.targets === 'hosts') {
        await requireHosts(tx, hostIds)
        await requireFreePlace(tx, id, mountPoint, hostIds)
      }
      await conflictOn(
        () =>
          repository.insert(tx, {
            id,
            name: given.name,
            backendId: backend.id,
            mountPoint,
            readOnly: given.read_only,
            autoMount: given.auto_mount,
            ...rule,
            onDrift: given.on_drift,
            desiredState,
          }),
        () => `Mount '${given.name}' already exists (or is still being removed)`,
      )
      await repository.insertHosts(tx, id, hostIds, { desiredState, desiredGeneration: 1, adopted: isAdopted })
      if (takeover?.isMounted)
        for (const hostId of hostIds)
          await repository.saveTakenOver(
            tx,
            { mountId: id, hostId },
            differencesOf(takeover, backend, mountPoint, given),
          )
      for (const [hostId, own] of overrides ?? [])
        if (hostIds.includes(hostId)) await repository.saveOverrides(tx, { mountId: id, hostId }, own, 1)
      const started =
        given.do_mount && hostIds.length > 0
          ? await change.start(actor, { kind: 'mount.apply', target, payload: { mountId: id, hostIds }, hostIds })
          : null
      await recordAudit(tx, actor, {
        action: 'mount.created',
        target,
        change: {
          backend: backend.id,
          mount_point: mountPoint,
          ...targetsChange(rule),
          hosts: hostIds,
          read_only: given.read_only,
          ...(isAdopted ? { adopted: true } : {}),
          operation: started,
        },
      })
      return started
    },
  )
  if (newBackend) publishChanged('backend', backend.id)
  return finished(id, operation)
}

/** What is otherwise about the mount that is there than Holdfast would make it. */
function differencesOf(
  { options }: Takeover,
  { type, config }: BackendView,
  mountPoint: string,
  { read_only }: CreateMount,
): OptionDifference[] {
  return optionReport(type, config, mountPoint, read_only, options.join(',')).drift
}

async function backendNamed(actor: Actor, id: string): Promise<BackendView> {
  try {
    return await getBackend(actor, id)
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'not_found')
      throw badField('backend_id', 'There is no such backend.')
    throw error
  }
}

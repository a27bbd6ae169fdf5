import 'server-only'
import { isDeepStrictEqual } from 'node:util'
import { ForeignMounts } from '@/lib/agent-protocol/messages'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { BackendView } from '@/lib/backends/schema'
import { listBackends, prepareBackend } from '@/lib/backends/service'
import { parseBackendInput, publicConfig } from '@/lib/drivers/input'
import { HoldfastError } from '@/lib/errors'
import { freeName } from '@/lib/free-name'
import { lookForMounts } from '@/lib/hosts/service'
import { type ExistingMount, existingMounts } from '@/lib/imports/existing-mounts'
import type { AdoptMount, ExistingMountsView, ExistingMountView } from '@/lib/imports/existing-schema'
import { managedOn } from '@/lib/imports/managed-repository'
import { createMount } from '@/lib/mounts/changes/create'
import type { MountChanged } from '@/lib/mounts/service'
import type { OperationView } from '@/lib/operations/schema'
import { errorOfOperation, waitForOperation } from '@/lib/operations/service'
import type { ChangeOptions } from '@/lib/plans/change'

/** What a finished look at a host found, in the words of the API. Throws the failure of the look. */
export async function describeExisting(actor: Actor, hostId: string, look: OperationView): Promise<ExistingMountsView> {
  const found = answerOf(look)
  const [backends, managed] = [await everyBackend(actor), await managedOn(hostId)]
  return {
    mounts: existingMounts(found, managed).map((mount) => view(mount, backends)),
    problems: found.problems,
    operation_id: look.id,
  }
}

function answerOf(look: OperationView): ForeignMounts {
  const parsed = ForeignMounts.safeParse(look.result)
  if (!parsed.success) throw errorOfOperation(look)
  return parsed.data
}

async function everyBackend(actor: Actor): Promise<BackendView[]> {
  return (await listBackends(actor, { limit: 5000 })).data
}

function view(mount: ExistingMount, backends: readonly BackendView[]): ExistingMountView {
  const same = mount.action === 'information' ? undefined : equalBackend(mount, mount.config, backends)
  return {
    mount_point: mount.mountPoint,
    fs_type: mount.fsType,
    source: mount.source,
    mounted: mount.isMounted,
    read_only: mount.readOnly,
    auto_mount: mount.autoMount,
    options: mount.options.join(','),
    fstab: mount.fstab,
    action: mount.action,
    reason: mount.reason,
    type: mount.type,
    config: mount.config,
    // An equal backend has its secrets already.
    needs: same ? [] : mount.needs,
    left_out: mount.leftOut,
    suggested_name: mount.suggestedName,
    existing_backend: same ? { id: same.id, name: same.name } : null,
  }
}

/** A backend whose whole config is the same; its secrets are taken to be right. */
function equalBackend(
  mount: ExistingMount,
  config: Record<string, unknown>,
  backends: readonly BackendView[],
): BackendView | undefined {
  if (mount.type === null) return undefined
  let complete: Record<string, unknown>
  try {
    complete = parseBackendInput(mount.type, config, { isTold: true }).config
  } catch (error) {
    if (error instanceof HoldfastError) return undefined
    throw error
  }
  const plain: unknown = JSON.parse(JSON.stringify(complete))
  return backends.find(
    ({ driver, config: known }) => driver === mount.type && isDeepStrictEqual(publicConfig(driver, known), plain),
  )
}

/** How a backend is numbered beside another of its name. */
const BACKEND_NAME = { between: ' ', most: 100 }
const LOOK_MS = 30_000

/**
 * Looks at the host, makes a backend (or uses an equal one) and a mount for what is mounted on the host, and has the agent take it over as it is.
 * Throws `not_found` for a place where nothing is, and `conflict` with the reason for what cannot be taken over.
 */
export async function adoptMount(
  actor: Actor,
  hostId: string,
  given: AdoptMount,
  options: ChangeOptions & { signal?: AbortSignal } = {},
): Promise<MountChanged & { fstab: ExistingMount['fstab'] }> {
  authorize(actor, 'mounts.write')
  const { signal, ...change } = options
  const look = await waitForOperation(await lookForMounts(actor, hostId, 'mounts.write'), LOOK_MS, signal)
  const found = existingMounts(answerOf(look), await managedOn(hostId))
  const mount = found.find(({ mountPoint }) => mountPoint === given.mount_point)
  if (!mount) throw new HoldfastError('not_found', `Nothing that could be taken over is at ${given.mount_point}.`)
  if (mount.action !== 'adopt' || mount.type === null)
    throw new HoldfastError('conflict', mount.reason ?? 'This mount cannot be taken over.')
  const config = { ...mount.config, ...given.config }
  const backends = await everyBackend(actor)
  const same = equalBackend(mount, config, backends)
  if (!same) requireNeeds(mount, config)
  const name = given.name ?? mount.suggestedName
  const newBackend = same
    ? null
    : await prepareBackend(
        actor,
        {
          name: given.backend_name ?? freeName(name, new Set(backends.map((backend) => backend.name)), BACKEND_NAME),
          type: mount.type,
          config,
        },
        { isTold: true },
      )
  const changed = await createMount(
    actor,
    {
      name,
      backend_id: (same ?? newBackend?.view)?.id ?? '',
      mount_point: mount.mountPoint,
      host_ids: [hostId],
      read_only: mount.readOnly,
      on_drift: given.on_drift,
      auto_mount: mount.autoMount,
      // What nobody mounts at boot and is not mounted now stays as it is until somebody asks for it.
      do_mount: mount.isMounted || mount.autoMount,
    },
    {
      ...change,
      takeover: { request: { hostId, given, mount }, isMounted: mount.isMounted, options: mount.options, newBackend },
    },
  )
  return { ...changed, fstab: mount.fstab }
}

function requireNeeds(mount: ExistingMount, config: Record<string, unknown>): void {
  const fields = mount.needs
    .filter((field) => config[field] === undefined || config[field] === '')
    .map((field) => ({
      field: `config.${field}`,
      message: 'The host does not tell this; it is needed for the next mount.',
    }))
  const [first] = fields
  if (first) throw new HoldfastError('invalid_input', `${first.field}: ${first.message}`, { fields })
}

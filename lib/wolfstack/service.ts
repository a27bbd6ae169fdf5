import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { BackendView } from '@/lib/backends/schema'
import { createBackend, deleteBackend, getBackend, listBackends } from '@/lib/backends/service'
import { badField } from '@/lib/bad-field'
import { publicConfig } from '@/lib/drivers/input'
import { HoldfastError } from '@/lib/errors'
import { everyPage } from '@/lib/every-page'
import { chooseHost } from '@/lib/hosts/service'
import { changeBackend } from '@/lib/mounts/changes/actions'
import { createMount } from '@/lib/mounts/changes/create'
import type { MountView } from '@/lib/mounts/schema'
import { deleteMount, getMount, listMounts, readMount, updateMount } from '@/lib/mounts/service'
import { makePlan } from '@/lib/plans/service'
import type { CreateWolfstackMount, UpdateWolfstackMount, WolfstackMount } from '@/lib/wolfstack/schema'
import {
  changeFrom,
  configFrom,
  driverFor,
  slugOf,
  withBucketByPath,
  wolfstackMount,
  wordsFor,
} from '@/lib/wolfstack/translate'

const PAGE = 5000

/** Needs the right to read backends too, since a record shows both. */
export async function listWolfstackMounts(actor: Actor): Promise<{ data: WolfstackMount[]; total: number }> {
  authorize(actor, 'mounts.read')
  const mounts = await everyPage((cursor) => listMounts(actor, { limit: PAGE, cursor }))
  if (mounts.length === 0) return { data: [], total: 0 }
  const backends = await everyPage((cursor) => listBackends(actor, { limit: PAGE, cursor }))
  const byId = new Map(backends.map((backend) => [backend.id, backend]))
  const data = mounts.flatMap((mount) => {
    const backend = byId.get(mount.backend.id)
    return backend && !mount.removing ? [wolfstackMount(mount, backend)] : []
  })
  return { data, total: data.length }
}

export async function getWolfstackMount(actor: Actor, id: string): Promise<WolfstackMount> {
  const mount = await getMount(actor, id)
  return wolfstackMount(mount, await getBackend(actor, mount.backend.id))
}

/** A backend and its mount in one request. When the mount is refused, nothing is left of the backend. */
export async function createWolfstackMount(
  actor: Actor,
  given: CreateWolfstackMount,
): Promise<{ id: string; operation: string | null }> {
  authorize(actor, 'mounts.write')
  const driver = driverFor(given.type)
  if (driver === null) throw new HoldfastError('invalid_input', `There is no storage type "${given.type}".`)
  const isEnabled = given.enabled ?? true
  const hosts = given.global ? { global: true } : { host_ids: [(await chooseHost(given.host_id, driver)).id] }
  const backend = await createBackend(actor, {
    name: given.name,
    type: driver,
    config: withBucketByPath(driver, configFrom(driver, given)),
  }).catch(inTheirWords(driver))
  try {
    const { mount, operation } = await createMount(actor, {
      name: slugOf(given.name),
      backend_id: backend.id,
      ...(given.mount_point === undefined ? {} : { mount_point: given.mount_point }),
      ...hosts,
      read_only: false,
      on_drift: 'report',
      auto_mount: isEnabled && (given.auto_mount ?? true),
      do_mount: isEnabled && given.do_mount,
    })
    return { id: mount.id, operation }
  } catch (error) {
    await deleteBackend(actor, backend.id)
    throw error
  }
}

/** Our field names into the request's: `config.access_key_id` is `s3_config.access_key_id` there. */
function inTheirWords(driver: string): (error: unknown) => never {
  const names = wordsFor(driver)?.fields ?? {}
  return (error) => {
    if (!(error instanceof HoldfastError) || error.fields === undefined) throw error
    const fields = error.fields.map(({ field, message }) => ({
      field: names[field.replace(/^config\./, '')] ?? field,
      message,
    }))
    const [first] = fields
    throw new HoldfastError(error.code, first ? `${first.field}: ${first.message}` : error.message, { fields })
  }
}

/** What is left out stays. The type is fixed. Another source or mount point is unmounted and mounted on each host. */
export async function updateWolfstackMount(
  actor: Actor,
  id: string,
  given: UpdateWolfstackMount,
): Promise<{ id: string; operation: string | null }> {
  authorize(actor, 'mounts.write')
  const mount = await readMount(id)
  const backend = await getBackend(actor, mount.backend.id)
  requireSameType(given.type, wordsFor(backend.driver)?.type ?? backend.driver)
  const wasEnabled = mount.desired_state === 'mounted' || mount.auto_mount
  const auto = given.enabled === false ? false : (given.auto_mount ?? (given.enabled && !wasEnabled ? true : undefined))
  const isMoved = given.mount_point !== undefined && given.mount_point !== mount.mount_point
  const change = {
    ...(given.name === undefined || given.name === backend.name ? {} : { name: slugOf(given.name) }),
    ...(isMoved ? { mount_point: given.mount_point } : {}),
    ...(auto === undefined ? {} : { auto_mount: auto }),
    ...(await targetsOf(mount, given, backend.driver)),
  }
  // A place that is refused must not leave the storage changed.
  if (isMoved) await makePlan(actor, { action: 'update_mount', mount_id: id, change })
  const operations = await updateStorage(actor, mount, backend, given)
  const { operation } = await updateMount(actor, id, change)
  return { id, operation: operation ?? operations.at(-1) ?? null }
}

function requireSameType(given: string | undefined, stored: string): void {
  if (given === undefined || given === stored) return
  const message = `This cannot change (it is '${stored}'). Create another mount instead.`
  throw badField('type', message)
}

async function updateStorage(
  actor: Actor,
  mount: MountView,
  backend: BackendView,
  given: UpdateWolfstackMount,
): Promise<string[]> {
  const config = changeFrom(backend, given)
  const isTheirs = mount.name === slugOf(backend.name)
  const name = isTheirs && given.name !== undefined && given.name !== backend.name ? { name: given.name } : {}
  if (Object.keys(config).length === 0 && Object.keys(name).length === 0) return []
  if (backend.mount_count > 1) {
    const isChange = Object.entries(config).some(
      ([key, value]) => key in backend.config && backend.config[key] !== value,
    )
    const isSecret = Object.keys(config).some((key) => key in backend.secrets)
    if (!isChange && !isSecret) return []
    throw new HoldfastError(
      'conflict',
      `Backend '${backend.name}' has ${backend.mount_count} mounts; change it by itself, at /api/v1/storage/backends/${backend.id}.`,
    )
  }
  const whole = withBucketByPath(backend.driver, { ...publicConfig(backend.driver, backend.config), ...config })
  const change = Object.keys(config).length === 0 ? {} : { config: whole }
  const changed = await changeBackend(actor, backend.id, { ...name, ...change }, { together: mount.id }).catch(
    inTheirWords(backend.driver),
  )
  return changed.operations
}

async function targetsOf(mount: MountView, given: UpdateWolfstackMount, driver: string) {
  if (given.global === undefined || given.global === mount.global) return {}
  if (given.global) return { global: true }
  return { targets: 'hosts' as const, host_ids: [(await chooseHost(given.host_id, driver)).id] }
}

/** Unmounts and forgets. Returns the operation that does it, or null when it is done. */
export async function deleteWolfstackMount(
  actor: Actor,
  id: string,
): Promise<{ operation: string | null; backendId: string | null }> {
  authorize(actor, 'mounts.write')
  const mount = await readMount(id)
  const isTheirs = mount.name === slugOf(mount.backend.name)
  const operation = await deleteMount(actor, id)
  return { operation, backendId: isTheirs ? mount.backend.id : null }
}

/** The definition goes with its last mount, as in WolfStack. False while something still needs it. */
export async function deleteUnusedBackend(actor: Actor, id: string): Promise<boolean> {
  try {
    await deleteBackend(actor, id)
    return true
  } catch (error) {
    if (error instanceof HoldfastError && (error.code === 'in_use' || error.code === 'not_found')) return false
    throw error
  }
}
